// What the daemon asks of the store of its live rows. Every implementation passes test/support/live-store-conformance.ts.
import type { Series } from "../series.ts";
import type { RowBatch } from "./row-batch.ts";

/** What became of the rows of one write. `accepted + duplicates + conflicts.length + rejected.length` is their number. */
export interface WriteResult {
  /** Rows that are new. */
  accepted: number;
  /** Rows that were there with the same values: nothing to do. */
  duplicates: number;
  /** Rows whose server and timestamp were there with other values; the first write stays. */
  conflicts: { index: number }[];
  /** Rows that the store does not take. */
  rejected: { index: number; reason: "too_many_servers" }[];
}

/** A server with rows in the hot window. */
export interface LiveServer {
  server: string;
  /** Latest known value of every contract label; null when never given. */
  labels: Record<string, string | null>;
  /** Latest known operational state; null when never given or not in the contract. */
  state: string | null;
  /** Timestamp of the first row, or the start of the hot window when that is later, and of the last row. */
  firstMs: number;
  lastMs: number;
}

/** A change of a server's operational state. */
export interface StateChange {
  /** Timestamp of the first row with the new state. */
  timeMs: number;
  from: string;
  to: string;
}

/** Stored rows that can no longer be read. They are never guessed. */
export interface StoreGap {
  code: "store_corruption";
  /** The rows that are missing lie in [fromMs, toMs); null is unknown. */
  fromMs: number | null;
  toMs: number | null;
  /** Where the damaged file was put, below the store's directory. */
  file: string;
  message: string;
}

/** How the store is doing. */
export interface StoreStatus {
  /**
   * `read_only` recovers by itself when the disk has space again; `failed` needs a restart, reads go on; `unreachable`
   * recovers by itself when the database behind the store answers again, and what was read before can be read.
   */
  state: "ready" | "read_only" | "failed" | "unreachable" | "closed";
  /** Why it is not ready. */
  reason: string | null;
  gaps: readonly StoreGap[];
  servers: number;
  /** Rows that wait for their commit. */
  queuedRows: number;
  /** Days in Parquet, oldest first, as YYYY-MM-DD. */
  sealedDays: readonly string[];
  /** Rows by what became of them since the start. */
  counts: { accepted: number; duplicates: number; conflicts: number; rejected: number };
}

/** Rows of servers on their way from ingestion to forecasts. Times are epoch milliseconds; ranges are [from, to). */
export interface LiveStore {
  /**
   * Stores rows that the caller has checked against the contract; resolves when they are on stable storage.
   * @throws ForewarnError `overloaded` when too many rows wait: try again; `store_read_only` when the disk is full or
   *   failed, or after {@link LiveStore.close}; `store_external` when the rows lie in a database of others, which takes
   *   them. None of the rows counts as stored then.
   */
  write(rows: RowBatch): Promise<WriteResult>;
  /**
   * Takes in the rows before `boundaryMs` that came without {@link LiveStore.write}, where there are such; before a tick.
   * What could be read counts, even when it throws.
   * @param signal Ends it early.
   * @throws ForewarnError What reading a database throws; the next call catches up.
   */
  refresh(boundaryMs: number, signal?: AbortSignal): Promise<void>;
  /** Servers with rows in the hot window, by name. */
  servers(): LiveServer[];
  /** One of them; undefined for a server without rows in the hot window. */
  server(name: string): LiveServer | undefined;
  /**
   * The hot window of servers on the contract's regular grid, in the order asked for; of all, by name, without `servers`.
   * Each begins with the server's first row in window and range, and ends with its last. Sees every acknowledged row.
   * @throws ForewarnError `server_unknown`.
   */
  series(servers?: readonly string[], fromMs?: number, toMs?: number): Promise<Series[]>;
  /**
   * One server on the grid at any time that is kept, hot or sealed; bins without rows are NaN.
   * @throws ForewarnError `server_unknown` for a server without rows in the hot window.
   */
  history(server: string, fromMs: number, toMs: number): Promise<Series>;
  /** When the state of a server changed in [fromMs, toMs), oldest first: the newest thousand changes at most. */
  stateChanges(server: string, fromMs: number, toMs: number): Promise<StateChange[]>;
  /** Visits the stored rows of [fromMs, toMs) in no particular order. */
  readRows(fromMs: number, toMs: number, visit: (rows: RowBatch) => void): Promise<void>;
  /** Puts the days that end at or before `timeMs` into Parquet files of their own. */
  sealBefore(timeMs: number): Promise<void>;
  /** Removes what is older than the retention, and servers that have been silent for longer than the hot window. */
  applyRetention(nowMs: number): Promise<void>;
  /**
   * Copies the store to a new directory while writes go on: every row acknowledged before the call is in it.
   * @throws ForewarnError `path_exists`, `disk_full`, `path_not_writable`; `store_external`.
   */
  backup(directory: string): Promise<void>;
  status(): StoreStatus;
  /** Commits what waits and frees the store; safe to call twice. */
  close(): Promise<void>;
}
