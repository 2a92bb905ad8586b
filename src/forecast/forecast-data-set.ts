// Forecasts the servers of a data set, a batch at a time, so that memory does not grow with the fleet.
import { type ModelDirectory, networkTensors, readModelDirectory } from "../artifact/index.ts";
import { ForewarnError, formatDuration } from "../base/index.ts";
import { assertSameContract } from "../contract/index.ts";
import { type InputSpec, prepareSeries } from "../dataset/index.ts";
import { type DataSet, openDataSet, type Series } from "../store/index.ts";
import type { FleetForecast, ServerForecast } from "./fleet-forecast.ts";
import { openForecaster } from "./forecaster.ts";
import { chooseOrigin } from "./origin.ts";
import { describeForecast, type ForecastWindow } from "./server-forecast.ts";

/** Servers read and predicted together. */
const MAX_BATCH = 64;

/** What to forecast. */
export interface ForecastOptions {
  /** Servers to forecast; all of the data set if left out. */
  servers?: readonly string[];
  /** Time of the forecast, epoch milliseconds; nothing later is read. Default: the end of the data set's newest step. */
  atMs?: number;
  /** How far to forecast; a multiple of the interval. Default: the model's horizon. */
  horizonMs?: number;
  /** Threads of the network. */
  threads: number;
}

/**
 * Reads a model directory and checks every file of it.
 * @throws ForewarnError `path_missing`, `model_invalid`, `contract_invalid` or `safetensors_invalid`, naming the file.
 */
export async function loadModel(directory: string): Promise<ModelDirectory> {
  return readModelDirectory(directory, networkTensors);
}

/**
 * Loads a model, opens a data set and forecasts it.
 * @throws ForewarnError what {@link loadModel}, `openDataSet` and {@link forecastFleet} throw.
 */
export async function forecastDataSet({
  modelDirectory,
  dataDirectory,
  ...options
}: ForecastOptions & { modelDirectory: string; dataDirectory: string }): Promise<FleetForecast> {
  const model = await loadModel(modelDirectory);
  const dataSet = await openDataSet(dataDirectory);
  try {
    return await forecastFleet(model, dataSet, options);
  } finally {
    dataSet.close();
  }
}

/**
 * Forecasts the servers of a data set. A server with stale rows or too little history is refused, the others go on.
 * @throws ForewarnError `contract_mismatch`; `usage_invalid` for a horizon that the model does not have;
 *   `server_unknown`; `output_invalid`; the first refusal (`stale_input`, `insufficient_data`) if all are refused.
 */
export async function forecastFleet(
  model: ModelDirectory,
  dataSet: DataSet,
  { servers, atMs, horizonMs, threads }: ForecastOptions,
): Promise<FleetForecast> {
  const { architecture, inputs } = model.config;
  assertSameContract(model.contract, dataSet.meta.contract, `data set ${dataSet.directory}`);
  const horizonSteps = stepsOfHorizon(inputs, horizonMs);
  const newestEndMs = (Math.floor(dataSet.meta.endMs / inputs.intervalMs) + 1) * inputs.intervalMs;
  const names = [...new Set(servers ?? (await dataSet.servers()).map(({ server }) => server))];
  const batchSize = Math.max(1, Math.min(MAX_BATCH, names.length));
  const forecasts: ServerForecast[] = [];
  const refusals: { server: string; error: ForewarnError }[] = [];

  await using forecaster = await openForecaster(model, { batchSize, threads });
  for (let start = 0; start < names.length; start += batchSize) {
    const windows: ForecastWindow[] = [];
    for (const series of await dataSet.readSeries(names.slice(start, start + batchSize))) {
      const window = openWindow(inputs, series, atMs ?? newestEndMs);
      if (window instanceof ForewarnError) refusals.push({ server: series.server, error: window });
      else windows.push(window);
    }
    const raw = await forecaster.forecast(windows);
    forecasts.push(...windows.map((window, index) => describeForecast(model, window, raw[index]!, horizonSteps)));
  }
  if (forecasts.length === 0) throw refusals[0]?.error ?? noServers(dataSet);
  return {
    modelId: model.modelId,
    contractHash: model.contractHash,
    issuedAt: forecasts
      .map(({ contextEnd }) => contextEnd)
      .sort()
      .at(-1)!,
    intervalMs: inputs.intervalMs,
    quantileLevels: architecture.quantiles,
    forecasts,
    refused: refusals.map(({ server, error }) => ({ server, code: error.code, message: error.message })),
  };
}

/** The window of a series at `atMs`, or the reason why there is none. */
function openWindow(inputs: InputSpec, series: Series, atMs: number): ForecastWindow | ForewarnError {
  const prepared = prepareSeries(inputs, series);
  try {
    return { series, prepared, origin: chooseOrigin(inputs, prepared, atMs) };
  } catch (error) {
    if (error instanceof ForewarnError) return error;
    throw error;
  }
}

function stepsOfHorizon({ horizonSteps, intervalMs }: InputSpec, horizonMs = horizonSteps * intervalMs): number {
  const steps = horizonMs / intervalMs;
  if (Number.isInteger(steps) && steps > 0 && steps <= horizonSteps) return steps;
  throw new ForewarnError(
    "usage_invalid",
    `horizon: Expected a multiple of ${formatDuration(intervalMs)} up to the model's ` +
      `${formatDuration(horizonSteps * intervalMs)}, got ${formatDuration(horizonMs)}`,
  );
}

function noServers({ directory }: DataSet): ForewarnError {
  return new ForewarnError("insufficient_data", `${directory}: Expected servers to forecast, got none`);
}
