// Scores the forecasts of one server, the model's beside every baseline's, as they come.
import { type InputSpec, type PreparedSeries, stepsPerDay, targetMetricIndices } from "../../dataset/index.ts";
import type { ForecastPlace, RawForecast } from "../../forecast/index.ts";
import { type Baseline, createForecastTally, type ForecastTally } from "../../measure/index.ts";
import { targetSeries } from "./target-series.ts";

/** Days before the origin that baselines read. */
const BASELINE_DAYS = 8;

/** What the model says of one target over one horizon, [horizonSteps, levels], and every baseline after it. */
export type MethodForecasts = readonly Float32Array[];

/** Scores of one server. Methods: the model, then the baselines. */
export interface ServerScores {
  server: string;
  labels: Record<string, string | null>;
  windows: number;
  /** By target, method and lead-time band (the steps after the end of the band before). */
  tallies: ForecastTally[][][];
  /** Pairs of window and target that a baseline could not forecast, and so nobody is scored on. */
  leftOut: number;
  /** Windows of each target for which MASE is not defined: a history that repeats itself, or shorter than a day. */
  withoutScale: number[];
}

/** Adds up the scores of one server. */
export interface ServerScorer {
  add(place: ForecastPlace, forecast: RawForecast): void;
  scores: ServerScores;
}

/** What every server is scored with. */
export interface ScoringOptions {
  spec: InputSpec;
  levels: readonly number[];
  baselines: readonly Baseline[];
}

/** Makes a scorer of the windows of `series`. */
export function createServerScorer(options: ScoringOptions, series: PreparedSeries): ServerScorer {
  const { spec, levels, baselines } = options;
  const day = stepsPerDay(spec);
  const ends = spec.breachGroupEnds;
  const targets = targetMetricIndices(spec).map((metric) => ({
    ...targetSeries(spec, series, metric),
    range: spec.ranges[metric]!,
  }));
  const tallies = targets.map(() =>
    Array.from({ length: baselines.length + 1 }, () => ends.map(() => createForecastTally(levels))),
  );
  const scores: ServerScores = {
    server: series.server,
    labels: series.labels,
    windows: 0,
    tallies,
    leftOut: 0,
    withoutScale: targets.map(() => 0),
  };

  return {
    scores,
    add({ origin }, { quantiles }) {
      scores.windows++;
      for (const [t, { values, scaleAt, range }] of targets.entries()) {
        const history = values.subarray(Math.max(0, origin + 1 - BASELINE_DAYS * day), origin + 1);
        const truth = values.subarray(origin + 1, origin + 1 + spec.horizonSteps);
        const forecasts = [columnOf(quantiles, spec, levels.length, t)];
        for (const baseline of baselines) {
          forecasts.push(clip(baseline(history, spec.horizonSteps, levels, day), range));
        }
        if (!forecasts.every((forecast) => Number.isFinite(forecast[0]!))) {
          scores.leftOut++;
          continue;
        }
        const scale = scaleAt(origin);
        if (!(scale > 0)) scores.withoutScale[t]!++;
        for (const [m, forecast] of forecasts.entries()) {
          for (const [b, end] of ends.entries()) {
            tallies[t]![m]![b]!.add(truth, forecast, scale, b === 0 ? 0 : ends[b - 1]!, Math.min(end, truth.length));
          }
        }
      }
    },
  };
}

/** The forecast of one target.   [horizonSteps, T, Q] to [horizonSteps, Q] */
export function columnOf(
  quantiles: Float32Array,
  { horizonSteps, targets }: InputSpec,
  levels: number,
  target: number,
): Float32Array {
  const column = new Float32Array(horizonSteps * levels);
  for (let step = 0; step < horizonSteps; step++) {
    const row = (step * targets.length + target) * levels;
    for (let q = 0; q < levels; q++) column[step * levels + q] = quantiles[row + q]!;
  }
  return column;
}

/** Forecasts outside of the legal range would handicap a baseline. Changes `values`. */
function clip(values: Float32Array, { min, max }: { min: number | null; max: number | null }): Float32Array {
  const [low, high] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i]!, low), high);
  return values;
}
