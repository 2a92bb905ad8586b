// The live store inside the daemon: recent rows in one DuckDB file, committed before they are acknowledged; older days in
// Parquet files; the newest bins of every server in memory.
import { rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ForewarnError, fileError, makeDirectory } from "../../base/index.ts";
import { type Contract, intervalMs } from "../../contract/index.ts";
import { duckDbError, visitChunks } from "../duckdb.ts";
import { backUp } from "./back-up.ts";
import { commitNewRows, commitRows, splitOutcomes } from "./commit-rows.ts";
import { DATABASE_FILE, type LiveDatabase, recoverDatabase } from "./database.ts";
import { type DayManifest, dayOf, nextDay, openDayManifest } from "./day-manifest.ts";
import { guardDatabase } from "./guarded-database.ts";
import { createKnownServers } from "./known-servers.ts";
import type { LiveStore, WriteResult } from "./live-store.ts";
import { readStateChanges } from "./read-states.ts";
import { readHistory, readWindows } from "./read-windows.ts";
import { restoreServers } from "./restore-servers.ts";
import { assertBatch, joinBatches, type RowBatch } from "./row-batch.ts";
import { columnList, rowSource, timeFilter } from "./row-source.ts";
import { daysInDatabase, removeTemporaryDays, sealDay } from "./seal-days.ts";
import { readBatch } from "./stage-rows.ts";
import { createTurn } from "./turn.ts";
import { createWriteQueue } from "./write-queue.ts";

/** Bounds of an embedded store. */
export interface EmbeddedStoreOptions {
  /** Length of the hot window; whole contract intervals. */
  windowMs: number;
  /** How long rows are kept. */
  retentionMs: number;
  /** New servers beyond this are refused. */
  maxServers: number;
  /** Rows that may wait for their commit, and rows that go into one commit. */
  queuedRows: number;
  commitRows: number;
  /** The log of the database is folded into its file when it is larger. */
  logBytes: number;
  /** Free space that is left to others on this disk. */
  reservedBytes: number;
  /** Memory and threads of DuckDB. */
  memoryLimit: string;
  threads: number;
}

/** A week of history and a day on top, for a thousand servers and more. */
export const DEFAULT_STORE_OPTIONS: EmbeddedStoreOptions = {
  windowMs: 8 * 86_400_000,
  retentionMs: 400 * 86_400_000,
  maxServers: 20_000,
  queuedRows: 100_000,
  commitRows: 20_000,
  logBytes: 32 << 20,
  reservedBytes: 64 << 20,
  memoryLimit: "512MB",
  threads: 2,
};

/** Stores that this process has open: DuckDB's lock keeps out other processes only. */
const openDirectories = new Set<string>();

/**
 * Opens the store in `directory`, making it if needed. Whatever a killed process or a damaged disk left behind is cleared
 * up or set aside, and reported in {@link LiveStore.status}.
 * @throws ForewarnError `directory_locked` while another process has it open, `contract_mismatch`, `disk_full`,
 *   `path_not_writable`.
 */
export async function openEmbeddedStore(
  directory: string,
  contract: Contract,
  options: Partial<EmbeddedStoreOptions> = {},
): Promise<LiveStore> {
  const key = resolve(directory);
  if (openDirectories.has(key)) {
    throw new ForewarnError("directory_locked", `${directory}: Expected no other user, but it is open already`);
  }
  openDirectories.add(key);
  const release = (): void => void openDirectories.delete(key);
  let database: LiveDatabase | undefined;
  try {
    makeDirectory(directory);
    const settings = { ...DEFAULT_STORE_OPTIONS, ...options };
    // The lock comes with the database, so nothing else is touched before.
    const recovered = await recoverDatabase(directory, contract, settings);
    database = recovered.database;
    rmSync(join(directory, "spill"), { recursive: true, force: true });
    const manifest = await openDayManifest(directory, contract);
    removeTemporaryDays(manifest.folder);
    manifest.removeUnlisted();
    const sealedUntilMs = manifest.list().at(-1);
    for (const { file, message } of recovered.setAside) {
      const fromMs = sealedUntilMs === undefined ? null : nextDay(sealedUntilMs.dayMs);
      manifest.addGap({ fromMs, toMs: null, file, message });
    }
    return await startStore(directory, contract, settings, database, manifest, release);
  } catch (error) {
    database?.close();
    release();
    throw storeError(error, directory);
  }
}

