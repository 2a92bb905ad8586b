// Backtest: seconds of inference alone (reading included), of scoring the same windows without baselines, and with all of them, as one JSON
// document. Trains a model of the default size for a few steps, since its quality does not matter here.
// Run: npx tsx bench/backtest.bench.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareSeries } from "../src/dataset/index.ts";
import { createBreachLog } from "../src/evaluate/backtest/breach-log.ts";
import { createFleetScores } from "../src/evaluate/backtest/fleet-scores.ts";
import { chooseTimes, trainedUntil } from "../src/evaluate/backtest/forecast-times.ts";
import { noWindows, openPlaces } from "../src/evaluate/backtest/open-places.ts";
import { type Fold, scoreFold } from "../src/evaluate/backtest/score-fold.ts";
import { createWarningLog } from "../src/evaluate/backtest/warning-log.ts";
import { loadModel, openForecaster } from "../src/forecast/index.ts";
import { BASELINES, type Baseline } from "../src/measure/index.ts";
import { simulateToDataSet } from "../src/simulate/index.ts";
import { type DataSet, openDataSet } from "../src/store/index.ts";
import { DEFAULT_TRAIN_OPTIONS, train } from "../src/train/index.ts";

const FLEET = { servers: 20, hours: 480, intervalMs: 300_000, seed: 1 };
const STRIDE_MS = 3_600_000;
const ROUNDS = 3;
const resources = { threads: 1, memoryBytes: 1 << 30 };

async function inference(dataSet: DataSet, { model, times }: Fold): Promise<number> {
  const { inputs } = model.config;
  const begin = performance.now();
  await using forecaster = await openForecaster(model, { batchSize: 64, threads: resources.threads });
  const prepared = (await dataSet.readSeries()).map((series) => prepareSeries(inputs, series));
  const places = prepared.flatMap((series) => openPlaces(inputs, series, times, noWindows()));
  await forecaster.forecast(places);
  return (performance.now() - begin) / 1000;
}

async function scoring(dataSet: DataSet, fold: Fold, baselines: readonly Baseline[]): Promise<number> {
  const { inputs: spec, architecture } = fold.model.config;
  const shape = { targets: spec.targets.length, methods: baselines.length + 1, bands: spec.breachGroupEnds.length };
  const begin = performance.now();
  await scoreFold(dataSet, fold, baselines, resources, {
    fleet: createFleetScores(architecture.quantiles, shape),
    counts: noWindows(),
    breaches: createBreachLog(spec),
    warnings: createWarningLog(spec, STRIDE_MS / spec.intervalMs, { horizonSteps: 96, usefulSteps: 6 }, null),
  });
  return (performance.now() - begin) / 1000;
}

async function best(measure: () => Promise<number>): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) seconds.push(await measure());
  return Number(Math.min(...seconds).toFixed(2));
}

const work = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
try {
  const dataDirectory = join(work, "fleet");
  await simulateToDataSet(dataDirectory, FLEET, "bench");
  const { directory } = await train({
    dataDirectory,
    root: join(work, "models"),
    options: { ...DEFAULT_TRAIN_OPTIONS, epochs: 1, stepsPerEpoch: 3, testWindows: 64, validationWindows: 64 },
    resume: false,
    now: () => 0,
    versions: {},
  });
  const model = await loadModel(directory);
  const dataSet = await openDataSet(dataDirectory);
  const choice = { strideMs: STRIDE_MS, windows: null, fromMs: trainedUntil(model), untilMs: null };
  const fold = { model, times: chooseTimes(model.config.inputs, dataSet.meta, choice) };
  const inferenceSeconds = await best(() => inference(dataSet, fold));
  const scoringSeconds = await best(() => scoring(dataSet, fold, []));
  const withBaselinesSeconds = await best(() => scoring(dataSet, fold, Object.values(BASELINES)));
  const overhead = (seconds: number) => Number((seconds / inferenceSeconds - 1).toFixed(3));
  dataSet.close();
  process.stdout.write(
    `${JSON.stringify({
      bench: "backtest",
      node: process.version,
      windows: fold.times.length * FLEET.servers,
      targets: model.config.inputs.targets.length,
      inferenceSeconds,
      scoringSeconds,
      withBaselinesSeconds,
      overhead: overhead(scoringSeconds),
      overheadWithBaselines: overhead(withBaselinesSeconds),
    })}\n`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
