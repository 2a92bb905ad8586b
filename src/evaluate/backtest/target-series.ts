// One target of a server in its own unit, with the scale of MASE before any step at hand.
import { type InputSpec, inverseTransform, type PreparedSeries, stepsPerDay } from "../../dataset/index.ts";

/** A target of a server. */
export interface TargetSeries {
  /** In the metric's unit, NaN where missing.   [steps] */
  values: Float32Array;
  /**
   * Mean |y_t - y_(t - 24 h)| over the pairs up to `origin` in which both are observed; NaN without a pair, 0 for a
   * series that repeats itself.
   */
  scaleAt(origin: number): number;
}

/** Brings metric `metric` (index into `spec.metrics`) of a series back into its unit. */
export function targetSeries(spec: InputSpec, series: PreparedSeries, metric: number): TargetSeries {
  const transform = spec.transforms[metric]!;
  const prepared = series.values[metric]!;
  const values =
    transform === "identity" ? prepared : prepared.map((x) => inverseTransform(transform, spec.ranges[metric]!, x));
  const day = stepsPerDay(spec);
  const sums = new Float64Array(series.steps);
  const counts = new Uint32Array(series.steps);
  for (let t = day; t < series.steps; t++) {
    const change = Math.abs(values[t]! - values[t - day]!);
    const known = !Number.isNaN(change);
    sums[t] = sums[t - 1]! + (known ? change : 0);
    counts[t] = counts[t - 1]! + (known ? 1 : 0);
  }
  return { values, scaleAt: (origin) => sums[origin]! / counts[origin]! };
}
