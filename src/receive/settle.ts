// Makes rows of the intervals that are over, and writes them. What the store has stays, so an interval may be evaluated as
// often as samples come: only what is new counts.
import { ForewarnError } from "../base/index.ts";
import { emptyTally, evaluateMapping, type Mapping, sourceEvaluator } from "../prometheus/index.ts";
import type { QueryOptions } from "../promql/index.ts";
import { type LiveStore, type RowBatch, rowsOfServers } from "../store/index.ts";
import { type HoldBacks, holdBacks, NO_HOLD_BACKS } from "./hold-backs.ts";
import type { Interval, SampleIndex } from "./sample-index.ts";
import type { SeriesTable } from "./series-table.ts";

/** What settling works on. */
export interface SettleContext {
  mapping: Mapping;
  table: SeriesTable;
  index: SampleIndex;
  store: Pick<LiveStore, "write">;
  /** How long after its end an interval is evaluated. */
  delayMs: number;
  /** How long samples are waited for that are known to be missing. */
  latenessMs: number;
  /** Intervals that a row reads before its own. */
  intervalsBefore: number;
  /** More samples than this in memory: the oldest interval is no longer waited for. */
  maxSamples: number;
  /** Since when samples can come. */
  startedAtMs: number;
  now: () => number;
  /** Called when an interval has its rows, and before its samples are dropped. */
  onSettled: (interval: Interval) => void;
  onDropped: (interval: Interval) => void;
  onFailure: (error: ForewarnError, startMs: number) => void;
}

/** What settling has counted. */
export interface SettleTally {
  rows: number;
  duplicates: number;
  /** Rows that were there with other values, which stay. */
  conflicts: number;
  /** Intervals that could not be evaluated. */
  failures: number;
  /** Values outside of the contract's ranges: missing or moved to the bound, as the mapping says. */
  outOfRange: number;
}

/** A tally of nothing. */
export function emptySettleTally(): SettleTally {
  return { rows: 0, duplicates: 0, conflicts: 0, failures: 0, outOfRange: 0 };
}

/** Late samples of an interval are waited for until none came for so long, or an interval if that is shorter. */
const QUIET_MS = 60_000;

/** A whole fleet in one query, in the background: bounded by the series and samples that are kept, not by time. */
const WHOLE_FLEET: Partial<QueryOptions> = {
  timeoutMs: Number.MAX_SAFE_INTEGER,
  maxSeries: Number.MAX_SAFE_INTEGER,
  maxSamples: Number.MAX_SAFE_INTEGER,
  maxPoints: Number.MAX_SAFE_INTEGER,
};

/**
 * Evaluates an interval if it is due and has new samples, and writes its rows.
 * @throws What the store throws: `store_read_only`, `overloaded`; it is tried again by a later call.
 */
export async function settleInterval(context: SettleContext, interval: Interval, tally: SettleTally): Promise<void> {
  const { mapping, table, index, store, now, delayMs, onSettled, onFailure } = context;
  const { intervalMs } = mapping;
  const dueMs = Math.max(interval.startMs + intervalMs + delayMs, interval.retryAtMs);
  if (interval.settled || now() < dueMs) return;
  const quietMs = Math.min(QUIET_MS, intervalMs);
  const isGivenUp = isWaitOver(context, interval);
  const look = (): HoldBacks =>
    isGivenUp ? NO_HOLD_BACKS : holdBacks(interval, table, index, intervalMs, now(), quietMs);
  const count = interval.columns.count();
  const before = look();
  const isStuck = interval.hasFailed || (before.count > 0 && before.count >= interval.heldCount);
  if (isStuck && count === interval.evaluatedCount && !isGivenUp) return;

  interval.retryAtMs = now() + quietMs;
  const counted = emptyTally(mapping);
  let rows: RowBatch;
  try {
    const evaluate = sourceEvaluator(index, WHOLE_FLEET);
    rows = await evaluateMapping(mapping, evaluate, interval.startMs, interval.startMs, counted);
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    tally.failures++;
    [interval.hasFailed, interval.evaluatedCount] = [true, count];
    onFailure(error, interval.startMs);
    if (isGivenUp) end();
    return;
  }
  // What came meanwhile may be in some columns of a row and not in others.
  const after = look();
  const isWanted = (server: string) => !interval.written.has(server) && !before.isHeld(server) && !after.isHeld(server);
  const wanted = rowsOfServers(rows, isWanted);
  const { accepted, duplicates, conflicts } = await store.write(wanted);
  for (const server of wanted.servers) interval.written.add(server);
  tally.rows += accepted;
  tally.duplicates += duplicates;
  tally.conflicts += conflicts.length;
  for (const values of Object.values(counted.outOfRange)) tally.outOfRange += values;
  [interval.hasFailed, interval.evaluatedCount, interval.heldCount] = [false, count, before.count];
  if (before.count + after.count === 0 && interval.columns.count() === count) end();

  function end(): void {
    interval.settled = true;
    interval.written.clear();
    interval.late.clear();
    interval.gaps.clear();
    onSettled(interval);
  }
}

/** Whether an interval is no longer waited for. A receiver that was away waits anew: its senders were cut off meanwhile. */
function isWaitOver(context: SettleContext, { startMs, arrivedAtMs }: Interval): boolean {
  const { mapping, latenessMs, startedAtMs, now, index, maxSamples } = context;
  if (now() >= Math.max(startMs + mapping.intervalMs, arrivedAtMs, startedAtMs) + latenessMs) return true;
  return index.count() >= maxSamples && startMs === index.intervals().find(({ settled }) => !settled)?.startMs;
}

/** Drops the settled intervals that lie before no interval that is still to be evaluated. */
export function dropIntervals({
  mapping,
  table,
  index,
  intervalsBefore,
  now,
  delayMs,
  onDropped,
}: SettleContext): void {
  const { intervalMs } = mapping;
  const all = index.intervals();
  const open = all.filter(({ settled }) => !settled).map(({ startMs }) => startMs);
  // The next interval to come reads those before it too.
  open.push(Math.floor((now() - delayMs) / intervalMs) * intervalMs);
  for (const interval of all) {
    const { startMs, settled } = interval;
    const isRead = open.some((later) => later >= startMs && later - startMs <= intervalsBefore * intervalMs);
    if (!settled || isRead) continue;
    onDropped(interval);
    index.drop(interval);
  }
  if (index.intervals().length < all.length) table.sweep();
}
