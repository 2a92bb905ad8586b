// Series out of hot windows: the bins asked for, from the server's first row to its last.
import { setImmediate as nextTurn } from "node:timers/promises";
import { ForewarnError } from "../../base/index.ts";
import { type Contract, intervalMs } from "../../contract/index.ts";
import type { Series } from "../series.ts";
import type { BinRange } from "./hot-window.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";

/** Servers whose windows are worked on without a turn of the event loop: some milliseconds. */
export const SLICE_SERVERS = 16;

/** The windows of servers, cut to bins; they must be up to date. */
export async function cutWindows(
  contract: Contract,
  servers: KnownServers,
  chosen: readonly KnownServer[],
  asked: BinRange,
): Promise<Series[]> {
  const series: Series[] = [];
  for (const known of chosen) {
    const held = known.window.range();
    const first = Math.max(firstBinWithRows(contract, known), asked.first);
    series.push(cutWindow(contract, servers, known, { first, end: Math.min(held.end, asked.end) }));
    if (series.length % SLICE_SERVERS === 0) await nextTurn();
  }
  return series;
}

/** Where the series of a server begins. A window that has moved on may begin in a gap, which a restart would not know of. */
function firstBinWithRows(contract: Contract, { firstMs, window }: KnownServer): number {
  const { first } = window.range();
  return first <= Math.floor(firstMs / intervalMs(contract)) ? first : window.firstValue();
}

/** The bins of one server that lie within its window; none when the range is empty. */
export function cutWindow(contract: Contract, servers: KnownServers, known: KnownServer, range: BinRange): Series {
  const { labels } = servers.describe(known);
  const end = Math.max(range.first, range.end);
  const values = known.window.read({ first: range.first, end });
  const startMs = range.first * intervalMs(contract);
  return { server: known.server, labels, startMs, steps: end - range.first, values };
}

/**
 * Bins of one server, ending at the latest with its last row: out of its window, which must be up to date, or from
 * elsewhere when they begin before it.
 * @param readOlder Values of all bins of a range, by metric.
 */
export async function cutHistory(
  contract: Contract,
  servers: KnownServers,
  known: KnownServer,
  asked: BinRange,
  readOlder: (range: BinRange) => Promise<Float32Array[]>,
): Promise<Series> {
  const held = known.window.range();
  const range = { first: asked.first, end: Math.min(asked.end, held.end) };
  if (range.first >= held.first || range.end <= range.first) return cutWindow(contract, servers, known, range);
  const { labels } = servers.describe(known);
  const startMs = range.first * intervalMs(contract);
  return { server: known.server, labels, startMs, steps: range.end - range.first, values: await readOlder(range) };
}

/** The bins that overlap [fromMs, toMs). */
export function binsOf(contract: Contract, fromMs: number, toMs: number): BinRange {
  const interval = intervalMs(contract);
  return { first: Math.floor(fromMs / interval), end: Math.ceil(toMs / interval) };
}

/** A server by name. @throws ForewarnError `server_unknown`. */
export function findServer(servers: KnownServers, name: string): KnownServer {
  const known = servers.get(name);
  if (known === undefined)
    throw new ForewarnError("server_unknown", `${name}: no rows of this server in the hot window`);
  return known;
}
