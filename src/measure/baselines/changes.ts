// Past changes of a series: what several baselines take the width of their quantiles from.
import { quantileOf } from "../quantile.ts";

/** Days of history whose changes count. */
export const CHANGE_DAYS = 7;

/** Changes y_t - y_(t - lag) whose later end lies in the last `steps` steps, sorted; gaps left out. */
export function sortedChanges(filled: Float32Array, lag: number, steps: number): Float32Array {
  const changes = new Float32Array(filled.length);
  let count = 0;
  for (let t = Math.max(lag, filled.length - steps); t < filled.length; t++) {
    const change = filled[t]! - filled[t - lag]!;
    if (!Number.isNaN(change)) changes[count++] = change;
  }
  return changes.subarray(0, count).sort();
}

/** Quantiles of sorted changes at `levels`, less `centre`; all 0 when there is no change. */
export function changeOffsets(sorted: Float32Array, levels: readonly number[], centre = 0): number[] {
  return levels.map((level) => (sorted.length === 0 ? 0 : quantileOf(sorted, level) - centre));
}
