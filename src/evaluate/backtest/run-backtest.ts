// A backtest from directories: of a model that exists, or of models trained for it fold by fold.
import { assertSameContract, intervalMs } from "../../contract/index.ts";
import { loadModel } from "../../forecast/index.ts";
import { type DataSet, openDataSet, readTruth } from "../../store/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { type BacktestOptions, backtest } from "./backtest.ts";
import { causesBy } from "./causes.ts";
import { chooseTimes, type TimeChoice, trainedUntil } from "./forecast-times.ts";
import type { Fold } from "./score-fold.ts";
import { type FoldTraining, trainColdStart, trainFolds } from "./train-folds.ts";

/** Without a choice of times, retraining scores this last share of the data. */
const SCORED_SHARE = 0.2;

/** What to backtest. */
export interface BacktestRequest extends Omit<BacktestOptions, "windowsAsked" | "coldStart" | "causeOf"> {
  dataDirectory: string;
  /** A model that exists, or how to train one on the data before each of so many folds. */
  source: { modelDirectory: string } | { training: Omit<FoldTraining, "dataDirectory">; folds: number };
  /** Most forecast times, the latest ones; null takes all. */
  windows: number | null;
  /**
   * First forecast time; null is the end of what the model has seen. With retraining null is what `windows` asks for, or
   * the last fifth of the data.
   */
  fromMs: number | null;
  /** End of the last horizon; null is the end of the data. */
  untilMs: number | null;
  coldStart: boolean;
}

/**
 * Runs a backtest.
 * @throws ForewarnError what `openDataSet`, `loadModel`, `train` and {@link backtest} throw; `usage_invalid` and
 *   `insufficient_data` for forecast times that the data does not have.
 */
export async function runBacktest(request: BacktestRequest): Promise<EvaluationReport> {
  const dataSet = await openDataSet(request.dataDirectory);
  try {
    const truth = await readTruth(request.dataDirectory);
    const { folds, coldStart } = await openFolds(dataSet, request);
    return await backtest(dataSet, folds, {
      ...request,
      windowsAsked: request.windows,
      causeOf: truth && causesBy(truth, intervalMs(dataSet.meta.contract)),
      coldStart,
    });
  } finally {
    dataSet.close();
  }
}

interface Folds {
  folds: Fold[];
  coldStart: BacktestOptions["coldStart"];
}

async function openFolds(dataSet: DataSet, request: BacktestRequest): Promise<Folds> {
  const { meta } = dataSet;
  const { source, fromMs, dataDirectory } = request;
  const servers = request.coldStart ? (await dataSet.servers()).map(({ server }) => server) : null;
  const choice = (from: number): TimeChoice => ({ ...request, fromMs: fromMs ?? from });
  if ("modelDirectory" in source) {
    const model = await loadModel(source.modelDirectory);
    assertSameContract(model.contract, meta.contract, `data set ${dataDirectory}`);
    const fold = { model, times: chooseTimes(model.config.inputs, meta, choice(trainedUntil(model))) };
    return { folds: [fold], coldStart: servers && { fold, servers } };
  }
  const training = { ...source.training, dataDirectory };
  const grid = { intervalMs: intervalMs(meta.contract), horizonSteps: training.options.horizonSteps };
  const lastShare = meta.endMs - SCORED_SHARE * (meta.endMs - meta.startMs);
  const times = chooseTimes(grid, meta, choice(request.windows === null ? lastShare : meta.startMs));
  const folds = await trainFolds(training, times, source.folds);
  return { folds, coldStart: servers && (await trainColdStart(training, folds.at(-1)!, servers)) };
}
