// The live store over a database that others write: hot windows in memory, read anew after a start and brought up to date
// before every tick; everything older is asked of the database. Nothing of the rows is kept on disk.
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import {
  type BinRange,
  binsOf,
  createKnownServers,
  cutHistory,
  cutWindows,
  findServer,
  type LiveStore,
  rowsOfServers,
} from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { settledUntil } from "../client/settled-until.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { createFleetReader } from "./fleet-reader.ts";
import { takeRows } from "./take-rows.ts";

/** What such a store is made of. */
export interface PrometheusStoreOptions {
  mapping: Mapping;
  /** Makes a client of the database whose requests end with the signal. */
  connect: (signal: AbortSignal) => PrometheusClient;
  /** Epoch milliseconds. */
  now: () => number;
  /** Length of the hot window; whole contract intervals. */
  windowMs: number;
  /** How late samples may come: so much of what was read before is read again before every tick. */
  latenessMs: number;
  /** Servers beyond this are not read. */
  maxServers: number;
  /** Whether this daemon has a server; others are left to other daemons. */
  owns: (server: string) => boolean;
  /** Servers of one query. */
  partServers?: number;
  /** Told of servers beyond the limit, at every reading. */
  onRefused: (servers: number) => void;
  /** Told when the database rewrites its newest points, so that rows are read only up to a time; at every reading. */
  onUnsettled: (behindMs: number) => void;
  /** Told of a server that the mapping cannot make rows of, at every reading. */
  onUnreadable: (error: ForewarnError) => void;
}

const NOT_READ_YET = "the windows of the servers are not read from the database yet";

/** Opens the store; the first {@link LiveStore.refresh} reads the windows. */
export function openPrometheusStore(options: PrometheusStoreOptions): LiveStore {
  const { mapping, connect, windowMs, maxServers, owns } = options;
  const { contract } = mapping;
  const interval = intervalMs(contract);
  const windowBins = Math.round(windowMs / interval);
  const servers = createKnownServers(contract, windowBins);
  const closing = new AbortController();
  const client = connect(closing.signal);
  let trouble: string | null = NOT_READ_YET;
  let refused = 0;
  let turn: Promise<void> = Promise.resolve();
  const reader = createFleetReader({
    ...{ mapping, owns, maxServers, partServers: options.partServers, onUnreadable: options.onUnreadable },
    lateBins: Math.ceil(options.latenessMs / interval),
    onRefused(count) {
      refused = count;
      options.onRefused(count);
    },
  });

  const admit = (server: string): boolean => {
    if (!owns(server)) return false;
    return servers.get(server) !== undefined || servers.count() < maxServers;
  };
  const readNew = async (boundaryMs: number, signal: AbortSignal): Promise<void> => {
    refused = 0;
    try {
      const asking = connect(signal);
      const settledMs = await settledUntil(asking, options.now());
      if (settledMs < boundaryMs) options.onUnsettled(boundaryMs - settledMs);
      const end = Math.floor(Math.min(boundaryMs, settledMs) / interval);
      await reader.readNew(asking, { first: end - windowBins, end }, (batch, { range }) =>
        takeRows(contract, servers, batch, range, admit),
      );
      trouble = null;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ForewarnError) trouble = error.message;
      throw error;
    }
  };
  /** Bins before the hot window of a server, by metric. */
  const readOlder = async (server: string, range: BinRange): Promise<Float32Array[]> => {
    const steps = range.end - range.first;
    const found = createKnownServers(contract, steps);
    await reader.readBins(client, [server], range, 1, (batch, part) =>
      takeRows(contract, found, batch, part.range, (name) => name === server),
    );
    const values = contract.metrics.map(() => new Float32Array(steps).fill(Number.NaN));
    const window = found.get(server)?.window;
    for (const [metric, column] of (window?.read(window.range()) ?? []).entries()) {
      values[metric]!.set(column, window!.range().first - range.first);
    }
    return values;
  };

  return {
    async write() {
      if (closing.signal.aborted)
        throw new ForewarnError("store_read_only", "store: Expected an open store, but it is closed");
      throw external("rows", "write them into the database, and Forewarn reads them there");
    },
    refresh(boundaryMs, signal) {
      const ending = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      // One after the other: what one has read, the next need not.
      const reading = turn.then(() => (ending.aborted ? undefined : readNew(boundaryMs, ending)));
      turn = reading.catch(() => undefined);
      return reading;
    },
    servers: () => servers.all().map(servers.describe),
    server(name) {
      const known = servers.get(name);
      return known && servers.describe(known);
    },
    async series(names, fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY) {
      const chosen = names === undefined ? servers.all() : names.map((name) => findServer(servers, name));
      return cutWindows(contract, servers, chosen, binsOf(contract, fromMs, toMs));
    },
    async history(name, fromMs, toMs) {
      const known = findServer(servers, name);
      return cutHistory(contract, servers, known, binsOf(contract, fromMs, toMs), (range) => readOlder(name, range));
    },
    // A mapping makes rows without a state.
    stateChanges: async () => [],
    async readRows(fromMs, toMs, visit) {
      const range = { first: Math.ceil(fromMs / interval), end: Math.ceil(toMs / interval) };
      if (range.first >= range.end) return;
      await reader.readBins(client, null, range, 0, async (batch) => visit(rowsOfServers(batch, owns)));
    },
    sealBefore: async () => undefined,
    async applyRetention(nowMs) {
      servers.forgetBefore(nowMs - windowMs);
    },
    async backup() {
      throw external("a copy", "the database has backups of its own");
    },
    status() {
      const state = closing.signal.aborted ? "closed" : trouble === null ? "ready" : "unreachable";
      const counts = { accepted: 0, duplicates: 0, conflicts: 0, rejected: refused };
      return { state, reason: trouble, gaps: [], servers: servers.count(), queuedRows: 0, sealedDays: [], counts };
    },
    async close() {
      closing.abort();
      await turn;
    },
  };
}

function external(what: string, hint: string): ForewarnError {
  return new ForewarnError("store_external", `store: Expected no ${what}, as the rows lie in a database of others`, {
    hint,
  });
}
