// The one door to DuckDB: opens an in-memory database with bounded memory, quotes names and texts for SQL, and turns
// DuckDB's error texts into coded errors. The native module is loaded on first use.
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { type ErrorCode, ForewarnError } from "../base/index.ts";

/** Bounds of a DuckDB database. */
export interface DuckDbOptions {
  /** Largest memory DuckDB uses before it spills to disk, as DuckDB writes it: "1GB" (the default). */
  memoryLimit?: string;
  /** Worker threads; 2 by default. */
  threads?: number;
  /** Folder for spilled data; without one DuckDB may not spill. */
  spillDirectory?: string;
}

/**
 * Opens an in-memory DuckDB database. The caller closes the connection with `closeSync()`, which also frees the
 * database. Time zone is UTC; nothing is downloaded and no extension is loaded.
 */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: options.memoryLimit ?? "1GB",
    threads: String(options.threads ?? 2),
    temp_directory: options.spillDirectory ?? "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  } finally {
    instance.closeSync();
  }
}

/** Quotes a column or table name for SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Runs a query and returns its rows as plain objects; 64-bit integers come as numbers. For small results only. */
export async function queryRows(db: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  const rows = await (await db.run(sql)).getRowObjectsJS();
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) if (typeof value === "bigint") row[key] = Number(value);
  }
  return rows;
}

/** Runs a query and calls `visit` with each chunk of the streamed result; for results larger than memory. */
export async function visitChunks(
  db: DuckDBConnection,
  sql: string,
  visit: (chunk: DuckDBDataChunk) => void,
): Promise<void> {
  const result = await db.stream(sql);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    visit(chunk);
  }
}

/**
 * Turns an error that DuckDB raised over the files of `path` into a ForewarnError: `disk_full`, `path_not_writable`,
 * `path_missing`, or `code` when DuckDB cannot read what is in them. Other errors, such as a fault in the SQL, pass through.
 */
export function duckDbError(error: unknown, path: string, code: ErrorCode): unknown {
  if (error instanceof ForewarnError || !(error instanceof Error)) return error;
  const text = error.message;
  if (/No space left on device|Disk quota exceeded|max_temp_directory_size/i.test(text)) {
    return new ForewarnError("disk_full", `${path}: no space left on the device`, {
      hint: "free some space or choose another directory; nothing was left behind",
      cause: error,
    });
  }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(text)) {
    return new ForewarnError("path_not_writable", `${path}: no permission to open or write this`, { cause: error });
  }
  if (/No files found that match|No such file or directory|Not a directory/i.test(text)) {
    return new ForewarnError("path_missing", `${path}: no such file or directory`, { cause: error });
  }
  if (/^(IO|Invalid|Invalid Input|Conversion|Serialization|InvalidInput) Error:|^Invalid unicode/.test(text)) {
    return new ForewarnError(code, `${path}: ${text.split("\n")[0]?.trim() ?? text}`, { cause: error });
  }
  return error;
}
