// The last value, with quantiles from recent changes.
import { quantileOf } from "../quantile.ts";
import { type Baseline, carryForward, layOut } from "./baseline.ts";
import { CHANGE_DAYS, changeOffsets, sortedChanges } from "./changes.ts";

/**
 * Last value plus the quantiles of past changes over half the horizon in the last 7 days, centred on their median: one
 * change length stands for all lead times.
 */
export const lastValueQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const filled = carryForward(history);
  const changes = sortedChanges(filled, Math.max(1, Math.floor(horizonSteps / 2)), CHANGE_DAYS * stepsPerDay);
  const last = filled.at(-1) ?? Number.NaN;
  return layOut(horizonSteps, changeOffsets(changes, levels, quantileOf(changes, 0.5)), () => last);
};
