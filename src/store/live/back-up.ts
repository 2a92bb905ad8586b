// A copy of a live store while it goes on: the database by a query of its own, which sees one moment, and the files of
// sealed days by hard links, since they never change.
import { copyFile, link } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { makeDirectory, publishDirectory } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import { duckDbError, sqlText } from "../duckdb.ts";
import { columnDefinitions, DATABASE_FILE } from "./database.ts";
import type { DayManifest } from "./day-manifest.ts";

/**
 * Copies the store to a new directory. The caller sees to it that no day is sealed or removed meanwhile.
 * @throws ForewarnError `path_exists`, `disk_full`, `path_not_writable`; nothing is left behind then.
 */
export async function backUp(
  db: DuckDBConnection,
  contract: Contract,
  manifest: DayManifest,
  directory: string,
): Promise<void> {
  await publishDirectory(directory, async (temporary) => {
    try {
      await db.run(`ATTACH ${sqlText(join(temporary, DATABASE_FILE))} AS backup`);
      try {
        await db.run(`CREATE TABLE backup.rows (${columnDefinitions(contract)})`);
        await db.run("INSERT INTO backup.rows FROM rows");
      } finally {
        await db.run("DETACH backup");
      }
    } catch (error) {
      throw duckDbError(error, directory, "store_corruption");
    }
    const folder = join(temporary, "days");
    makeDirectory(folder);
    for (const { file } of manifest.list()) await linkOrCopy(join(manifest.folder, file), join(folder, file));
    await copyFile(join(manifest.folder, "manifest.json"), join(folder, "manifest.json"));
  });
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Another file system, or one without hard links.
    if (!["EXDEV", "EPERM", "ENOTSUP", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copyFile(from, to);
  }
}
