// Brings the stale bins of hot windows up to date: reads their rows and puts them on the grid exactly as a data set's.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Contract, intervalMs } from "../../contract/index.ts";
import { sqlText } from "../duckdb.ts";
import { readGrids } from "../series.ts";
import { SLICE_SERVERS } from "./cut-windows.ts";
import type { BinRange } from "./hot-window.ts";
import type { KnownServer } from "./known-servers.ts";

/** Cells (server x bin x metric) that are read at once; about 30 bytes each while reading. */
const GROUP_CELLS = 4_000_000;

/** SQL expression for the stored rows of [fromMs, toMs). */
export type SourceOf = (fromMs: number, toMs: number) => Promise<string>;

interface StaleServer {
  known: KnownServer;
  range: BinRange;
}

/** Computes the stale bins of `servers` anew; what is marked meanwhile stays stale. */
export async function refreshWindows(
  db: DuckDBConnection,
  contract: Contract,
  servers: readonly KnownServer[],
  sourceOf: SourceOf,
): Promise<void> {
  const stale = servers.flatMap((known) => {
    const range = known.window.stale();
    if (range === null) return [];
    // A changed bin also changes the increase of a counter in the bin after it.
    const lastBin = Math.floor(known.lastMs / intervalMs(contract));
    return [{ known, range: { first: range.first, end: Math.min(range.end + 1, lastBin + 1) } }];
  });
  stale.sort((a, b) => a.range.first - b.range.first || (a.known.server < b.known.server ? -1 : 1));
  for (const group of groupsOf(stale, contract.metrics.length)) await refreshGroup(db, contract, group, sourceOf);
}

async function refreshGroup(
  db: DuckDBConnection,
  contract: Contract,
  group: readonly StaleServer[],
  sourceOf: SourceOf,
): Promise<void> {
  const interval = intervalMs(contract);
  // The increase of a counter needs the bin before.
  const first = group[0]!.range.first - 1;
  const end = lastEnd(group);
  const names = group.map(({ known }) => known.server).sort();
  const info = { labels: {}, startMs: first * interval, endMs: (end - 1) * interval, rows: 0 };
  const source = await sourceOf(first * interval, end * interval);
  for (const { known } of group) known.window.clearStale();
  try {
    const seriesAt = await readGrids(
      db,
      `(FROM ${source} WHERE "server" BETWEEN ${sqlText(names[0]!)} AND ${sqlText(names.at(-1)!)})`,
      contract,
      group.map(({ known }) => ({ ...info, server: known.server })),
    );
    for (const [index, { known, range }] of group.entries()) {
      const { values } = seriesAt(index);
      known.window.put(
        range.first,
        values.map((column) => column.subarray(range.first - first, range.end - first)),
      );
      if (index % SLICE_SERVERS === SLICE_SERVERS - 1) await nextTurn();
    }
  } catch (error) {
    for (const { known, range } of group) {
      known.window.mark(range.first);
      known.window.mark(range.end - 1);
    }
    throw error;
  }
}

/** Splits servers that are sorted by their first stale bin into groups that are read over one range of bins. */
function groupsOf(stale: readonly StaleServer[], metricCount: number): StaleServer[][] {
  const groups: StaleServer[][] = [];
  let [first, end] = [0, 0];
  for (const server of stale) {
    const group = groups.at(-1);
    const newEnd = Math.max(end, server.range.end);
    if (group !== undefined && (group.length + 1) * (newEnd - first + 1) * metricCount <= GROUP_CELLS) {
      group.push(server);
      end = newEnd;
      continue;
    }
    groups.push([server]);
    ({ first, end } = server.range);
  }
  return groups;
}

function lastEnd(group: readonly StaleServer[]): number {
  return group.reduce((end, { range }) => Math.max(end, range.end), Number.NEGATIVE_INFINITY);
}
