// The value of the same time of an earlier day, with quantiles from the changes between such days.
import { type Baseline, carryForward, layOut } from "./baseline.ts";
import { CHANGE_DAYS, changeOffsets, sortedChanges } from "./changes.ts";

/**
 * The value 24 h earlier (of the latest known day) plus the quantiles of the changes over a day in the last 7 days; the
 * last value where 24 h earlier is before the first value.
 */
export const yesterdayQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) =>
  sameTimeQuantiles(history, horizonSteps, levels, stepsPerDay, stepsPerDay);

/**
 * The value 7 days earlier plus the quantiles of the changes over a week in the last 7 days (8 days of history leave one
 * day of them); the last value where a week earlier is before the first value.
 */
export const lastWeekQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) =>
  sameTimeQuantiles(history, horizonSteps, levels, stepsPerDay, 7 * stepsPerDay);

/** Value of each step of the horizon one `season` earlier in the latest known season; the last value before the first. */
export function seasonBefore(filled: Float32Array, season: number): (step: number) => number {
  const last = filled.at(-1) ?? Number.NaN;
  const first = filled.length - season;
  return (step) => {
    const value = filled[first + (step % season)] ?? Number.NaN;
    return Number.isNaN(value) ? last : value;
  };
}

function sameTimeQuantiles(
  history: Float32Array,
  horizonSteps: number,
  levels: readonly number[],
  stepsPerDay: number,
  season: number,
): Float32Array {
  const filled = carryForward(history);
  const changes = sortedChanges(filled, season, CHANGE_DAYS * stepsPerDay);
  return layOut(horizonSteps, changeOffsets(changes, levels), seasonBefore(filled, season));
}
