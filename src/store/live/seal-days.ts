// Moves whole days from the database into Parquet files (rule F5): written aside, synced by us, read again, renamed,
// named by the manifest, and only then removed from the database. Until they are, readers count each row once.
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { syncPathSync } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import { queryRows, sqlText } from "../duckdb.ts";
import { type DayManifest, dayFile, dayOf, fingerprint, nextDay } from "./day-manifest.ts";
import type { SourceOf } from "./refresh-windows.ts";
import { timeFilter } from "./row-source.ts";

const HOUR_MS = 3_600_000;
/** A day of some dozen servers at 5 min: who reads a few servers skips the other groups. */
const ROW_GROUP_ROWS = 8192;

/** What sealing works on. */
export interface SealContext {
  contract: Contract;
  manifest: DayManifest;
  sourceOf: SourceOf;
  /** Days that are sealed and have rows in the database too. */
  mixed: Set<number>;
  keeper(): DuckDBConnection;
  /** Runs a statement that removes rows, between two commits. */
  remove(sql: string): Promise<void>;
  whileNobodyReadsOrWrites(work: () => Promise<void>): Promise<void>;
}

/** Days with rows in the database that end at or before `timeMs`, oldest first. */
export async function daysInDatabase(db: DuckDBConnection, timeMs = Number.POSITIVE_INFINITY): Promise<number[]> {
  const rows = await queryRows(
    db,
    `SELECT DISTINCT epoch_ms(date_trunc('day', "timestamp"))::BIGINT AS day FROM rows
     WHERE ${timeFilter(Number.NEGATIVE_INFINITY, timeMs)} ORDER BY day`,
  );
  return rows.map((row) => row["day"] as number).filter((day) => nextDay(day) <= timeMs);
}

/**
 * Seals one day: a new file with the rows of its older file, if it has one, and those of the database. Late rows of a
 * sealed day stay in the database until this is called again.
 */
export async function sealDay(context: SealContext, dayMs: number): Promise<void> {
  const { keeper, manifest, mixed, whileNobodyReadsOrWrites } = context;
  const [older] = await manifest.days(dayMs, nextDay(dayMs));
  const generation = (older?.generation ?? 0) + 1;
  const file = dayFile(dayMs, generation);
  const path = join(manifest.folder, file);
  const temporary = join(manifest.folder, `.${file}.tmp`);
  try {
    const rows = await writeDay(context, dayMs, temporary);
    syncPathSync(temporary);
    const entry = { dayMs, file, generation, rows, ...(await fingerprint(temporary)) };
    renameSync(temporary, path);
    syncPathSync(manifest.folder);
    mixed.add(dayMs);
    manifest.publish(entry);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // Reads that began before the manifest named the file still need the rows in the database, and its older file.
  await whileNobodyReadsOrWrites(async () => manifest.removeUnlisted());
  for (let fromMs = dayMs; fromMs < nextDay(dayMs); fromMs += HOUR_MS) await removeSealed(context, path, fromMs);
  await whileNobodyReadsOrWrites(async () => {
    const left = await daysInDatabase(keeper(), nextDay(dayMs));
    if (!left.includes(dayMs)) mixed.delete(dayMs);
  });
}

/** Removes what a killed process left in the folder of the days. */
export function removeTemporaryDays(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(".") && name.endsWith(".parquet.tmp")) rmSync(join(folder, name), { force: true });
  }
}

/** Writes the rows of a day and reads them again. Returns their number. */
async function writeDay({ keeper, sourceOf }: SealContext, dayMs: number, path: string): Promise<number> {
  const source = await sourceOf(dayMs, nextDay(dayMs));
  const [written] = await queryRows(
    keeper(),
    `COPY (FROM ${source} ORDER BY "server", "timestamp") TO ${sqlText(path)}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
  );
  const [found] = await queryRows(
    keeper(),
    `SELECT count(*) AS rows, min(epoch_ms("timestamp")) AS first, max(epoch_ms("timestamp")) AS last
     FROM read_parquet(${sqlText(path)})`,
  );
  const isWhole = found!["rows"] === written!["Count"];
  if (!isWhole || dayOf(found!["first"] as number) !== dayMs || dayOf(found!["last"] as number) !== dayMs) {
    throw new Error(`${path}: Expected ${written!["Count"]} rows of one day, got ${JSON.stringify(found)}`);
  }
  return found!["rows"] as number;
}

/** An hour at a time, so that commits wait for no longer than that takes. */
function removeSealed({ remove }: SealContext, path: string, fromMs: number): Promise<void> {
  const toMs = fromMs + HOUR_MS;
  return remove(
    `DELETE FROM rows USING read_parquet(${sqlText(path)}) AS sealed
     WHERE rows."server" = sealed."server" AND rows."timestamp" = sealed."timestamp"
       AND ${timeFilter(fromMs, toMs)} AND ${timeFilter(fromMs, toMs, "sealed")}`,
  );
}
