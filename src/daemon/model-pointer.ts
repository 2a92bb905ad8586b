// Which model serves and which one before it: a small file in the data directory that is replaced whole, so that the
// choice survives restarts.
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomic } from "../base/index.ts";

const pointerSchema = z.strictObject({
  formatVersion: z.literal(1),
  modelId: z.string(),
  previousId: z.string().nullable(),
});

/** The choice of models. */
export type ModelPointer = Omit<z.infer<typeof pointerSchema>, "formatVersion">;

/** Reads the choice; null when there is none yet, or it cannot be read: then the newest model is taken. */
export function readModelPointer(path: string): ModelPointer | null {
  if (!existsSync(path)) return null;
  try {
    const { modelId, previousId } = pointerSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return { modelId, previousId };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Stores the choice. @throws ForewarnError `disk_full`, `path_not_writable`. */
export function writeModelPointer(path: string, pointer: ModelPointer): void {
  writeFileAtomic(path, `${JSON.stringify({ formatVersion: 1, ...pointer }, null, 2)}\n`);
}
