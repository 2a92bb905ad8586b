// Retraining backtests: the forecast times are cut into folds, and each fold is forecast by a model that was trained on
// everything before it and nothing after.
import { ForewarnError } from "../../base/index.ts";
import { loadModel } from "../../forecast/index.ts";
import { type TrainRequest, train } from "../../train/index.ts";
import type { Fold } from "./score-fold.ts";

/** Every n-th server is left out of training for the cold start. */
const COLD_START_EVERY = 5;

/** How the models of the folds are trained; they appear in `root`. */
export type FoldTraining = Omit<TrainRequest, "resume">;

/**
 * Trains one model per fold on the data before it (an expanding history).
 * @param times Increasing; each fold gets a run of them.
 * @throws ForewarnError `usage_invalid` for more folds than times; `insufficient_data` when an early fold lacks a metric
 *   that a later one has, and what `train` throws.
 */
export async function trainFolds(training: FoldTraining, times: readonly number[], count: number): Promise<Fold[]> {
  if (count > times.length) {
    throw new ForewarnError(
      "usage_invalid",
      `folds: Expected at most one per forecast time, ${times.length}, got ${count}`,
    );
  }
  const folds: Fold[] = [];
  for (let fold = 0; fold < count; fold++) {
    const [first, end] = [fold, fold + 1].map((n) => Math.round((n * times.length) / count));
    const own = times.slice(first, end);
    folds.push({ model: await trainUntil(training, own[0]!, []), times: own });
  }
  const targets = folds.map(({ model }) => model.config.inputs.targets.join(", "));
  const other = targets.findIndex((names) => names !== targets[0]);
  if (other >= 0) {
    throw new ForewarnError(
      "insufficient_data",
      `fold ${other + 1}: Expected the metrics of the first fold (${targets[0]}), got ${targets[other]}`,
      { hint: "some metrics begin late: start the backtest later with --from, or take fewer --folds" },
    );
  }
  return folds;
}

/** Trains a model like that of `fold` without every fifth server; the servers left out are new to it. */
export async function trainColdStart(
  training: FoldTraining,
  { times }: Pick<Fold, "times">,
  servers: readonly string[],
): Promise<{ fold: Fold; servers: string[] }> {
  const leftOut = servers.filter((_, i) => i % COLD_START_EVERY === 0);
  return { fold: { model: await trainUntil(training, times[0]!, leftOut), times }, servers: leftOut };
}

async function trainUntil(training: FoldTraining, untilMs: number, leftOutServers: string[]): Promise<Fold["model"]> {
  const options = { ...training.options, untilMs, leftOutServers, testFraction: 0 };
  const { directory } = await train({ ...training, options, resume: false });
  return loadModel(directory);
}
