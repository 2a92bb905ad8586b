// The space a metric is modelled in (identity, log1p for heavy tails, logit for bounded rates) and the way back from the
// model's scaled outputs to legal values in the metric's unit.
import type { InputSpec } from "./input-spec.ts";

type Transform = InputSpec["transforms"][number];
type Range = InputSpec["ranges"][number];

/** The logit maps a range onto [margin, 1 - margin] first, so that its ends stay finite and can be reached again. */
const LOGIT_MARGIN = 1e-3;
/** expm1 of more than this has no use as a metric and would overflow a float32. */
const LARGEST_LOG = 80;

/** Maps a value of a metric into the space it is modelled in; missing (NaN) stays missing. */
export function transformValue(transform: Transform, range: Range, value: number): number {
  if (transform === "identity") return value;
  if (transform === "log1p") return Math.log1p(Math.max(value, 0));
  const { min, max } = boundedRange(range);
  const share = Math.min(Math.max((value - min) / (max - min), 0), 1);
  const inner = LOGIT_MARGIN + share * (1 - 2 * LOGIT_MARGIN);
  return Math.log(inner / (1 - inner));
}

/** {@link transformValue} of a whole column: a new one, or the same where nothing changes. */
export function transformColumn(transform: Transform, range: Range, column: Float32Array): Float32Array {
  if (transform === "identity") return column;
  const out = new Float32Array(column.length);
  // Not by `map`, which puts every number on the heap that goes through its callback.
  for (let i = 0; i < out.length; i++) out[i] = transformValue(transform, range, column[i]!);
  return out;
}

/** The inverse of {@link transformValue}, clipped to the legal range of the metric. */
export function inverseTransform(transform: Transform, range: Range, transformed: number): number {
  return clipToRange(range, untransform(transform, range, transformed));
}

/**
 * A model output in the metric's own unit: location + scale * value, out of the transformed space, clipped to the legal
 * range. Monotone in `scaledValue`, so quantiles stay in order.
 * @param metricIndex Index into `spec.metrics` (see {@link targetMetricIndices}), not into `spec.targets`.
 */
export function invertTarget(
  spec: InputSpec,
  metricIndex: number,
  location: number,
  scale: number,
  scaledValue: number,
): number {
  return inverseTransform(spec.transforms[metricIndex]!, spec.ranges[metricIndex]!, location + scale * scaledValue);
}

/** Index into `spec.metrics` of each target, parallel to `spec.targets`. */
export function targetMetricIndices(spec: Pick<InputSpec, "metrics" | "targets">): number[] {
  return spec.targets.map((target) => spec.metrics.indexOf(target));
}

/** Width of the legal range in transformed space; null when it has no end. */
export function transformedRange(transform: Transform, range: Range): number | null {
  if (range.min === null || range.max === null) return null;
  return transformValue(transform, range, range.max) - transformValue(transform, range, range.min);
}

function untransform(transform: Transform, range: Range, transformed: number): number {
  if (transform === "identity") return transformed;
  if (transform === "log1p") return Math.expm1(Math.min(transformed, LARGEST_LOG));
  const { min, max } = boundedRange(range);
  const inner = 1 / (1 + Math.exp(-transformed));
  return min + ((inner - LOGIT_MARGIN) / (1 - 2 * LOGIT_MARGIN)) * (max - min);
}

function clipToRange(range: Range, value: number): number {
  const raised = range.min !== null && value < range.min ? range.min : value;
  return range.max !== null && raised > range.max ? range.max : raised;
}

function boundedRange(range: Range): { min: number; max: number } {
  if (range.min === null || range.max === null) throw new Error("logit needs a metric with min and max");
  return { min: range.min, max: range.max };
}
