// The forecasts that were served, in Parquet: one file a tick, and one a day once the day is over. A file appears whole
// (rule F5: written aside, synced, renamed); a file of a day stands for the files of its ticks.
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { makeDirectory } from "../base/index.ts";
import type { ForecastRecord } from "../evaluate/index.ts";
import { duckDbError, openDuckDb, sqlText } from "../store/index.ts";
import type { Breather } from "./breather.ts";
import { readForecasts, type StoredForecast, stageForecasts } from "./forecast-columns.ts";

/** Stored forecasts of a directory. Times are those of issue, epoch milliseconds; ranges are [from, to). */
export interface ForecastFiles {
  /** Stores the forecasts of one tick; resolves when they are on stable storage. */
  append(issuedAtMs: number, forecasts: readonly StoredForecast[], breathe: Breather): Promise<void>;
  /** Stored records, oldest first; of one server, or of all. */
  read(range: {
    server?: string;
    fromMs: number;
    toMs: number;
    /** Quantiles are large: `only` reads the records that have them, `without` leaves them out of all. */
    quantiles?: "with" | "only" | "without";
  }): Promise<ForecastRecord[]>;
  /** Puts the ticks of every day that was over at `nowMs` into one file, and removes days older than `keepMs`. */
  tidy(nowMs: number, keepMs: number): Promise<void>;
  close(): void;
}

const DAY_MS = 86_400_000;

/**
 * Opens the directory.
 * @param access own: makes it if needed and clears up what a killed process left half-written. read: beside a daemon.
 */
export async function openForecastFiles(directory: string, access: "own" | "read" = "own"): Promise<ForecastFiles> {
  if (access === "own") {
    makeDirectory(directory);
    removeUnfinished(directory);
  }
  const db = await openDuckDb({ memoryLimit: "512MB", threads: 1 });
  /** One user of the connection at a time. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  return {
    append: (issuedAtMs, forecasts, breathe) =>
      inTurn(async () => {
        if (forecasts.length === 0) return;
        const folder = join(directory, dayName(issuedAtMs));
        makeDirectory(folder);
        await stageForecasts(db, forecasts, breathe);
        await publish(db, "FROM forecasts ORDER BY server", folder, `${timeName(issuedAtMs)}.parquet`);
        await db.run("DROP TABLE forecasts");
        await syncPath(directory);
      }),
    read: ({ server, fromMs, toMs, quantiles = "with" }) =>
      inTurn(async () => {
        const files = filesBetween(directory, fromMs, toMs);
        if (files.length === 0) return [];
        const conditions = [
          `source.issued_at >= make_timestamp_ms(${fromMs})`,
          `source.issued_at < make_timestamp_ms(${toMs})`,
          ...(server === undefined ? [] : [`server = ${sqlText(server)}`]),
          ...(quantiles === "only" ? ["targets <> '[]'"] : []),
        ];
        return readForecasts(db, parquet(files), conditions.join(" AND "), quantiles !== "without");
      }),
    tidy: (nowMs, keepMs) =>
      inTurn(async () => {
        for (const day of days(directory)) {
          if (endOf(day) <= nowMs - keepMs) removeDay(directory, day);
          else if (endOf(day) <= nowMs && !existsSync(dayFile(directory, day))) {
            const ticks = filesOf(directory, day);
            const query = `FROM ${parquet(ticks)} ORDER BY server, issued_at`;
            if (ticks.length > 0) await publish(db, query, directory, `${day}.parquet`);
          }
          if (existsSync(dayFile(directory, day))) rmSync(join(directory, day), { recursive: true, force: true });
        }
      }),
    close: () => db.closeSync(),
  };
}

/** Writes the result of a query as a new file. */
async function publish(db: DuckDBConnection, query: string, folder: string, name: string): Promise<void> {
  const temporary = join(folder, `.${name}.tmp`);
  try {
    await db.run(`COPY (${query}) TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    await syncPath(temporary);
    renameSync(temporary, join(folder, name));
    await syncPath(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw duckDbError(error, join(folder, name), "file_unreadable");
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function removeUnfinished(directory: string): void {
  for (const folder of [directory, ...days(directory).map((day) => join(directory, day))]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (name.endsWith(".parquet.tmp")) rmSync(join(folder, name));
  }
}

/** Days that have a file or a folder of ticks, oldest first, as YYYY-MM-DD. */
function days(directory: string): string[] {
  const names = (existsSync(directory) ? readdirSync(directory) : []).map((name) => name.replace(/\.parquet$/, ""));
  return [...new Set(names.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)))].sort();
}

function filesBetween(directory: string, fromMs: number, toMs: number): string[] {
  return days(directory)
    .filter((day) => endOf(day) > fromMs && Date.parse(day) < toMs)
    .flatMap((day) => filesOf(directory, day));
}

function filesOf(directory: string, day: string): string[] {
  if (existsSync(dayFile(directory, day))) return [dayFile(directory, day)];
  const folder = join(directory, day);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(folder, name));
}

function removeDay(directory: string, day: string): void {
  rmSync(dayFile(directory, day), { force: true });
  rmSync(join(directory, day), { recursive: true, force: true });
}

function dayFile(directory: string, day: string): string {
  return join(directory, `${day}.parquet`);
}

function endOf(day: string): number {
  return Date.parse(day) + DAY_MS;
}

function dayName(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function timeName(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 23).replaceAll(/[:.]/g, "");
}

function parquet(files: readonly string[]): string {
  return `read_parquet([${files.map(sqlText).join(", ")}])`;
}
