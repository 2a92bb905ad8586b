// The DuckDB file of the recent rows: opened with its lock, checked to its last block, set aside when it is damaged.
import { copyFileSync, existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError, makeDirectory } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import { columnTypes } from "../columns.ts";
import { duckDbError, queryRows, sqlName } from "../duckdb.ts";
import { salvageLog } from "./salvage-log.ts";

/** Name of the file in the store's directory. */
export const DATABASE_FILE = "recent.duckdb";

/** An open database. Each connection serves one user: commits, reads, and the work on whole days. */
export interface LiveDatabase {
  writer: DuckDBConnection;
  reader: DuckDBConnection;
  keeper: DuckDBConnection;
  close(): void;
}

/** Bounds of the database's memory and threads. */
export interface DatabaseLimits {
  memoryLimit: string;
  threads: number;
}

/**
 * Opens the file, making it if needed. DuckDB's own lock on it keeps a second process out, and goes with the process.
 * There is no index: commits look the keys up themselves, in half of the time of an index and without its memory.
 * @throws ForewarnError `directory_locked`; any error of DuckDB for a file that it cannot open.
 */
export async function openDatabase(
  directory: string,
  contract: Contract,
  limits: DatabaseLimits,
  access: "READ_WRITE" | "READ_ONLY" = "READ_WRITE",
): Promise<LiveDatabase> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const path = join(directory, DATABASE_FILE);
  const settings = {
    access_mode: access,
    memory_limit: limits.memoryLimit,
    threads: String(limits.threads),
    temp_directory: join(directory, "spill"),
    // The store checkpoints beside the commits, so that none of them waits for it.
    checkpoint_threshold: "1TB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  };
  const instance = await DuckDBInstance.create(path, settings).catch((error: unknown) => {
    throw lockError(error, path);
  });
  try {
    const [writer, reader, keeper] = [await instance.connect(), await instance.connect(), await instance.connect()];
    const connections = [writer, reader, keeper];
    for (const connection of connections) await connection.run("SET TimeZone = 'UTC'");
    if (access === "READ_WRITE") await writer.run(`CREATE TABLE IF NOT EXISTS rows (${columnDefinitions(contract)})`);
    const close = (): void => {
      for (const connection of connections) connection.closeSync();
      instance.closeSync();
    };
    return { writer, reader, keeper, close };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** Column definitions of the rows for CREATE TABLE. */
export function columnDefinitions(contract: Contract): string {
  return Object.entries(columnTypes(contract))
    .map(([name, type]) => `${sqlName(name)} ${type}${name === "server" || name === "timestamp" ? " NOT NULL" : ""}`)
    .join(", ");
}

/** What {@link recoverDatabase} had to set aside. */
export interface SetAside {
  file: string;
  message: string;
}

/**
 * Opens the file whatever its condition. When it is damaged, its log is set aside and it is tried without; when that
 * does not help, it is set aside too and a new one is made. Files are moved, never deleted.
 * @throws ForewarnError `directory_locked`, `disk_full`, `path_not_writable`.
 */
export async function recoverDatabase(
  directory: string,
  contract: Contract,
  limits: DatabaseLimits,
): Promise<{ database: LiveDatabase; setAside: SetAside[] }> {
  const setAside: SetAside[] = [];
  let mayCut = true;
  const damagedFiles = [(name: string) => name !== DATABASE_FILE, () => true];
  for (;;) {
    let database: LiveDatabase | undefined;
    try {
      database = await openDatabase(directory, contract, limits);
      await readEverything(database.reader);
      return { database, setAside };
    } catch (error) {
      database?.close();
      const known = duckDbError(error, join(directory, DATABASE_FILE), "store_corruption");
      if (mayCut && isDamage(known)) {
        mayCut = false;
        const cut = await cutLog(directory, contract, limits);
        if (cut !== null) {
          setAside.push(cut);
          continue;
        }
      }
      const matches = isDamage(known) ? damagedFiles.shift() : undefined;
      if (matches === undefined) throw known;
      for (const name of databaseFiles(directory).filter(matches)) {
        setAside.push({ file: moveAside(directory, directory, name), message: (known as Error).message });
      }
    }
  }
}

/** Keeps of a damaged log what can be read, a copy of the whole aside; null when that does not help. */
async function cutLog(directory: string, contract: Contract, limits: DatabaseLimits): Promise<SetAside | null> {
  let file = "";
  const salvaged = await salvageLog(
    directory,
    DATABASE_FILE,
    async (folder) => {
      try {
        const probe = await openDatabase(folder, contract, limits);
        await readEverything(probe.reader).finally(() => probe.close());
        return true;
      } catch (error) {
        if (isDamage(duckDbError(error, folder, "store_corruption"))) return false;
        throw error;
      }
    },
    (path) => {
      file = freeName(directory, `${DATABASE_FILE}.wal`);
      copyFileSync(path, join(directory, file));
    },
  );
  if (salvaged === null) return null;
  return {
    file,
    message: `the last ${salvaged.lostBytes} bytes of the log cannot be read, as after a power cut; the ${salvaged.keptBytes} before them are kept`,
  };
}

/** Whether an error tells of bytes that are wrong, and not of a machine that cannot read them now. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || (error instanceof ForewarnError && error.code !== "store_corruption")) return false;
  return !/Input\/output error|Out of Memory|Cannot allocate memory|Too many open files/i.test(error.message);
}

/** Reads every block, because DuckDB checks their checksums only then. */
async function readEverything(db: DuckDBConnection): Promise<void> {
  await queryRows(db, "SELECT max(hash(rows)) FROM rows");
}

/** The database and its logs. */
export function databaseFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith(DATABASE_FILE));
}

/**
 * Moves a damaged file into the folder `quarantine` of the store.
 * @returns Its new path below the store.
 */
export function moveAside(directory: string, folder: string, name: string): string {
  const target = freeName(directory, name);
  renameSync(join(folder, name), join(directory, target));
  return target;
}

function freeName(directory: string, name: string): string {
  makeDirectory(join(directory, "quarantine"));
  for (let number = 1; ; number++) {
    const target = join("quarantine", `${number}-${name}`);
    if (!existsSync(join(directory, target))) return target;
  }
}

function lockError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !/Could not set lock/i.test(error.message)) return error;
  return new ForewarnError("directory_locked", `${path}: Expected no other process, but one has this store open`, {
    hint: "stop the other process or choose another data directory",
    cause: error,
  });
}
