// The open database and whether it may be written. A full disk makes it read-only until there is space again; any other
// failed write makes it read-only for good, because a second attempt to sync may report success falsely (rule F6).
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { ForewarnError } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import { duckDbError, queryRows } from "../duckdb.ts";
import { DATABASE_FILE, type DatabaseLimits, type LiveDatabase, openDatabase } from "./database.ts";
import type { StoreStatus } from "./live-store.ts";

/** A database whose writes pass through {@link GuardedDatabase.write}. */
export interface GuardedDatabase {
  /** The database as it is open now; a failed write may open it anew. */
  current(): LiveDatabase;
  /** Whether it may be written now. A full disk with space again counts as ready: whoever asks first may try to write. */
  state(): Pick<StoreStatus, "state" | "reason">;
  /**
   * Runs work that writes.
   * @throws ForewarnError `store_read_only` when it must not write or the disk failed; what `work` throws.
   */
  write<T>(work: (database: LiveDatabase) => Promise<T>): Promise<T>;
  close(): void;
}

/** What a guarded database needs. */
export interface GuardOptions {
  directory: string;
  contract: Contract;
  limits: DatabaseLimits;
  /** Free space that is left to others on this disk. */
  reservedBytes: number;
  /** Runs work while nobody reads. */
  whileNobodyReads: (work: () => Promise<void>) => Promise<void>;
  /** Called when the database was opened anew: rows of a failed write may be in it after all. */
  reopened: () => Promise<void>;
}

/** After a write found the disk full, it is tried again when so much more is free. */
const WORTH_TRYING_BYTES = 1 << 20;

/** Guards an open database. */
export function guardDatabase(opened: LiveDatabase, options: GuardOptions): GuardedDatabase {
  const { directory, contract, limits, reservedBytes } = options;
  const path = join(directory, DATABASE_FILE);
  let database = opened;
  let isWritable = true;
  let state: StoreStatus["state"] = "ready";
  let reason: string | null = null;
  /** Free space from which on writing may go on. */
  let neededBytes = reservedBytes;

  const refuse = (cause?: unknown): ForewarnError => {
    const hint =
      state === "failed" ? "check the disk, then restart" : "free some space; writing goes on by itself then";
    return new ForewarnError("store_read_only", `${path}: Expected to write, but ${reason}`, { hint, cause });
  };
  const open = (access: "READ_WRITE" | "READ_ONLY"): Promise<void> =>
    options.whileNobodyReads(async () => {
      database.close();
      database = await openDatabase(directory, contract, limits, access);
      isWritable = access === "READ_WRITE";
    });
  const reopen = async (): Promise<void> => {
    if (await isAlive(database)) return;
    if (state === "failed") await open("READ_ONLY");
    // Without space the log may not be written on, yet it can be read.
    else await open("READ_WRITE").catch(() => open("READ_ONLY"));
    await options.reopened();
  };
  const fail = async (error: unknown): Promise<unknown> => {
    const known = duckDbError(error, path, "store_corruption");
    const isFull = known instanceof ForewarnError && known.code === "disk_full";
    if (!isFull && !isWriteFailure(error)) return error;
    state = isFull ? "read_only" : "failed";
    neededBytes = Math.max(reservedBytes, freeBytes(directory) + WORTH_TRYING_BYTES);
    reason = isFull ? "the disk is full" : `a write failed: ${(error as Error).message.split("\n")[0]}`;
    await reopen();
    return refuse(error);
  };

  return {
    current: () => database,
    state() {
      if (state === "read_only" && freeBytes(directory) >= neededBytes) [state, reason] = ["ready", null];
      return { state, reason };
    },
    async write(work) {
      if (state === "closed" || state === "failed") throw refuse();
      if (freeBytes(directory) < reservedBytes) {
        [state, reason] = ["read_only", `less than ${reservedBytes} bytes are free on the disk`];
        neededBytes = reservedBytes;
        throw refuse();
      }
      try {
        if (!isWritable) await open("READ_WRITE");
        const result = await work(database);
        [state, reason] = ["ready", null];
        return result;
      } catch (error) {
        throw await fail(error);
      }
    },
    close() {
      if (state !== "closed") database.close();
      [state, reason] = ["closed", "the store is closed"];
    },
  };
}

/** Whether DuckDB still answers: after some failures it refuses everything until the file is opened anew. */
async function isAlive(database: LiveDatabase): Promise<boolean> {
  try {
    await queryRows(database.writer, "SELECT 1 FROM rows LIMIT 1");
    return true;
  } catch {
    return false;
  }
}

function isWriteFailure(error: unknown): boolean {
  return error instanceof Error && /^(IO|FATAL|INTERNAL) Error|Failed to commit|invalidated/.test(error.message);
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
