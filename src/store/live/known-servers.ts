// The servers of the hot window: their latest labels and state, the time of their rows, and how many there may be.
import { type Contract, intervalMs } from "../../contract/index.ts";
import { createHotWindow, type HotWindow } from "./hot-window.ts";
import type { LiveServer } from "./live-store.ts";
import { categoryColumns, type RowBatch } from "./row-batch.ts";

/** A server and its hot window. */
export interface KnownServer {
  server: string;
  firstMs: number;
  lastMs: number;
  /** Labels in contract order, then the state if the contract has one: latest value that was given, and when. */
  categories: (string | null)[];
  categoryTimes: number[];
  window: HotWindow;
}

/** A server as it was found in stored rows; categories in the order of {@link KnownServer.categories}. */
export interface RestoredServer {
  server: string;
  firstMs: number;
  lastMs: number;
  categories: readonly { value: string | null; timeMs: number | null }[];
}

/** The servers that the store knows. */
export interface KnownServers {
  get(server: string): KnownServer | undefined;
  /** All servers, by name. */
  all(): KnownServer[];
  count(): number;
  /**
   * Whether every row is of a known server and later than all rows of it, stored or before it in the batch: none of them
   * can be stored already.
   */
  areNewest(batch: RowBatch): boolean;
  /** Takes the stored row of a batch. */
  note(batch: RowBatch, row: number): void;
  /** Takes a server with all its bins stale. */
  restore(found: RestoredServer): void;
  /** Forgets the servers whose last row is older than `timeMs`. */
  forgetBefore(timeMs: number): void;
  describe(known: KnownServer): LiveServer;
}

/** Makes an empty list of servers whose windows hold `windowBins` bins. */
export function createKnownServers(contract: Contract, windowBins: number): KnownServers {
  const interval = intervalMs(contract);
  const names = contract.labels.map(({ name }) => name);
  const width = names.length + (contract.state === null ? 0 : 1);
  const servers = new Map<string, KnownServer>();
  let sorted: KnownServer[] | null = null;
  /** Rows of servers that are not known, or were not for a time, may be stored before this time. */
  let forgottenMs = Number.NEGATIVE_INFINITY;

  const open = (server: string): KnownServer => {
    let known = servers.get(server);
    if (known === undefined) {
      known = {
        server,
        firstMs: Number.POSITIVE_INFINITY,
        lastMs: Number.NEGATIVE_INFINITY,
        categories: new Array<string | null>(width).fill(null),
        categoryTimes: new Array<number>(width).fill(Number.NEGATIVE_INFINITY),
        window: createHotWindow(contract.metrics.length, windowBins),
      };
      servers.set(server, known);
      sorted = null;
    }
    return known;
  };
  const setCategory = (known: KnownServer, index: number, value: string | null, timeMs: number): void => {
    if (value === null || timeMs < known.categoryTimes[index]!) return;
    known.categories[index] = value;
    known.categoryTimes[index] = timeMs;
  };
  const setTimes = (known: KnownServer, firstMs: number, lastMs: number): void => {
    known.firstMs = Math.min(known.firstMs, firstMs);
    known.lastMs = Math.max(known.lastMs, lastMs);
  };

  return {
    get: (server) => servers.get(server),
    all() {
      sorted ??= [...servers.values()].sort((a, b) => (a.server < b.server ? -1 : 1));
      return sorted;
    },
    count: () => servers.size,
    areNewest({ servers: names, timestampsMs }) {
      const lastMs = new Map<string, number>();
      return names.every((server, row) => {
        const timeMs = timestampsMs[row]!;
        const storedMs = lastMs.get(server) ?? servers.get(server)?.lastMs ?? Number.POSITIVE_INFINITY;
        lastMs.set(server, timeMs);
        return timeMs > storedMs && timeMs >= forgottenMs;
      });
    },
    note(batch, row) {
      const known = open(batch.servers[row]!);
      const timeMs = batch.timestampsMs[row]!;
      setTimes(known, timeMs, timeMs);
      for (const [index, column] of categoryColumns(batch).entries()) setCategory(known, index, column[row]!, timeMs);
      known.window.mark(Math.floor(timeMs / interval));
    },
    restore({ server, firstMs, lastMs, categories }) {
      const known = open(server);
      setTimes(known, firstMs, lastMs);
      for (const [index, { value, timeMs }] of categories.entries()) setCategory(known, index, value, timeMs ?? 0);
      known.window.mark(Math.floor(firstMs / interval));
      known.window.mark(Math.floor(lastMs / interval));
    },
    forgetBefore(timeMs) {
      for (const { server, lastMs } of servers.values()) if (lastMs < timeMs) servers.delete(server);
      forgottenMs = Math.max(forgottenMs, timeMs);
      sorted = null;
    },
    describe({ server, firstMs, lastMs, categories }) {
      const windowStartMs = (Math.floor(lastMs / interval) - windowBins + 1) * interval;
      return {
        server,
        labels: Object.fromEntries(names.map((name, index) => [name, categories[index]!])),
        state: contract.state === null ? null : categories[names.length]!,
        firstMs: Math.max(firstMs, windowStartMs),
        lastMs,
      };
    },
  };
}
