// Rows of ticks in Parquet: one file a tick, and one a span (a day, an hour) once the span is over. A file appears whole
// (rule F5: written aside, synced, renamed); a file of a span stands for the files of its ticks.
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { makeDirectory, syncPath } from "../base/index.ts";
import { duckDbError, openDuckDb, sqlText } from "../store/index.ts";

/** Files of a directory. Times are those of ticks, epoch milliseconds; ranges are [from, to). */
export interface SpanFiles {
  /**
   * Stores the rows of one tick; resolves when they are on stable storage.
   * @param stage Fills the temporary table of the directory.
   */
  append(timeMs: number, stage: (db: DuckDBConnection) => Promise<void>): Promise<void>;
  /** Reads the files of all spans that touch the range. @returns `empty` when there are none. */
  read<Result>(
    range: { fromMs: number; toMs: number },
    empty: Result,
    query: (db: DuckDBConnection, source: string) => Promise<Result>,
  ): Promise<Result>;
  /** Puts the ticks of every span that was over at `nowMs` into one file, and removes spans older than `keepMs`. */
  tidy(nowMs: number, keepMs: number): Promise<void>;
  close(): void;
}

/** What lies in the directory. */
export interface SpanFilesOptions {
  /** Name of the temporary table that holds the rows of a tick; it has the columns `server` and `issued_at`. */
  table: string;
  /** own: makes the directory if needed and clears up what a killed process left half-written. read: beside a daemon. */
  access: "own" | "read";
  /** Of DuckDB; what does not fit is sorted on the disk. */
  memoryLimit: string;
  /** What one file holds in the end. */
  span: "day" | "hour";
  /** Rows that are read together when some of them are asked for. */
  groupRows: number;
}

const LENGTHS_MS = { day: 86_400_000, hour: 3_600_000 };
/** How much of a time in ISO 8601 names a span: 2026-01-05, 2026-01-05T08. */
const NAME_LENGTHS = { day: 10, hour: 13 };
/** Where DuckDB sorts what does not fit into memory. */
const SPILL = ".spill";

/** Opens the directory. */
export async function openSpanFiles(
  directory: string,
  { table, access, memoryLimit, span, groupRows }: SpanFilesOptions,
): Promise<SpanFiles> {
  if (access === "own") {
    makeDirectory(directory);
    removeUnfinished(directory, span);
  }
  const db = await openDuckDb({ memoryLimit, threads: 1 });
  if (access === "own") await db.run(`SET temp_directory = ${sqlText(join(directory, SPILL))}`);
  /** One user of the connection at a time. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  return {
    append: (timeMs, stage) =>
      inTurn(async () => {
        const folder = join(directory, spanName(span, timeMs));
        makeDirectory(folder);
        await stage(db);
        await publish(db, `FROM ${table} ORDER BY server`, groupRows, folder, `${timeName(timeMs)}.parquet`);
        await db.run(`DROP TABLE ${table}`);
        await syncPath(directory);
      }),
    read: ({ fromMs, toMs }, empty, query) =>
      inTurn(async () => {
        const files = spans(directory, span)
          .filter((name) => startOf(name) + LENGTHS_MS[span] > fromMs && startOf(name) < toMs)
          .flatMap((name) => filesOf(directory, name));
        return files.length === 0 ? empty : query(db, parquet(files));
      }),
    tidy: (nowMs, keepMs) =>
      inTurn(async () => {
        for (const name of spans(directory, span)) {
          const endMs = startOf(name) + LENGTHS_MS[span];
          if (endMs <= nowMs - keepMs) removeSpan(directory, name);
          else if (endMs <= nowMs && !existsSync(spanFile(directory, name))) {
            const ticks = filesOf(directory, name);
            const query = `FROM ${parquet(ticks)}`;
            const write = (order: string) => publish(db, query + order, groupRows, directory, `${name}.parquet`);
            // Sorted, the rows of one server are found quickly; but a large fleet's may not be sorted in this memory.
            if (ticks.length > 0)
              await write(" ORDER BY server, issued_at").catch((error: unknown) => {
                if (!isOutOfMemory(error)) throw error;
                return write("");
              });
          }
          if (existsSync(spanFile(directory, name))) rmSync(join(directory, name), { recursive: true, force: true });
        }
      }),
    close: () => db.closeSync(),
  };
}

/** Writes the result of a query as a new file. */
async function publish(
  db: DuckDBConnection,
  query: string,
  groupRows: number,
  folder: string,
  name: string,
): Promise<void> {
  const temporary = join(folder, `.${name}.tmp`);
  try {
    const format = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows}`;
    await db.run(`COPY (${query}) TO ${sqlText(temporary)} (${format})`);
    await syncPath(temporary);
    renameSync(temporary, join(folder, name));
    await syncPath(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw duckDbError(error, join(folder, name), "file_unreadable");
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Out of Memory");
}

function removeUnfinished(directory: string, span: SpanFilesOptions["span"]): void {
  rmSync(join(directory, SPILL), { recursive: true, force: true });
  for (const folder of [directory, ...spans(directory, span).map((name) => join(directory, name))]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (name.endsWith(".parquet.tmp")) rmSync(join(folder, name));
  }
}

/** Spans that have a file or a folder of ticks, oldest first. */
function spans(directory: string, span: SpanFilesOptions["span"]): string[] {
  const names = (existsSync(directory) ? readdirSync(directory) : []).map((name) => name.replace(/\.parquet$/, ""));
  const isSpan = (name: string): boolean =>
    name.length === NAME_LENGTHS[span] && /^\d{4}-\d{2}-\d{2}(T\d{2})?$/.test(name);
  return [...new Set(names.filter(isSpan))].sort();
}

function filesOf(directory: string, span: string): string[] {
  if (existsSync(spanFile(directory, span))) return [spanFile(directory, span)];
  const folder = join(directory, span);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(folder, name));
}

function removeSpan(directory: string, span: string): void {
  rmSync(spanFile(directory, span), { force: true });
  rmSync(join(directory, span), { recursive: true, force: true });
}

function spanFile(directory: string, span: string): string {
  return join(directory, `${span}.parquet`);
}

/** Start of a span by its name. */
function startOf(span: string): number {
  return Date.parse(span.length === NAME_LENGTHS.day ? span : `${span}:00Z`);
}

function spanName(span: SpanFilesOptions["span"], timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, NAME_LENGTHS[span]);
}

function timeName(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 23).replaceAll(/[:.]/g, "");
}

function parquet(files: readonly string[]): string {
  // Files of an older format have fewer columns.
  return `read_parquet([${files.map(sqlText).join(", ")}], union_by_name = true)`;
}
