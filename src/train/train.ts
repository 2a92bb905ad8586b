// A training run from its data set to its model directory.
import { lockRegistry } from "../artifact/index.ts";
import { ForewarnError } from "../base/index.ts";
import { openPredictor } from "../model/index.ts";
import { calibrate } from "./calibrate.ts";
import { readCheckpoint, removeCheckpoint } from "./checkpoint.ts";
import { evaluateHeldOut } from "./evaluate.ts";
import { inputSpecOf, openTrainingData, splitDataSet } from "./input-data.ts";
import { optimise } from "./optimise.ts";
import { publishModel } from "./publish.ts";
import type { TrainRequest, TrainResult } from "./request.ts";
import { fixedWindows } from "./windows.ts";

/**
 * Trains a model on a data set and publishes its directory.
 * @throws ForewarnError `interrupted` after `signal`, leaving a checkpoint; `training_diverged` when the loss is no longer
 *   finite; `insufficient_data`, `dataset_invalid`, `directory_locked`, `checkpoint_invalid`, `disk_full`.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { options, root } = request;
  const dataSet = await openTrainingData(request.dataDirectory, request.options);
  try {
    using _lock = lockRegistry(root);
    const split = splitDataSet(dataSet, options);
    const identity = { contractHash: dataSet.meta.contractHash, dataFingerprint: dataSet.meta.fingerprint, options };
    const checkpoint = request.resume ? readCheckpoint(root, identity) : undefined;
    const spec = checkpoint?.state.spec ?? (await inputSpecOf(dataSet, split, options));
    const validation = await fixedWindows(
      spec,
      dataSet,
      split.validation,
      options.validationWindows,
      options.memoryBytes,
    );
    if (validation.length === 0) {
      throw new ForewarnError("insufficient_data", `${dataSet.directory}: Expected validation windows, got none`, {
        hint: `give at least ${options.contextSteps + 3 * options.horizonSteps} steps of history, or a shorter --context`,
      });
    }
    const { weights, state } = await optimise(request, {
      identity,
      spec,
      dataSet,
      train: split.train,
      validation,
      checkpoint,
    });

    const test = await fixedWindows(spec, dataSet, split.test, options.testWindows, options.memoryBytes);
    const levels = options.architecture.quantiles;
    const batchSize = Math.min(options.batchSize, validation.length);
    await using predictor = await openPredictor(spec, options.architecture, weights, {
      batchSize,
      threads: options.threads,
    });
    const calibration = await calibrate(spec, levels, predictor, validation);
    const evaluation = await evaluateHeldOut(spec, levels, calibration, predictor, test);
    const nowMs = request.now();
    const run = { root, dataSet, options, state, split, weights, calibration, evaluation, nowMs };
    const published = await publishModel({ ...run, probe: validation, versions: request.versions });
    removeCheckpoint(root);
    return { ...published, steps: state.step, evaluation, durationMs: state.elapsedMs };
  } finally {
    dataSet.close();
  }
}
