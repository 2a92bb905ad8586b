// How long a fleet's forecasts take once its series are in memory, and where the time goes.
import type { ModelDirectory } from "../src/artifact/index.ts";
import { createRng } from "../src/base/index.ts";
import { createBatchBuilder } from "../src/dataset/index.ts";
import { openForecaster } from "../src/forecast/index.ts";
import {
  DEFAULT_ARCHITECTURE,
  declareParameters,
  modelDimensions,
  neutralCalibration,
  startValues,
} from "../src/model/index.ts";
import { median, timed } from "./machine-rates.ts";
import { madeUpData } from "./training-loop.ts";

const BATCH = 64;
const ROUNDS = 5;

/** Seconds for all servers; medians over the rounds. */
export interface FleetForecastFigures {
  servers: number;
  targets: number;
  forecastSeconds: number;
  /** Processor time of all threads. */
  processorSeconds: number;
  /** Of these, building the batches; the rest is the network, and its outputs in the metrics' units. */
  buildingSeconds: number;
}

/** Forecasts a window of each of `servers` servers with a new model of the default recipe. */
export async function timeFleetForecast(
  servers: number,
  targets: number,
  threads: number,
): Promise<FleetForecastFigures> {
  const { spec: inputs, series } = madeUpData(targets);
  const architecture = DEFAULT_ARCHITECTURE;
  const weights = startValues(declareParameters(architecture, modelDimensions(inputs)), createRng(7));
  const calibration = neutralCalibration(inputs, architecture.quantiles.length);
  const model = { config: { architecture, inputs, calibration }, weights } as unknown as ModelDirectory;
  const places = Array.from({ length: servers }, (_, server) => {
    const prepared = series[server % series.length]!;
    return { prepared, origin: prepared.steps - 1 - server };
  });
  const builder = createBatchBuilder(inputs, BATCH);
  const batch = builder.createBatch();
  const build = async (): Promise<void> => {
    for (const [index, { prepared, origin }] of places.entries()) builder.fill(index % BATCH, prepared, origin, batch);
  };
  await using forecaster = await openForecaster(model, { batchSize: BATCH, threads });
  await forecaster.forecast(places);
  const before = process.cpuUsage();
  const forecastMs = median(await timed(ROUNDS, () => forecaster.forecast(places)));
  const { user, system } = process.cpuUsage(before);
  const buildingMs = median((await timed(ROUNDS, build)).slice(1));
  const seconds = (ms: number): number => Number((ms / 1000).toPrecision(3));
  return {
    servers,
    targets,
    forecastSeconds: seconds(forecastMs),
    processorSeconds: seconds((user + system) / 1000 / ROUNDS),
    buildingSeconds: seconds(buildingMs),
  };
}
