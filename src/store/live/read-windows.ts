// Reads servers on the contract's grid: from their hot windows, or from the stored rows when it is longer ago.
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Contract, intervalMs } from "../../contract/index.ts";
import { readSeries, type Series } from "../series.ts";
import { binsOf, cutHistory, cutWindows, findServer } from "./cut-windows.ts";
import type { KnownServers } from "./known-servers.ts";
import { refreshWindows, type SourceOf } from "./refresh-windows.ts";

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
  return cutWindows(contract, servers, chosen, binsOf(contract, fromMs, toMs));
}

/** One server over [fromMs, toMs), ending at the latest with its last row. */
export async function readHistory(context: ReadContext, name: string, fromMs: number, toMs: number): Promise<Series> {
  const { contract, db, servers, sourceOf } = context;
  const known = findServer(servers, name);
  await refreshWindows(db, contract, [known], sourceOf);
  return cutHistory(contract, servers, known, binsOf(contract, fromMs, toMs), async ({ first, end }) => {
    const interval = intervalMs(contract);
    // The increase of a counter needs the bin before.
    const startMs = (first - 1) * interval;
    const { labels } = servers.describe(known);
    const info = { server: name, labels, startMs, endMs: (end - 1) * interval, rows: 0 };
    const [series] = await readSeries(db, await sourceOf(startMs, end * interval), contract, [info]);
    return series!.values.map((column) => column.slice(1));
  });
}
