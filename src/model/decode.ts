// From a network's outputs to forecasts in the metrics' own units: calibration, order, inversion, and the probability
// that a breach begins within a horizon.
import { type InputBatch, type InputSpec, invertTarget, targetMetricIndices } from "../dataset/index.ts";
import type { Prediction } from "./predictor.ts";

/** What was fitted after training on windows that training had not seen. Stored in config.json. */
export interface Calibration {
  /** Added to each quantile, in offset units (InputSpec.offsetUnit). [T][Q] */
  quantileShift: number[][];
  /** Slope and intercept of the hazard logits. [R] */
  breachSlope: number[];
  breachIntercept: number[];
}

/** The calibration that changes nothing. */
export function neutralCalibration(spec: InputSpec, levels: number): Calibration {
  return {
    quantileShift: spec.targets.map(() => new Array<number>(levels).fill(0)),
    breachSlope: spec.breachRules.map(() => 1),
    breachIntercept: spec.breachRules.map(() => 0),
  };
}

/**
 * Quantiles of window `index` of a batch in the targets' units, ascending along the levels and inside the legal range.
 * @returns [horizonSteps, T, Q]
 */
export function decodeQuantiles(
  spec: InputSpec,
  calibration: Calibration,
  batch: InputBatch,
  { quantiles }: Prediction,
  index: number,
): Float32Array {
  const targets = spec.targets.length;
  const levels = calibration.quantileShift[0]!.length;
  const metrics = targetMetricIndices(spec);
  const size = spec.horizonSteps * targets * levels;
  const decoded = quantiles.slice(index * size, (index + 1) * size);
  for (let step = 0; step < spec.horizonSteps; step++) {
    for (let target = 0; target < targets; target++) {
      const at = (step * targets + target) * levels;
      const shift = calibration.quantileShift[target]!;
      const location = batch.location[index * targets + target]!;
      const scale = batch.scale[index * targets + target]!;
      const unit = batch.offsetUnit[index * targets + target]!;
      for (let q = 0; q < levels; q++) {
        decoded[at + q] = invertTarget(spec, metrics[target]!, location, scale, decoded[at + q]! + shift[q]! * unit);
      }
      if (!isAscending(decoded, at, at + levels)) decoded.subarray(at, at + levels).sort();
    }
  }
  return decoded;
}

function isAscending(values: Float32Array, first: number, end: number): boolean {
  for (let i = first + 1; i < end; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}

/**
 * P(a breach begins within each group's end) of window `index`: 1 - prod(1 - hazard), so it never falls with time.
 * @returns [R, G]
 */
export function decodeBreaches(
  spec: InputSpec,
  calibration: Calibration,
  { hazardLogits }: Prediction,
  index: number,
): Float32Array {
  const groups = spec.breachGroupEnds.length;
  const probabilities = new Float32Array(spec.breachRules.length * groups);
  for (let rule = 0; rule < spec.breachRules.length; rule++) {
    let logSurvival = 0;
    for (let group = 0; group < groups; group++) {
      const raw = hazardLogits[(index * spec.breachRules.length + rule) * groups + group]!;
      const logit = calibration.breachSlope[rule]! * raw + calibration.breachIntercept[rule]!;
      logSurvival -= softplus(logit);
      probabilities[rule * groups + group] = -Math.expm1(logSurvival);
    }
  }
  return probabilities;
}

/** log(1 + exp(x)) without overflow: minus the logarithm of 1 - sigmoid(x). */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
