// The trivial forecasts of the benchmark's table, and the history they see.
import {
  type Baseline,
  last24hQuantiles,
  lastHourQuantiles,
  lastValueQuantiles,
  seasonalNaiveQuantiles,
} from "../../measure/index.ts";

/** A trivial forecast as rows of the table: its quantiles, and its median at every level, whose CRPS is its ND. */
interface TrivialForecast {
  baseline: Baseline;
  quantiles?: string;
  point?: string;
}

/** All of them, with the names of their rows. */
export const BITBRAINS_BASELINES: readonly TrivialForecast[] = [
  { baseline: lastValueQuantiles, point: "last value (point)", quantiles: "last value + change quantiles" },
  { baseline: seasonalNaiveQuantiles, point: "Seasonal Naive (point)" },
  { baseline: last24hQuantiles, quantiles: "quantiles of the last 24 h" },
  { baseline: lastHourQuantiles, quantiles: "quantiles of the last 1 h" },
];

/** The median of every step of forecasts [steps, levels] at every level. */
export function pointOf(forecasts: Float32Array, levels: readonly number[]): Float32Array {
  const median = levels.indexOf(0.5);
  return forecasts.map((_, i) => forecasts[i - (i % levels.length) + median]!);
}

/**
 * History without gaps: each takes the value before it, a gap at the beginning the first value of the history, and
 * without any value all is 0. So GluonTS, the benchmark's harness, fills gaps for models that cannot read them.
 */
export function fillGaps(history: Float32Array): Float32Array {
  const filled = new Float32Array(history.length);
  let carried = history.find((value) => !Number.isNaN(value)) ?? 0;
  for (let step = 0; step < history.length; step++) {
    const value = history[step]!;
    if (!Number.isNaN(value)) carried = value;
    filled[step] = carried;
  }
  return filled;
}