async function startStore(
  directory: string,
  contract: Contract,
  options: EmbeddedStoreOptions,
  opened: LiveDatabase,
  manifest: DayManifest,
  release: () => void,
): Promise<LiveStore> {
  const servers = createKnownServers(contract, Math.round(options.windowMs / intervalMs(contract)));
  const counts = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  const mixed = new Set<number>();
  const writeTurn = createTurn();
  const readTurn = createTurn();
  const dayTurn = createTurn();
  let closing: Promise<void> | undefined;
  let isCheckpointing = false;

  const sourceOf = async (fromMs: number, toMs: number): Promise<string> =>
    rowSource(contract, manifest.folder, await manifest.days(fromMs, toMs), mixed, fromMs, toMs);
  const restore = async (db: LiveDatabase): Promise<void> => {
    const sealed = new Set(manifest.list().map(({ dayMs }) => dayMs));
    for (const dayMs of await daysInDatabase(db.reader)) if (sealed.has(dayMs)) mixed.add(dayMs);
    await restoreServers(db.reader, contract, manifest, sourceOf, options.windowMs, servers);
  };
  const guard = guardDatabase(opened, {
    directory,
    contract,
    limits: options,
    reservedBytes: options.reservedBytes,
    whileNobodyReads: readTurn,
    reopened: () => readTurn(() => restore(guard.current())),
  });

  const coded = (error: unknown): never => {
    throw storeError(error, directory);
  };
  const read = <T>(work: (db: LiveDatabase["reader"]) => Promise<T>): Promise<T> =>
    readTurn(() => work(guard.current().reader)).catch(coded);
  const commit = (batches: readonly RowBatch[]): Promise<WriteResult[]> =>
    writeTurn(async () => {
      const batch = joinBatches(batches);
      const newServers = new Set<string>();
      const admit = (server: string): boolean => {
        if (servers.get(server) !== undefined || newServers.has(server)) return true;
        if (servers.count() + newServers.size >= options.maxServers) return false;
        newServers.add(server);
        return true;
      };
      const [fromMs, toMs] = timeRange(batch);
      const outcomes = await guard.write(async ({ writer }) =>
        servers.areNewest(batch)
          ? commitNewRows(writer, batch)
          : commitRows(writer, contract, batch, await sourceOf(fromMs, toMs), admit),
      );
      const sealed = new Set(manifest.list().map(({ dayMs }) => dayMs));
      for (const [row, outcome] of outcomes.entries()) {
        if (outcome !== "accepted") continue;
        servers.note(batch, row);
        const dayMs = dayOf(batch.timestampsMs[row]!);
        if (sealed.has(dayMs)) mixed.add(dayMs);
      }
      const results = splitOutcomes(outcomes, batches);
      for (const { accepted, duplicates, conflicts, rejected } of results) {
        counts.accepted += accepted;
        counts.duplicates += duplicates;
        counts.conflicts += conflicts.length;
        counts.rejected += rejected.length;
      }
      checkpointWhenDue();
      return results;
    });
  const queue = createWriteQueue(options, commit);
  /** Folds the log into the file beside the commits; when one of them is in the way, the next commit asks again. */
  const checkpointWhenDue = (): void => {
    const log = statSync(join(directory, `${DATABASE_FILE}.wal`), { throwIfNoEntry: false });
    if (isCheckpointing || (log?.size ?? 0) < options.logBytes) return;
    isCheckpointing = true;
    void dayTurn(() => guard.current().keeper.run("CHECKPOINT"))
      .catch((error: unknown) =>
        isInTheWay(error) ? undefined : writeTurn(() => guard.write(() => Promise.reject(error))),
      )
      .catch((error: unknown) => {
        // The state of the store tells it already.
        if (!(error instanceof ForewarnError)) throw error;
      })
      .finally(() => {
        isCheckpointing = false;
      });
  };
  const sealing = {
    contract,
    manifest,
    sourceOf,
    mixed,
    keeper: () => guard.current().keeper,
    remove: (sql: string) => writeTurn(() => guard.write(async ({ writer }) => void (await writer.run(sql)))),
    whileNobodyReadsOrWrites: (work: () => Promise<void>) => writeTurn(() => readTurn(work)),
  };

  await restore(opened);
  return {
    async write(rows) {
      assertBatch(contract, rows);
      if (closing !== undefined) {
        throw new ForewarnError("store_read_only", `${directory}: Expected an open store, but it is closed`);
      }
      if (rows.servers.length === 0) return { accepted: 0, duplicates: 0, conflicts: [], rejected: [] };
      return queue.add(rows);
    },
    // All rows come by write.
    refresh: async () => undefined,
    servers: () => servers.all().map(servers.describe),
    server(name) {
      const known = servers.get(name);
      return known && servers.describe(known);
    },
    series: (names, fromMs, toMs) =>
      read((db) => readWindows({ db, contract, servers, sourceOf }, names, fromMs, toMs)),
    history: (server, fromMs, toMs) =>
      read((db) => readHistory({ db, contract, servers, sourceOf }, server, fromMs, toMs)),
    stateChanges: (server, fromMs, toMs) =>
      read((db) => readStateChanges(db, contract, sourceOf, server, fromMs, toMs)),
    readRows: (fromMs, toMs, visit) =>
      read(async (db) => {
        const sql = `SELECT ${columnList(contract)} FROM ${await sourceOf(fromMs, toMs)}`;
        await visitChunks(db, sql, (chunk) => visit(readBatch(contract, chunk)));
      }),
    sealBefore: (timeMs) =>
      dayTurn(async () => {
        for (const dayMs of await daysInDatabase(guard.current().keeper, timeMs)) {
          if (closing === undefined) await sealDay(sealing, dayMs);
        }
      }).catch(coded),
    applyRetention: (nowMs) =>
      dayTurn(async () => {
        const cutMs = dayOf(nowMs - options.retentionMs);
        await sealing.whileNobodyReadsOrWrites(async () => manifest.dropBefore(cutMs));
        await sealing.remove(`DELETE FROM rows WHERE ${timeFilter(Number.NEGATIVE_INFINITY, cutMs)}`);
        for (const dayMs of mixed) if (dayMs < cutMs) mixed.delete(dayMs);
        servers.forgetBefore(nowMs - options.windowMs);
      }).catch(coded),
    backup: (target) => dayTurn(() => backUp(guard.current().keeper, contract, manifest, target)).catch(coded),
    status: () => ({
      ...guard.state(),
      gaps: [...manifest.gaps()],
      servers: servers.count(),
      queuedRows: queue.queuedRows(),
      sealedDays: manifest.list().map(({ dayMs }) => new Date(dayMs).toISOString().slice(0, 10)),
      counts: { ...counts },
    }),
    close() {
      closing ??= (async () => {
        await queue.idle();
        await dayTurn(() => undefined);
        await writeTurn(() => readTurn(() => guard.close()));
        release();
      })();
      return closing;
    },
  };
}

/** Gives errors of the disk and of DuckDB their codes. */
function storeError(error: unknown, directory: string): unknown {
  if ((error as NodeJS.ErrnoException | undefined)?.code === "EIO") {
    const message = `${directory}: Expected to write, but the disk failed`;
    return new ForewarnError("store_read_only", message, { hint: "check the disk, then restart", cause: error });
  }
  return fileError(duckDbError(error, directory, "store_corruption"), directory);
}

/** Whether a checkpoint found a commit that was not through. */
function isInTheWay(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Cannot CHECKPOINT");
}

function timeRange(batch: RowBatch): [fromMs: number, toMs: number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of batch.timestampsMs) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return [first, last + 1];
}
