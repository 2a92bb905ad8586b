// A copy of the journal while it goes on: segments are written at their end only, and one that ends in the middle of a
// record is cut back when it is read.
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { publishDirectory } from "../base/index.ts";

/**
 * Copies a journal to a new directory: what was acknowledged before is in the copy, or has become rows of the store and was
 * removed. So a copy of the store that goes with it is made afterwards.
 * @throws ForewarnError `path_exists`, `disk_full`, `path_not_writable`; nothing is left behind then.
 */
export async function copyJournal(from: string, to: string): Promise<void> {
  await publishDirectory(to, async (temporary) => {
    for (const name of (await readdir(from)).sort()) {
      await copyFile(join(from, name), join(temporary, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    }
  });
}
