// The quantiles of what was just seen, the same at every step.
import { quantileOf } from "../quantile.ts";
import { type Baseline, carryForward, layOut } from "./baseline.ts";

/** The quantiles of the last hour. */
export const lastHourQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) =>
  recentQuantiles(history, horizonSteps, levels, Math.max(1, Math.round(stepsPerDay / 24)));

/** The quantiles of the last 24 h. */
export const last24hQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) =>
  recentQuantiles(history, horizonSteps, levels, stepsPerDay);

function recentQuantiles(history: Float32Array, horizonSteps: number, levels: readonly number[], steps: number) {
  const recent = carryForward(history)
    .slice(-steps)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const quantiles = levels.map((level) => quantileOf(recent, level));
  return layOut(horizonSteps, quantiles, () => 0);
}
