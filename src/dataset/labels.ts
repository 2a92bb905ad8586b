// What training compares the model with: the truth of the horizon in scaled space with loss weights, and the observed
// beginnings of incidents as a survival problem over groups of steps.
import type { InputBatch, InputSpec, TargetBatch } from "./input-spec.ts";
import { countOnsets, type PreparedSeries } from "./prepared-series.ts";
import { targetMetricIndices } from "./transform.ts";

/** Bounds of a window's loss weight. */
const WEIGHT_MIN = 0.05;
const WEIGHT_MAX = 20;
/** A group is at risk only when at least this share of its steps was observed. */
const MIN_OBSERVED_SHARE = 0.5;

/** How labels are weighted. */
export interface LabelOptions {
  /** Weight of a window = (scale / typical scale)^exponent in [0.05, 20]: 0 is scale-free, 1 absolute. */
  lossScaleExponent: number;
}

/** Writes the labels of window `index`, whose inputs `inputs` holds. */
export type LabelWriter = (
  index: number,
  series: PreparedSeries,
  origin: number,
  inputs: InputBatch,
  labels: TargetBatch,
  options: LabelOptions,
) => void;

/** Makes a {@link LabelWriter}; it reads the location and scale that the inputs were filled with. */
export function createLabelWriter(spec: InputSpec): LabelWriter {
  const metrics = targetMetricIndices(spec);
  return (index, series, origin, inputs, labels, { lossScaleExponent }) => {
    for (const [target, metric] of metrics.entries()) {
      const place = index * metrics.length + target;
      const scale = inputs.scale[place]!;
      const relative = (scale / spec.typicalScales[metric]!) ** lossScaleExponent;
      const weight = Math.min(Math.max(relative, WEIGHT_MIN), WEIGHT_MAX);
      const truth = { values: series.values[metric]!, origin, location: inputs.location[place]!, scale };
      writeTruth(spec, labels, index, target, truth, weight);
    }
    writeHazards(spec, labels, index, series, origin);
  };
}

/** Where the truth and weight of a step of a target stand in a TargetBatch.   [B, Tf, T, P] */
export function truthIndex(
  { horizonSteps, patchSteps, targets }: InputSpec,
  index: number,
  step: number,
  target: number,
) {
  const token = Math.floor(step / patchSteps);
  return index * horizonSteps * targets.length + (token * targets.length + target) * patchSteps + (step % patchSteps);
}

interface Truth {
  values: Float32Array;
  origin: number;
  location: number;
  scale: number;
}

function writeTruth(
  spec: InputSpec,
  labels: TargetBatch,
  index: number,
  target: number,
  { values, origin, location, scale }: Truth,
  weight: number,
): void {
  for (let step = 0; step < spec.horizonSteps; step++) {
    const at = truthIndex(spec, index, step, target);
    const t = origin + 1 + step;
    const value = t < values.length ? values[t]! : Number.NaN;
    const missing = Number.isNaN(value);
    labels.target[at] = missing ? 0 : (value - location) / scale;
    labels.weight[at] = missing ? 0 : weight;
  }
}

/**
 * Writes where the next incident begins. A window whose incident is still open waits for the one after it, as a warning
 * does: what comes after an incident is half of what there is to learn where incidents come in series.
 */
function writeHazards(
  spec: InputSpec,
  labels: TargetBatch,
  index: number,
  series: PreparedSeries,
  origin: number,
): void {
  const { breachRules, breachGroupEnds } = spec;
  for (const [r, rule] of breachRules.entries()) {
    const breach = series.breaches[r]!;
    const values = series.values[spec.metrics.indexOf(rule.metric)]!;
    let begun = false;
    let first = origin + 1;
    for (const [g, groupEnd] of breachGroupEnds.entries()) {
      const last = origin + groupEnd;
      const at = (index * breachRules.length + r) * breachGroupEnds.length + g;
      const onset = countOnsets(breach, first, last) > 0;
      const atRisk = !begun && observedShare(values, first, last, rule.forSteps - 1) >= MIN_OBSERVED_SHARE;
      labels.breachAtRisk[at] = atRisk ? 1 : 0;
      labels.breachEvent[at] = atRisk && onset ? 1 : 0;
      begun ||= onset;
      first = last + 1;
    }
  }
}

/** Observed share of the steps first..last (steps beyond the data are unobserved) and of `extra` more inside the data. */
function observedShare(values: Float32Array, first: number, last: number, extra: number): number {
  const end = Math.max(last, Math.min(last + extra, values.length - 1));
  let observed = 0;
  for (let t = first; t <= Math.min(end, values.length - 1); t++) if (!Number.isNaN(values[t]!)) observed++;
  return observed / (end - first + 1);
}
