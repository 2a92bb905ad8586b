// The model of a benchmark: trained by the default recipe on what lies before a time, and on nothing after it.
import { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { DataSet } from "../../store/index.ts";
import { type Progress, recipeFor, train } from "../../train/index.ts";

/** More epochs than any run has: the time budget ends it. */
const MAX_EPOCHS = 1000;

/** What every benchmark that trains needs from outside. */
export interface BenchmarkTraining {
  /** Directory in which the trained models appear. */
  modelsDirectory: string;
  timeBudgetMs: number;
  threads: number;
  version: string;
  now: () => number;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/**
 * Trains a model on the steps of `dataSet` before `untilMs`; the last of them validate, none is left out for a test.
 * @returns Its directory.
 * @throws ForewarnError `interrupted` after `signal`; what `train` throws.
 */
export async function trainBefore(
  { modelsDirectory, timeBudgetMs, threads, version, now, signal, onProgress }: BenchmarkTraining,
  dataSet: DataSet,
  untilMs: number,
  { horizonSteps, seed }: { horizonSteps: number; seed: number },
): Promise<string> {
  const stepMs = intervalMs(dataSet.meta.contract);
  const recipe = recipeFor(stepMs, { horizonMs: horizonSteps * stepMs });
  const trained = train({
    dataDirectory: dataSet.directory,
    root: modelsDirectory,
    options: { ...recipe, untilMs, testFraction: 0, epochs: MAX_EPOCHS, timeBudgetMs, seed, threads },
    resume: false,
    now,
    versions: { forewarn: version, node: process.versions.node },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return (await trained.catch(withoutResume)).directory;
}

/** A benchmark has no --resume, which the hint of an interrupted training names. */
function withoutResume(error: unknown): never {
  if (!(error instanceof ForewarnError) || error.code !== "interrupted") throw error;
  throw new ForewarnError("interrupted", error.message, { hint: "a benchmark that is run again starts anew" });
}
