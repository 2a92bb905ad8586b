// The straight line through the first and the last value.
import { type Baseline, carryForward, layOut } from "./baseline.ts";
import { CHANGE_DAYS, changeOffsets, sortedChanges } from "./changes.ts";

/**
 * Drift: the last value plus the mean change per step of the last 7 days for every step ahead. Its quantiles are those
 * of the changes over half the horizon less their drift, times sqrt(lead / half the horizon), as of a random walk.
 * @see Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., ch. 5.2.
 */
export const driftQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const filled = carryForward(history)
    .slice(-CHANGE_DAYS * stepsPerDay)
    .filter((value) => !Number.isNaN(value));
  const last = filled.at(-1) ?? Number.NaN;
  const slope = filled.length > 1 ? (last - filled[0]!) / (filled.length - 1) : 0;
  const lag = Math.max(1, Math.floor(horizonSteps / 2));
  const offsets = changeOffsets(sortedChanges(filled, lag, filled.length), levels, slope * lag);
  return layOut(
    horizonSteps,
    offsets,
    (step) => last + slope * (step + 1),
    (step) => Math.sqrt((step + 1) / lag),
  );
};
