// The task bitbrains_rnd/5T of GIFT-Eval on any range of test bins: trains on what lies before the range, forecasts its
// windows from all history, and scores the model beside trivial forecasts on the same windows.
import type { ModelDirectory } from "../../artifact/index.ts";
import { ForewarnError } from "../../base/index.ts";
import { assertSameContract, intervalMs } from "../../contract/index.ts";
import { loadModel } from "../../forecast/index.ts";
import type { DataSet } from "../../store/index.ts";
import { recipeFor } from "../../train/index.ts";
import { type BinRange, windowStarts } from "./bin-range.ts";
import { assertCovers, binStartMs, openBitbrains } from "./bitbrains-data.ts";
import { type BitbrainsRow, LEVELS, meanRow } from "./bitbrains-scores.ts";
import { scoreBaselines, scoreModel, type TestWindows } from "./bitbrains-windows.ts";
import { OFFICIAL_BINS } from "./published.ts";
import { type BenchmarkTraining, trainBefore } from "./train-before.ts";

/** What to run. */
export interface BitbrainsRequest {
  dataDirectory: string;
  testBins: BinRange;
  horizonSteps: number;
  /** What to score: an existing model, one trained per seed, or the trivial forecasts alone. */
  model: { directory: string } | { seeds: readonly number[] } | "none";
  training: BenchmarkTraining;
  /** An empty directory for intermediate data; the caller removes it. */
  workDirectory: string;
}

/** What came out. */
export interface BitbrainsReport {
  formatVersion: 1;
  benchmark: "bitbrains_rnd/5T";
  testBins: BinRange;
  horizonSteps: number;
  windows: number;
  servers: number;
  /** SHA-256 over the data that was scored. */
  dataFingerprint: string;
  /** Whether the windows are the official ones, so that published scores compare. */
  isOfficial: boolean;
  /** One row per model, and their mean when there are several. */
  models: BitbrainsRow[];
  baselines: BitbrainsRow[];
}

/**
 * Runs the benchmark.
 * @throws ForewarnError `usage_invalid` for a range shorter than the horizon; `path_missing`, `insufficient_data` for
 *   bins that the data does not hold; `contract_mismatch`, `model_invalid` for another model; what `train` throws.
 */
export async function runBitbrains(request: BitbrainsRequest): Promise<BitbrainsReport> {
  const { testBins, horizonSteps, training } = request;
  const starts = windowStarts(testBins, horizonSteps);
  const dataSet = await openBitbrains(request.dataDirectory, request.workDirectory, training.version);
  try {
    const { contextSteps } = recipeFor(intervalMs(dataSet.meta.contract));
    assertCovers(dataSet, testBins, contextSteps + horizonSteps);
    const windows: TestWindows = { dataSet, starts, horizonSteps };
    const baselines = await scoreBaselines(windows);
    const models: BitbrainsRow[] = [];
    for await (const { name, directory } of modelsOf(request, dataSet)) {
      const model = await loadModel(directory);
      assertSameContract(model.contract, dataSet.meta.contract, `data set ${dataSet.directory}`);
      assertSuits(model, horizonSteps, binStartMs(dataSet, testBins.first));
      models.push(await scoreModel(name, model, windows, training.threads));
    }
    const official = OFFICIAL_BINS[horizonSteps];
    return {
      formatVersion: 1,
      benchmark: "bitbrains_rnd/5T",
      testBins,
      horizonSteps,
      windows: starts.length,
      servers: dataSet.meta.servers,
      dataFingerprint: dataSet.meta.fingerprint,
      isOfficial: official?.first === testBins.first && official.last === testBins.last,
      models: models.length > 1 ? [...models, meanRow(`Forewarn, mean of ${models.length} seeds`, models)] : models,
      baselines,
    };
  } finally {
    dataSet.close();
  }
}

/** The models to score, each trained when its turn comes, on the bins before the first test bin alone. */
async function* modelsOf(
  { model, training, horizonSteps, testBins }: BitbrainsRequest,
  dataSet: DataSet,
): AsyncGenerator<{ name: string; directory: string }> {
  if (model === "none") return;
  if ("directory" in model) {
    yield { name: "Forewarn", directory: model.directory };
    return;
  }
  const untilMs = binStartMs(dataSet, testBins.first);
  for (const seed of model.seeds) {
    const directory = await trainBefore(training, dataSet, untilMs, { horizonSteps, seed });
    yield { name: `Forewarn, seed ${seed}`, directory };
  }
}

/** Refuses a model of another task, and one that knows the test. */
function assertSuits({ directory, config, metadata }: ModelDirectory, horizonSteps: number, testStartMs: number): void {
  const { architecture, inputs } = config;
  if (inputs.horizonSteps !== horizonSteps) {
    throw new ForewarnError(
      "model_invalid",
      `${directory}: Expected a model that forecasts ${horizonSteps} steps, got ${inputs.horizonSteps}`,
      { hint: "choose its horizon with --horizon, or leave out --model to train one" },
    );
  }
  if (architecture.quantiles.join() !== LEVELS.join()) {
    throw new ForewarnError(
      "model_invalid",
      `${directory}: Expected the quantile levels ${LEVELS.join(", ")}, got ${architecture.quantiles.join(", ")}`,
    );
  }
  const knownUntilMs = metadata.split["testStart"];
  if (knownUntilMs === undefined || knownUntilMs > testStartMs) {
    const [known, test] = [knownUntilMs ?? metadata.data.endMs, testStartMs].map((ms) => new Date(ms).toISOString());
    throw new ForewarnError(
      "model_invalid",
      `${directory}: Expected a model trained before the first test bin (${test}), got one trained on data up to ${known}`,
      { hint: "choose later test bins, or leave out --model to train one" },
    );
  }
}
