// Large states as lines of JSON: written in slices, so that requests are answered meanwhile, and whole or not at all.
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileError } from "../base/index.ts";
import { createBreather } from "./breather.ts";

const BUFFER_CHARACTERS = 1 << 18;

/**
 * Writes each item as a line of JSON into a new file and puts it in place of the old one.
 * @throws ForewarnError `disk_full`, `path_not_writable`; the old file is still there then.
 */
export async function writeLines(path: string, items: Iterable<unknown>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  const breathe = createBreather();
  try {
    const file = await open(temporary, "w");
    try {
      let buffer = "";
      for (const item of items) {
        buffer += `${JSON.stringify(item)}\n`;
        if (buffer.length >= BUFFER_CHARACTERS) {
          await file.writeFile(buffer);
          buffer = "";
        }
        await breathe();
      }
      await file.writeFile(buffer);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dirname(path), "r");
    await folder.sync();
    await folder.close();
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(error, path);
  }
}

/** Reads what {@link writeLines} wrote; null when there is no file. @throws SyntaxError for a line that is no JSON. */
export async function readLines(path: string): Promise<unknown[] | null> {
  if (!existsSync(path)) return null;
  const items: unknown[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    items.push(JSON.parse(line));
  }
  return items;
}
