// Forecasts to look at: the last window of the best, the median and the worst server, every target.
import type { ModelDirectory } from "../../artifact/index.ts";
import { prepareSeries, stepsPerDay, targetMetricIndices } from "../../dataset/index.ts";
import { type Forecaster, openForecaster } from "../../forecast/index.ts";
import type { DataSet, Series } from "../../store/index.ts";
import type { FanChart, ServerScore } from "../evaluation-report.ts";
import { orNull } from "./null-scores.ts";
import { noWindows, openPlaces } from "./open-places.ts";
import type { Fold } from "./score-fold.ts";
import { columnOf } from "./server-scorer.ts";

/** @param ranked Servers, worst first. */
export async function drawFanCharts(
  dataSet: DataSet,
  { model, times }: Fold,
  ranked: readonly ServerScore[],
): Promise<FanChart[]> {
  const places = [
    ["best", ranked.length - 1],
    ["median", ranked.length >> 1],
    ["worst", 0],
  ] as const;
  await using forecaster = await openForecaster(model, { batchSize: 1, threads: 1 });
  const charts: FanChart[] = [];
  for (const [title, rank] of places.filter(([, rank]) => ranked[rank] !== undefined)) {
    const [series] = await dataSet.readSeries([ranked[rank]!.server]);
    charts.push(...(await chartsOf(forecaster, series!, times, title)));
  }
  return charts;
}

async function chartsOf(
  forecaster: Forecaster,
  series: Series,
  times: readonly number[],
  title: FanChart["title"],
): Promise<FanChart[]> {
  const { config, contract }: ModelDirectory = forecaster.model;
  const { inputs: spec, architecture } = config;
  const levels = architecture.quantiles;
  const place = openPlaces(spec, prepareSeries(spec, series), times, noWindows()).at(-1);
  if (place === undefined) return [];
  const { origin } = place;
  const [forecast] = await forecaster.forecast([place]);
  return targetMetricIndices(spec).map((metric, t) => {
    const column = spec.metricColumns[metric]!;
    const values = series.values[column]!;
    const quantiles = columnOf(forecast!.quantiles, spec, levels.length, t);
    const level = (q: number) => Array.from({ length: spec.horizonSteps }, (_, i) => quantiles[i * levels.length + q]!);
    return {
      title,
      server: series.server,
      metric: spec.targets[t]!,
      unit: contract.metrics[column]!.unit,
      originMs: series.startMs + (origin + 1) * spec.intervalMs,
      history: Array.from(values.subarray(Math.max(0, origin + 1 - stepsPerDay(spec)), origin + 1), orNull),
      truth: Array.from({ length: spec.horizonSteps }, (_, i) => orNull(values[origin + 1 + i] ?? Number.NaN)),
      lower: level(0),
      middle: level(levels.indexOf(0.5)),
      upper: level(levels.length - 1),
    };
  });
}
