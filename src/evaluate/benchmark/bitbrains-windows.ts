// Forecasts and scores every test window, server by server. Baselines and the model see the same history and are held
// against the same truth.
import type { ModelDirectory } from "../../artifact/index.ts";
import { intervalMs } from "../../contract/index.ts";
import { hasEnoughHistory, type InputSpec, type PreparedSeries, prepareSeries } from "../../dataset/index.ts";
import { type ForecastPlace, openForecaster } from "../../forecast/index.ts";
import { seasonalScale } from "../../measure/index.ts";
import type { DataSet, Series } from "../../store/index.ts";
import { BITBRAINS_BASELINES, fillGaps, pointOf } from "./bitbrains-baselines.ts";
import { onGrid } from "./bitbrains-data.ts";
import { type BitbrainsRow, createBitbrainsTally, LEVELS } from "./bitbrains-scores.ts";

const DAY_MS = 86_400_000;
/** Days before a window that the trivial forecasts look at. */
const HISTORY_DAYS = 7;
/** Servers read together, and most windows of a server forecast together. */
const GROUP_SERVERS = 32;
const MAX_BATCH = 64;

/** The windows of a run. */
export interface TestWindows {
  dataSet: DataSet;
  /** First bin of each window, in order. */
  starts: readonly number[];
  horizonSteps: number;
}

/**
 * Scores every trivial forecast; negative quantiles become 0.
 * @param historyOf What a forecast sees of a series [bins] before bin `start`, without gaps.
 */
export async function scoreBaselines(
  windows: TestWindows,
  historyOf = (values: Float32Array, start: number) => fillGaps(values.subarray(0, start)),
): Promise<BitbrainsRow[]> {
  const metrics = metricNames(windows);
  const daySteps = dayStepsOf(windows);
  const rows = BITBRAINS_BASELINES.flatMap(({ point, quantiles }) => [point, quantiles]).filter(
    (name) => name !== undefined,
  );
  const tallies = new Map(rows.map((name) => [name, createBitbrainsTally(name, metrics)]));
  for await (const series of readServers(windows)) {
    for (const [m, metric] of metrics.entries()) {
      for (const { start, truth, scale } of truthsOf(windows, series.values[m]!)) {
        const history = historyOf(series.values[m]!, start).subarray(-HISTORY_DAYS * daySteps);
        for (const { baseline, point, quantiles } of BITBRAINS_BASELINES) {
          const forecasts = baseline(history, windows.horizonSteps, LEVELS, daySteps).map((value) =>
            Math.max(0, value),
          );
          if (quantiles !== undefined) tallies.get(quantiles)!.add(metric, truth, forecasts, scale);
          if (point !== undefined) tallies.get(point)!.add(metric, truth, pointOf(forecasts, LEVELS), scale);
        }
      }
    }
  }
  return [...tallies.values()].map((tally) => tally.row());
}

/**
 * Scores a model. A window whose day before is less than half observed, which `forecast` would refuse, is forecast from
 * history without gaps, as the baselines see it: the benchmark asks for every window.
 */
export async function scoreModel(
  name: string,
  model: ModelDirectory,
  windows: TestWindows,
  threads: number,
): Promise<BitbrainsRow> {
  const { inputs } = model.config;
  const metrics = metricNames(windows);
  const tally = createBitbrainsTally(name, metrics);
  await using forecaster = await openForecaster(model, {
    batchSize: Math.min(MAX_BATCH, windows.starts.length),
    threads,
  });
  for await (const series of readServers(windows)) {
    const prepared = prepareSeries(inputs, series);
    const places = windows.starts.map((start): ForecastPlace => {
      const origin = start - 1;
      const isReadable = hasEnoughHistory(inputs, prepared, origin);
      return { prepared: isReadable ? prepared : prepareFilled(inputs, series, start), origin };
    });
    const forecasts = await forecaster.forecast(places);
    for (const [t, target] of inputs.targets.entries()) {
      const values = series.values[metrics.indexOf(target)]!;
      for (const { window, truth, scale } of truthsOf(windows, values)) {
        tally.add(target, truth, targetOf(forecasts[window]!.quantiles, t, inputs.targets.length), scale);
      }
    }
  }
  return tally.row();
}

function prepareFilled(inputs: InputSpec, series: Series, steps: number): PreparedSeries {
  return prepareSeries(inputs, {
    ...series,
    steps,
    values: series.values.map((values) => fillGaps(values.subarray(0, steps))),
  });
}

interface Truth {
  /** Number of the window, and its first bin. */
  window: number;
  start: number;
  truth: Float32Array;
  scale: number;
}

function truthsOf(windows: TestWindows, values: Float32Array): Truth[] {
  const daySteps = dayStepsOf(windows);
  return windows.starts.map((start, window) => ({
    window,
    start,
    truth: values.subarray(start, start + windows.horizonSteps),
    scale: seasonalScale(values.subarray(0, start), daySteps),
  }));
}

/** Every server on the benchmark's grid, up to the last test bin. */
async function* readServers({ dataSet, starts, horizonSteps }: TestWindows): AsyncGenerator<Series> {
  const servers = (await dataSet.servers()).map(({ server }) => server);
  const bins = starts.at(-1)! + horizonSteps;
  for (let from = 0; from < servers.length; from += GROUP_SERVERS) {
    const group = await dataSet.readSeries(servers.slice(from, from + GROUP_SERVERS));
    for (const series of group) yield onGrid(dataSet, series, bins);
  }
}

/** One target's quantiles [steps, levels] of a forecast [steps, targets, levels]. */
function targetOf(quantiles: Float32Array, target: number, targets: number): Float32Array {
  const steps = quantiles.length / targets / LEVELS.length;
  const own = new Float32Array(steps * LEVELS.length);
  for (let step = 0; step < steps; step++) {
    const from = (step * targets + target) * LEVELS.length;
    own.set(quantiles.subarray(from, from + LEVELS.length), step * LEVELS.length);
  }
  return own;
}

function metricNames({ dataSet }: TestWindows): string[] {
  return dataSet.meta.contract.metrics.map(({ name }) => name);
}

function dayStepsOf({ dataSet }: TestWindows): number {
  return DAY_MS / intervalMs(dataSet.meta.contract);
}
