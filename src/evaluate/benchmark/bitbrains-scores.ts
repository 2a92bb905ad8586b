// The benchmark's scores, with its definitions: all variates pooled, as published, and each variate alone.
import { createForecastTally, type ForecastTally } from "../../measure/index.ts";

/** Quantile levels of the benchmark. */
export const LEVELS: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Scores of a method; null where nothing was observed. */
export interface BitbrainsScores {
  /** Mean over all (series, window, step) of |y - q0.5| / mean |y_t - y_(t-288)| of the history before the window. */
  mase: number | null;
  /** Mean over levels of sum of 2 * pinball / sum of |y|. */
  crps: number | null;
  /** Sum of |y - q0.5| / sum of |y|. */
  nd: number | null;
  /** Share of the observations in [q0.1, q0.9]. */
  coverage: number | null;
}

/** A line of the report. */
export interface BitbrainsRow {
  name: string;
  /** All variates pooled: the published scores. */
  all: BitbrainsScores;
  byMetric: Record<string, BitbrainsScores>;
}

/** Adds up the forecasts of one method. */
export interface BitbrainsTally {
  /**
   * @param truth Observations, NaN where missing.   [steps]
   * @param forecasts One column per level.          [steps, levels]
   * @param scale Seasonal scale of the history before the window; NaN or 0 leaves the window out of MASE.
   */
  add(metric: string, truth: Float32Array, forecasts: Float32Array, scale: number): void;
  row(): BitbrainsRow;
}

/** Makes an empty tally of the method `name`. */
export function createBitbrainsTally(name: string, metrics: readonly string[]): BitbrainsTally {
  const tallies = new Map(metrics.map((metric) => [metric, createForecastTally(LEVELS)]));
  return {
    add: (metric, truth, forecasts, scale) => tallies.get(metric)!.add(truth, forecasts, scale),
    row() {
      const all = createForecastTally(LEVELS);
      for (const tally of tallies.values()) all.merge(tally.state());
      const byMetric = Object.fromEntries([...tallies].map(([metric, tally]) => [metric, scoresOf(tally)]));
      return { name, all: scoresOf(all), byMetric };
    },
  };
}

/** The mean of rows that score the same windows, seeds of one recipe as a rule. */
export function meanRow(name: string, rows: readonly BitbrainsRow[]): BitbrainsRow {
  const metrics = Object.keys(rows[0]!.byMetric);
  return {
    name,
    all: meanScores(rows.map(({ all }) => all)),
    byMetric: Object.fromEntries(
      metrics.map((metric) => [metric, meanScores(rows.map(({ byMetric }) => byMetric[metric]!))]),
    ),
  };
}

function scoresOf(tally: ForecastTally): BitbrainsScores {
  const { meanAbsoluteScaledError, weightedQuantileLoss, normalizedDeviation, coverage } = tally.scores();
  return {
    mase: finite(meanAbsoluteScaledError),
    crps: finite(weightedQuantileLoss),
    nd: finite(normalizedDeviation),
    coverage: finite(coverage),
  };
}

function meanScores(scores: readonly BitbrainsScores[]): BitbrainsScores {
  const mean = (key: keyof BitbrainsScores): number | null => {
    const values = scores.map((score) => score[key]);
    return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
  };
  return { mase: mean("mase"), crps: mean("crps"), nd: mean("nd"), coverage: mean("coverage") };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
