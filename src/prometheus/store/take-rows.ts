// Rows that a mapping has made, into the hot windows: on the grid as a data set has them. They come one for each server
// and interval, so that a row is a bin.
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Contract, intervalMs, type Metric } from "../../contract/index.ts";
import type { BinRange, KnownServers, RowBatch } from "../../store/index.ts";

/** Servers that are taken without a turn of the event loop. */
const SLICE_SERVERS = 16;

/**
 * Takes the rows of the bins of `range`; those of the bin before are there for the increases of counters only.
 * @param batch Rows by server and time.
 * @param admit Whether a server is taken.
 */
export async function takeRows(
  contract: Contract,
  servers: KnownServers,
  batch: RowBatch,
  range: BinRange,
  admit: (server: string) => boolean,
): Promise<void> {
  const interval = intervalMs(contract);
  const bins = batch.timestampsMs.map((timeMs) => Math.floor(timeMs / interval));
  let taken = 0;
  for (let begin = 0, end: number; begin < bins.length; begin = end) {
    const server = batch.servers[begin]!;
    end = begin + 1;
    while (end < bins.length && batch.servers[end] === server) end += 1;
    let first = begin;
    while (first < end && bins[first]! < range.first) first += 1;
    if (first === end || !admit(server)) continue;
    servers.restore({
      server,
      firstMs: batch.timestampsMs[first]!,
      lastMs: batch.timestampsMs[end - 1]!,
      categories: batch.labels.map((column) => latest(column, batch.timestampsMs, first, end)),
    });
    const { window } = servers.get(server)!;
    window.clearStale();
    const held = window.range();
    const isHeld = held.end > held.first;
    const from = isHeld ? Math.max(range.first, Math.min(held.first, bins[first]!)) : bins[first]!;
    const to = Math.max(bins[end - 1]! + 1, isHeld ? Math.min(held.end, range.end) : 0);
    // Bins without a row stay as they are: rows of a machine that came back under another port may come apart.
    const kept = { first: Math.max(from, held.first), end: Math.min(to, held.end) };
    const before = kept.first < kept.end ? window.read(kept) : null;
    window.put(
      from,
      contract.metrics.map(({ kind }, metric) => {
        const column = new Float32Array(to - from).fill(Number.NaN);
        if (before !== null) column.set(before[metric]!, kept.first - from);
        const values = batch.metrics[metric]!;
        for (let row = first; row < end; row++) column[bins[row]! - from] = binValue(kind, values, bins, row, begin);
        return column;
      }),
    );
    taken += 1;
    if (taken % SLICE_SERVERS === 0) await nextTurn();
  }
}

/** A counter's value is what it rose since the bin before; one that went down was reset, and how far is unknown. */
function binValue(kind: Metric["kind"], values: Float64Array, bins: Float64Array, row: number, begin: number): number {
  if (kind !== "counter") return values[row]!;
  if (row === begin || bins[row - 1] !== bins[row]! - 1) return Number.NaN;
  const increase = values[row]! - values[row - 1]!;
  return increase >= 0 ? increase : Number.NaN;
}

/** The latest value that was given. */
function latest(
  column: readonly (string | null)[],
  timesMs: Float64Array,
  first: number,
  end: number,
): { value: string | null; timeMs: number | null } {
  for (let row = end - 1; row >= first; row--)
    if (column[row] !== null) return { value: column[row]!, timeMs: timesMs[row]! };
  return { value: null, timeMs: null };
}
