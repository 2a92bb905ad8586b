// The training run, read top to bottom: data and spec, graphs, steps and epochs, calibration, evaluation, model directory.
import { type Evaluation, lockRegistry } from "../artifact/index.ts";
import { createRng, ForewarnError } from "../base/index.ts";
import { intervalMs } from "../contract/index.ts";
import {
  createBatchBuilder,
  type InputSpec,
  makeInputSpec,
  measureMetrics,
  openWindowSource,
  splitTimes,
  type TimeSplit,
  type WindowPlace,
} from "../dataset/index.ts";
import { openSession, type Session } from "../graph/index.ts";
import {
  declareParameters,
  lossGraph,
  modelDimensions,
  openPredictor,
  startValues,
  trainingGraph,
  type VectorGraph,
} from "../model/index.ts";
import { type DataSet, openDataSet } from "../store/index.ts";
import { calibrate } from "./calibrate.ts";
import { type Checkpoint, type RunIdentity, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { evaluateHeldOut } from "./evaluate.ts";
import type { TrainOptions } from "./options.ts";
import { publishModel } from "./publish.ts";
import { learningRateAt } from "./schedule.ts";
import { createLabelledBatch, dropoutMasks, fillLabelled, fixedWindows, labelledFeeds } from "./windows.ts";

const BETA1 = 0.9;
const BETA2 = 0.99;
/** Servers whose rows set the scales of the metrics. */
const SAMPLE_SERVERS = 200;
/** Bytes of a cell (server x step x metric) while it is read. */
const READING_BYTES = 20;

/** Where training stands; one report per epoch, and one every few steps with `epochDone` false. */
export interface Progress {
  epoch: number;
  epochs: number;
  step: number;
  epochDone: boolean;
  windowsPerSecond: number;
  trainLoss: number;
  validationLoss: number | null;
  remainingMs: number;
}

/** What a run needs from outside. */
export interface TrainRequest {
  dataDirectory: string;
  /** Directory that holds models; the new one appears in it. */
  root: string;
  options: TrainOptions;
  resume: boolean;
  now: () => number;
  versions: Record<string, string>;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What a run leaves. */
export interface TrainResult {
  directory: string;
  modelId: string;
  steps: number;
  evaluation: Evaluation;
  durationMs: number;
}

/**
 * Trains a model on a data set and publishes its directory.
 * @throws ForewarnError `interrupted` after `signal`, leaving a checkpoint; `training_diverged` when the loss is no longer
 *   finite; `insufficient_data`, `dataset_invalid`, `directory_locked`, `checkpoint_invalid`, `disk_full`.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { options, root } = request;
  const dataSet = await openDataSet(request.dataDirectory);
  try {
    using _lock = lockRegistry(root);
    const split = splitOf(dataSet, options);
    const identity = { contractHash: dataSet.meta.contractHash, dataFingerprint: dataSet.meta.fingerprint, options };
    const checkpoint = request.resume ? readCheckpoint(root, identity) : undefined;
    const spec = checkpoint?.state.spec ?? (await specOf(dataSet, split, options));
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
    const { weights, state } = await optimise(request, identity, spec, dataSet, split, validation, checkpoint);

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

function splitOf({ meta }: DataSet, { validationFraction, testFraction, horizonSteps }: TrainOptions): TimeSplit {
  const stepMs = intervalMs(meta.contract);
  return splitTimes(Math.floor(meta.startMs / stepMs) * stepMs, (Math.floor(meta.endMs / stepMs) + 1) * stepMs, {
    validationFraction,
    testFraction,
    horizonMs: horizonSteps * stepMs,
    intervalMs: stepMs,
  });
}

async function specOf(dataSet: DataSet, split: TimeSplit, options: TrainOptions): Promise<InputSpec> {
  const { contract } = dataSet.meta;
  const infos = await dataSet.servers();
  const cells = infos.map(
    ({ startMs, endMs }) => ((endMs - startMs) / intervalMs(contract) + 1) * contract.metrics.length,
  );
  const affordable = Math.floor(options.memoryBytes / (READING_BYTES * Math.max(...cells)));
  const every = Math.ceil(infos.length / Math.max(1, Math.min(SAMPLE_SERVERS, affordable)));
  const servers = infos.map(({ server }) => server);
  const sample = await dataSet.readSeries(servers.filter((_, i) => i % every === 0));
  const statistics = measureMetrics(contract, sample, options.historySteps, split.train.endMs);
  return makeInputSpec(contract, statistics, { ...options, servers });
}

/** Steps and epochs until the end, an early stop, the time budget or an interruption. */
async function optimise(
  { options, root, now, signal, onProgress }: TrainRequest,
  identity: RunIdentity,
  spec: InputSpec,
  dataSet: DataSet,
  split: TimeSplit,
  validation: readonly WindowPlace[],
  checkpoint: Checkpoint | undefined,
): Promise<{ weights: Map<string, Float32Array>; state: Checkpoint["state"] }> {
  const { architecture, batchSize, epochs, stepsPerEpoch, timeBudgetMs } = options;
  const dimensions = modelDimensions(spec);
  const { weightDecay, clipNorm, averageDecay } = options;
  const adam = { beta1: BETA1, beta2: BETA2, epsilon: 1e-8, weightDecay, clipNorm, averageDecay };
  const graph = trainingGraph(architecture, dimensions, batchSize, adam);
  const vectors = checkpoint?.vectors ?? firstVectors(graph, options, spec);
  const { best: storedBest, ...optimiserState } = vectors;
  let best = storedBest!;
  const { threads } = options;
  // The graphs are emitted as they should run: ONNX Runtime's passes over thousands of nodes cost a second and gain nothing.
  const running = { threads, optimisation: "disabled" } as const;
  await using session = await openSession(graph.model, { ...running, carry: graph.carry, state: optimiserState });
  await using judge = await openSession(lossGraph(architecture, dimensions, batchSize).model, running);

  const source = await openWindowSource(spec, dataSet, split.train, {
    seed: options.seed,
    memoryBytes: options.memoryBytes,
    batchesPerGroup: stepsPerEpoch,
  });
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);
  const state = checkpoint?.state ?? {
    spec,
    step: 0,
    elapsedMs: 0,
    losses: [],
    bestValidation: null,
    epochsWithoutGain: 0,
  };
  const startedMs = now() - state.elapsedMs;
  const totalSteps = epochs * stepsPerEpoch;
  const progressOf = (): number =>
    Math.max(state.step / totalSteps, timeBudgetMs === null ? 0 : (now() - startedMs) / timeBudgetMs);
  const prepare = async (step: number) => {
    const rng = createRng(options.seed).fork(`hide ${step}`);
    const places = await source.windows(step, batchSize);
    fillLabelled(builder, places, batch, options.lossScaleExponent, () => rng.uniform() < options.idDropout);
    const dropout = architecture.dropout > 0 ? { dropout: dropoutMasks(options, step) } : {};
    return { ...labelledFeeds(batch, architecture, spec), ...dropout };
  };
  const save = async (): Promise<void> => {
    state.elapsedMs = now() - startedMs;
    writeCheckpoint(root, { identity, state, vectors: { ...(await session.state()), best } });
  };

  let feeds = await prepare(state.step);
  let sum = 0;
  let count = 0;
  let epochStartMs = now();
  while (progressOf() < 1 && state.epochsWithoutGain < options.patience) {
    const t = state.step + 1;
    const stepping = session.run(
      {
        ...feeds,
        learningRate: Float32Array.of(
          learningRateAt(state.step, options.warmupSteps, progressOf(), options.learningRate),
        ),
        correction1: Float32Array.of(1 / (1 - BETA1 ** t)),
        correction2: Float32Array.of(1 / (1 - BETA2 ** t)),
        averageDecay: Float32Array.of(Math.min(averageDecay, t / (t + 10))),
      },
      ["loss"],
    );
    // The worker has its own copy of the feeds: the next batch is built while the step runs.
    [feeds] = await Promise.all([prepare(t), stepping]);
    const loss = (await stepping)["loss"]![0]!;
    if (!Number.isFinite(loss)) {
      throw new ForewarnError("training_diverged", `step ${t}: Expected a finite loss, got ${loss}`, {
        hint: "lower --learning-rate, or look for extreme values in the data",
      });
    }
    state.step = t;
    sum += loss;
    count++;
    const epoch = Math.ceil(t / stepsPerEpoch);
    const elapsed = now() - startedMs;
    const report = (validationLoss: number | null): Progress => ({
      epoch,
      epochs,
      step: t,
      epochDone: validationLoss !== null,
      windowsPerSecond: (count * batchSize * 1000) / Math.max(1, now() - epochStartMs),
      trainLoss: sum / count,
      validationLoss,
      remainingMs: elapsed / Math.max(progressOf(), 1e-9) - elapsed,
    });
    if (t % stepsPerEpoch === 0 || progressOf() >= 1) {
      const speed = report(0).windowsPerSecond;
      const { average } = await session.state();
      const validationLoss = await lossOver(judge, average!, validation, spec, options);
      state.losses.push({ epoch, train: sum / count, validation: validationLoss });
      if (state.bestValidation === null || validationLoss < state.bestValidation) {
        state.bestValidation = validationLoss;
        state.epochsWithoutGain = 0;
        best = average!;
      } else state.epochsWithoutGain++;
      await save();
      onProgress?.({ ...report(validationLoss), windowsPerSecond: speed });
      [sum, count, epochStartMs] = [0, 0, now()];
    } else onProgress?.(report(null));
    if (signal?.aborted) {
      await save();
      throw new ForewarnError("interrupted", `training stopped after step ${t}`, {
        hint: "run the same command with --resume to go on",
      });
    }
  }
  state.elapsedMs = now() - startedMs;
  return { weights: new Map(graph.slots.map(({ name, offset, shape }) => [name, cut(best, offset, shape)])), state };
}

function firstVectors(graph: VectorGraph, options: TrainOptions, spec: InputSpec): Record<string, Float32Array> {
  const declarations = declareParameters(options.architecture, modelDimensions(spec));
  const values = startValues(declarations, createRng(options.seed).fork("weights"));
  const p = new Float32Array(graph.total);
  for (const { name, offset } of graph.slots) p.set(values.get(name)!, offset);
  const blank = () => new Float32Array(graph.total);
  return { p, m: blank(), v: blank(), average: p.slice(), best: p.slice() };
}

/** Mean loss of weights over fixed windows. */
async function lossOver(
  judge: Session,
  p: Float32Array,
  places: readonly WindowPlace[],
  spec: InputSpec,
  { batchSize, lossScaleExponent, architecture }: TrainOptions,
): Promise<number> {
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);
  let sum = 0;
  for (let start = 0; start < places.length; start += batchSize) {
    const some = places.slice(start, start + batchSize);
    fillLabelled(builder, some, batch, lossScaleExponent, () => false);
    const { loss } = await judge.run({ ...labelledFeeds(batch, architecture, spec), p }, ["loss"]);
    sum += loss![0]! * some.length;
  }
  return sum / places.length;
}

function cut(vector: Float32Array, offset: number, shape: readonly number[]): Float32Array {
  return vector.slice(offset, offset + shape.reduce((a, b) => a * b, 1));
}
