// The training loss in plain loops, for gradients by finite differences in double precision.
import type { Architecture, ModelDimensions } from "../architecture.ts";
import type { ReferenceOutputs } from "./forward.ts";
import { softplus } from "./layers.ts";

/** What the forecasts are compared with; the shapes are those of the dataset's TargetBatch. */
export interface ReferenceTargets {
  target: ArrayLike<number>; // [batch, futureTokens, T, P]
  weight: ArrayLike<number>; // [batch, futureTokens, T, P]
  breachEvent?: ArrayLike<number>; // [batch, R, G]
  breachAtRisk?: ArrayLike<number>; // [batch, R, G]
}

/**
 * Weighted mean of 2 max(q (y - f), (q - 1) (y - f)) over windows, steps, targets and levels: equations 24 and 25 of
 * arXiv 1912.09363, twice.
 */
export function referencePinball(
  { quantiles: levels }: Architecture,
  { futureTokens, patchSteps, targets }: ModelDimensions,
  { unorderedQuantiles }: Pick<ReferenceOutputs, "unorderedQuantiles">,
  { target, weight }: ReferenceTargets,
): number {
  let [total, weights] = [0, 0];
  for (let place = 0; place < target.length; place++) {
    // From [batch, futureTokens, T, P] to [batch, futureTokens * P, T]; a window's index needs no separating.
    const step = place % patchSteps;
    const column = Math.floor(place / patchSteps) % targets;
    const token = Math.floor(place / (patchSteps * targets)); // window * futureTokens + token
    const row = (token * patchSteps + step) * targets + column;
    weights += weight[place]!;
    for (const [q, level] of levels.entries()) {
      const error = target[place]! - unorderedQuantiles[row * levels.length + q]!;
      total += weight[place]! * 2 * Math.max(level * error, (level - 1) * error);
    }
  }
  if (target.length % (futureTokens * targets * patchSteps) !== 0) throw new Error("reference: targets are no windows");
  return total / levels.length / (weights + 1e-6);
}

/**
 * Negative log-likelihood of the onsets, mean of the readings: -log h where a breach began, -log(1 - h) where it could
 * have, h = sigmoid(logit).
 */
export function referenceSurvival(
  { hazardReadings }: Pick<ReferenceOutputs, "hazardReadings">,
  { breachEvent = [], breachAtRisk = [] }: Pick<ReferenceTargets, "breachEvent" | "breachAtRisk">,
): number {
  let [total, atRisk] = [0, 0];
  for (const [place, readings] of hazardReadings.entries()) {
    atRisk += breachAtRisk[place]!;
    for (const logit of readings) {
      const loss = breachEvent[place]! === 1 ? softplus(-logit) : softplus(logit);
      total += (breachAtRisk[place]! * loss) / readings.length;
    }
  }
  return total / Math.max(atRisk, 1);
}
