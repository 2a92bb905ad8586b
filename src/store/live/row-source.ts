// Where the rows of a range of time lie: in the Parquet files of sealed days, and in the database.
import { join } from "node:path";
import type { Contract } from "../../contract/index.ts";
import { parquetSource } from "../check-rows.ts";
import { columnTypes } from "../columns.ts";
import { sqlName } from "../duckdb.ts";
import { nextDay, type SealedDay } from "./day-manifest.ts";
import { END_MS } from "./row-batch.ts";

/** SQL condition for the timestamps of [fromMs, toMs). */
export function timeFilter(fromMs: number, toMs: number, table = "rows"): string {
  return `${table}."timestamp" >= ${sqlTime(fromMs)} AND ${table}."timestamp" < ${sqlTime(toMs)}`;
}

/** SQL list of the columns of a row. */
export function columnList(contract: Contract): string {
  return Object.keys(columnTypes(contract)).map(sqlName).join(", ");
}

/**
 * SQL expression for the rows of [fromMs, toMs).
 * @param days The sealed days that overlap the range.
 * @param mixed Days that are sealed and have rows in the database too: late ones, and those that were not removed yet.
 *   A row that stands in both counts once.
 */
export function rowSource(
  contract: Contract,
  folder: string,
  days: readonly SealedDay[],
  mixed: ReadonlySet<number>,
  fromMs: number,
  toMs: number,
): string {
  const columns = columnList(contract);
  const recent = `SELECT ${columns} FROM rows WHERE ${timeFilter(fromMs, toMs)}`;
  if (days.length === 0) return `(${recent})`;
  const files = (chosen: readonly SealedDay[]): string => parquetSource(chosen.map(({ file }) => join(folder, file)));
  // A file that was written with TIMESTAMP_MS may read back as TIMESTAMP.
  const sealed = `SELECT * REPLACE ("timestamp"::TIMESTAMP_MS AS "timestamp") FROM ${files(days)} AS sealed
    WHERE ${timeFilter(fromMs, toMs, "sealed")}`;
  const mixedDays = days.filter(({ dayMs }) => mixed.has(dayMs));
  if (mixedDays.length === 0) return `(${sealed} UNION ALL ${recent})`;
  const first = mixedDays[0]!.dayMs;
  const end = nextDay(mixedDays.at(-1)!.dayMs);
  return `(${sealed} UNION ALL ${recent} AND NOT EXISTS (FROM ${files(mixedDays)} AS sealed
    WHERE sealed."server" = rows."server" AND sealed."timestamp" = rows."timestamp"
      AND ${timeFilter(first, end, "sealed")}))`;
}

function sqlTime(ms: number): string {
  return `make_timestamp_ms(${Math.max(0, Math.min(END_MS, Math.ceil(ms)))})::TIMESTAMP_MS`;
}
