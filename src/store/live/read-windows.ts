// Reads servers on the contract's grid: from their hot windows, or from the stored rows when it is longer ago.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError } from "../../base/index.ts";
import { type Contract, intervalMs } from "../../contract/index.ts";
import { readSeries, type Series } from "../series.ts";
import type { BinRange } from "./hot-window.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";
import { refreshWindows, SLICE_SERVERS, type SourceOf } from "./refresh-windows.ts";

/** What is read from. */
export interface ReadContext {
  db: DuckDBConnection;
  contract: Contract;
  servers: KnownServers;
  sourceOf: SourceOf;
}

/** The windows of `names`, or of all servers, cut to [fromMs, toMs). */
export async function readWindows(
  context: ReadContext,
  names: readonly string[] | undefined,
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): Promise<Series[]> {
  const { contract, db, servers, sourceOf } = context;
  const chosen = names === undefined ? servers.all() : names.map((name) => findServer(servers, name));
  await refreshWindows(db, contract, chosen, sourceOf);
  const asked = binsOf(contract, fromMs, toMs);
  const series: Series[] = [];
  for (const known of chosen) {
    const held = known.window.range();
    const first = Math.max(firstBinWithRows(context, known), asked.first);
    series.push(cutWindow(context, known, { first, end: Math.min(held.end, asked.end) }));
    if (series.length % SLICE_SERVERS === 0) await nextTurn();
  }
  return series;
}

/** Where the series of a server begins. A window that has moved on may begin in a gap, which a restart would not know of. */
function firstBinWithRows({ contract }: ReadContext, { firstMs, window }: KnownServer): number {
  const { first } = window.range();
  return first <= Math.floor(firstMs / intervalMs(contract)) ? first : window.firstValue();
}

/** One server over [fromMs, toMs), ending at the latest with its last row. */
export async function readHistory(context: ReadContext, name: string, fromMs: number, toMs: number): Promise<Series> {
  const { contract, db, servers, sourceOf } = context;
  const known = findServer(servers, name);
  await refreshWindows(db, contract, [known], sourceOf);
  const held = known.window.range();
  const asked = binsOf(contract, fromMs, toMs);
  const range = { first: asked.first, end: Math.min(asked.end, held.end) };
  if (range.first >= held.first || range.end <= range.first) return cutWindow(context, known, range);
  const interval = intervalMs(contract);
  // The increase of a counter needs the bin before.
  const startMs = (range.first - 1) * interval;
  const { labels } = servers.describe(known);
  const info = { server: name, labels, startMs, endMs: (range.end - 1) * interval, rows: 0 };
  const [series] = await readSeries(db, await sourceOf(startMs, range.end * interval), contract, [info]);
  const { steps, values } = series!;
  return {
    server: name,
    labels,
    startMs: range.first * interval,
    steps: steps - 1,
    values: values.map((column) => column.slice(1)),
  };
}

function cutWindow({ contract, servers }: ReadContext, known: KnownServer, range: BinRange): Series {
  const { labels } = servers.describe(known);
  const end = Math.max(range.first, range.end);
  const values = known.window.read({ first: range.first, end });
  const startMs = range.first * intervalMs(contract);
  return { server: known.server, labels, startMs, steps: end - range.first, values };
}

function binsOf(contract: Contract, fromMs: number, toMs: number): BinRange {
  const interval = intervalMs(contract);
  return { first: Math.floor(fromMs / interval), end: Math.ceil(toMs / interval) };
}

function findServer(servers: KnownServers, name: string): KnownServer {
  const known = servers.get(name);
  if (known === undefined)
    throw new ForewarnError("server_unknown", `${name}: no rows of this server in the hot window`);
  return known;
}
