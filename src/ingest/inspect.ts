// Looks at the input files before DuckDB does: what they are, whether they are whole, and which columns they have.
// Files with the same columns make one table.
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError, fileError } from "../base/index.ts";
import { duckDbError, queryRows, sqlText } from "../store/index.ts";
import { parseHeader } from "./csv-header.ts";

/** Files with the same format and columns, read together. */
export interface SourceTable {
  format: "csv" | "csv.gz" | "parquet";
  /** Absolute paths, in the order given. */
  paths: string[];
  /** DuckDB type by column name; every column of a CSV file is VARCHAR. */
  columns: Map<string, string>;
  delimiter: string;
}

/**
 * Groups files into tables.
 * @throws ForewarnError `path_missing`, `file_empty`, `file_unreadable` for junk, other encodings and truncated files.
 */
export async function inspectFiles(
  db: DuckDBConnection,
  paths: readonly string[],
  delimiter: string,
): Promise<SourceTable[]> {
  const tables = new Map<string, SourceTable>();
  for (const path of paths) {
    const format = detectFormat(path);
    const columns = format === "parquet" ? await parquetColumns(db, path) : await csvColumns(path, format, delimiter);
    const key = JSON.stringify([format, ...columns]);
    const table = tables.get(key) ?? { format, paths: [], columns, delimiter };
    table.paths.push(resolve(path));
    tables.set(key, table);
  }
  return [...tables.values()];
}

/** SQL that reads a table: its columns as they are, `forewarn:file` (path) and `forewarn:position` (1, 2 ...). */
export function readTableSql(table: SourceTable): string {
  const paths = `[${table.paths.map(sqlText).join(", ")}]`;
  const file = `filename = 'forewarn:file'`;
  if (table.format === "parquet") {
    return `SELECT *, row_number() OVER () AS "forewarn:position" FROM read_parquet(${paths}, ${file})`;
  }
  const columns = [...table.columns.keys()].map((name) => `${sqlText(name)}: 'VARCHAR'`).join(", ");
  const compression = table.format === "csv.gz" ? "gzip" : "none";
  return `SELECT *, row_number() OVER () AS "forewarn:position"
    FROM read_csv(${paths}, columns = {${columns}}, auto_detect = false, header = true, delim = ${sqlText(table.delimiter)},
      quote = '"', escape = '"', compression = '${compression}', ${file})`;
}

function detectFormat(path: string): SourceTable["format"] {
  const head = readHead(path, 4);
  if (head.length === 0) throw new ForewarnError("file_empty", `${path}: Expected rows, got an empty file`);
  if (head.toString("latin1") === "PAR1") return "parquet";
  if (path.endsWith(".parquet")) {
    throw new ForewarnError("file_unreadable", `${path}: Expected a Parquet file, but it does not begin like one`);
  }
  return head[0] === 0x1f && head[1] === 0x8b ? "csv.gz" : "csv";
}

async function parquetColumns(db: DuckDBConnection, path: string): Promise<Map<string, string>> {
  try {
    const rows = await queryRows(db, `DESCRIBE FROM read_parquet(${sqlText(resolve(path))})`);
    return new Map(rows.map((row) => [row["column_name"] as string, row["column_type"] as string]));
  } catch (error) {
    throw duckDbError(error, path, "file_unreadable");
  }
}

async function csvColumns(path: string, format: "csv" | "csv.gz", delimiter: string): Promise<Map<string, string>> {
  if (format === "csv.gz") await checkGzip(path);
  const head = readHead(path, 1 << 16);
  const sample = format === "csv.gz" ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
  const names = parseHeader(decode(sample, path), delimiter, path);
  return new Map(names.map((name) => [name, "VARCHAR"]));
}

/** DuckDB takes the end of a truncated gzip file for the end of the data, so the whole stream is checked here. */
async function checkGzip(path: string): Promise<void> {
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), createGunzip({ chunkSize: 1 << 18 }), discard);
  } catch (error) {
    throw new ForewarnError("file_unreadable", `${path}: Expected a whole gzip file, got ${(error as Error).message}`, {
      hint: "the file is truncated or damaged; copy it again",
      cause: error,
    });
  }
}

function decode(sample: Buffer, path: string): string {
  const [first, second] = sample;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new ForewarnError("file_unreadable", `${path}: Expected UTF-8 text, got UTF-16`, {
      hint: "convert it, for example with `iconv -f UTF-16 -t UTF-8`",
    });
  }
  if (sample.includes(0))
    throw new ForewarnError("file_unreadable", `${path}: Expected CSV or Parquet, got binary data`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
  } catch (error) {
    throw new ForewarnError("file_unreadable", `${path}: Expected UTF-8 text, got another encoding or binary data`, {
      cause: error,
    });
  }
}

function readHead(path: string, size: number): Buffer {
  try {
    if (!statSync(path).isFile()) {
      throw new ForewarnError("file_unreadable", `${path}: Expected a CSV or Parquet file, got something else`, {
        hint: "name the files in it, for example with a shell pattern",
      });
    }
    const fd = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(size);
      return buffer.subarray(0, readSync(fd, buffer));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, path);
  }
}
