// Sample times of series on the contract's grid, and how long such a sample is the value of its series.

const FIVE_MINUTES_MS = 300_000;

/** A sample counts for two steps, and no less than Prometheus' five minutes, so that a late row leaves no hole. */
export function lookbackOf(intervalMs: number): number {
  return Math.max(FIVE_MINUTES_MS, 2 * intervalMs);
}

/** Multiples of the interval in (startMs, endMs]. */
export function gridTimes(startMs: number, endMs: number, intervalMs: number): number[] {
  const times: number[] = [];
  for (let bin = Math.floor(startMs / intervalMs) + 1; bin * intervalMs <= endMs; bin++) times.push(bin * intervalMs);
  return times;
}

/** How many multiples of the interval lie in (startMs, endMs]. */
export function gridCount(startMs: number, endMs: number, intervalMs: number): number {
  return Math.max(0, Math.floor(endMs / intervalMs) - Math.floor(startMs / intervalMs));
}
