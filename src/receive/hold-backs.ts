// Which rows of an interval must wait, because samples that belong to them are still on their way: senders that were cut off
// bring them hours later, some the newest first.
import type { Interval, SampleIndex } from "./sample-index.ts";
import type { SeriesTable } from "./series-table.ts";

/** Rows that must wait. */
export interface HoldBacks {
  /** Whether the row of a server must wait. */
  isHeld(server: string): boolean;
  /** How many servers wait; series whose labels name no server count as one together. */
  count: number;
}

/** Nobody waits. */
export const NO_HOLD_BACKS: HoldBacks = { isHeld: () => false, count: 0 };

/** Samples that are missing though later ones came are waited for so long: scrapes that failed never come. */
const GAP_INTERVALS = 2;
const LEAST_GAP_MS = 60_000;
const MOST_GAP_MS = 600_000;

/**
 * Looks at the series of an interval that is over: those with samples in it or in the one before. One of them lacks samples
 * if there is room for more, judged by the distance of its newest, and no stale marker said that no more would come. A
 * server's row waits
 * - while a series of it that lacks samples has none after the end: its sender is behind;
 * - for two intervals, a minute at least and ten at most, while one that lacks samples has some after the end;
 * - until `quietMs` after a sample of this interval came late.
 * Rows of servers that no label of a series names, because the mapping computes the name, depend on series that are not
 * known: they wait until some series has passed the end, and for any late sample.
 */
export function holdBacks(
  interval: Interval,
  table: SeriesTable,
  index: SampleIndex,
  intervalMs: number,
  nowMs: number,
  quietMs: number,
): HoldBacks {
  const { startMs, columns, late, gaps } = interval;
  const endMs = startMs + intervalMs;
  const gapMs = Math.min(MOST_GAP_MS, Math.max(LEAST_GAP_MS, GAP_INTERVALS * intervalMs));
  const held = new Set<number>();
  let hasPassed = false;
  let hasUnnamed = false;
  /** Whether samples that are missing between others may still come. */
  const isGapOpen = (server: number): boolean => {
    const sinceMs = gaps.get(server) ?? nowMs;
    gaps.set(server, sinceMs);
    return nowMs - sinceMs < gapMs;
  };
  const lacksSamples = (id: number, newestMs: number): boolean => {
    if (newestMs <= endMs && index.hasEnded(id)) return false;
    const stepMs = index.stepMs(id);
    if (newestMs < endMs && newestMs + stepMs <= endMs) return true;
    if (stepMs === 0 || stepMs >= intervalMs) return false;
    const beginMs = Math.max(startMs, index.oldestMs(id) - stepMs);
    if (columns.countOf(id) >= Math.floor((endMs - beginMs) / stepMs)) return false;
    return hasGap([beginMs - startMs, ...columns.timesOf(id), intervalMs], stepMs);
  };
  const look = (id: number): void => {
    const { server } = table.at(id);
    const newestMs = index.newestMs(id);
    if (newestMs >= endMs) hasPassed = true;
    if (server === 0) hasUnnamed = true;
    else if (lacksSamples(id, newestMs) && (newestMs < endMs || isGapOpen(server))) held.add(server);
  };
  columns.eachSeries(look);
  index.interval(startMs - intervalMs)?.columns.eachSeries(look);
  for (const [server, arrivedMs] of late) if (nowMs - arrivedMs < quietMs) held.add(server);
  if (hasUnnamed && !hasPassed) held.add(0);
  return {
    isHeld: (server) => held.has(table.serverPlace(server) ?? 0),
    count: held.size,
  };
}

/** Whether times, the first and last of which are bounds, leave room for another sample; they are never quite regular. */
function hasGap(timesMs: readonly number[], stepMs: number): boolean {
  const last = timesMs.length - 1;
  return timesMs.some((timeMs, at) => {
    if (at === 0) return false;
    const isAtBound = at === 1 || at === last;
    return timeMs - timesMs[at - 1]! > stepMs * (isAtBound ? 1.1 : 1.5);
  });
}
