// The training session: builds the batch of a step from the seed and the step's number, runs the step, and holds the
// optimiser's state. While a step runs in its worker, the next batch is built.
import { createRng, ForewarnError } from "../base/index.ts";
import { createBatchBuilder, type InputSpec, type WindowSource } from "../dataset/index.ts";
import type { TensorData } from "../graph/index.ts";
import { declareParameters, modelDimensions, packWeights, startValues, unpackWeights } from "../model/index.ts";
import type { TrainOptions } from "./options.ts";
import { openTrainer, type TrainerLayout } from "./trainer.ts";
import { createLabelledBatch, dropoutMasks, fillLabelled, labelledFeeds } from "./windows.ts";

const BETA1 = 0.9;
const BETA2 = 0.99;
const EPSILON = 1e-8;

/** Runs training steps in order. */
export interface Stepper {
  /**
   * Runs step `step` (1, 2, ...) at a learning rate.
   * @returns The loss of its batch, before the update.
   * @throws ForewarnError `training_diverged` when the loss is not finite.
   */
  step(step: number, learningRate: number): Promise<number>;
  /** The vectors p, m, v and average as they are now. */
  vectors(): Promise<TensorData>;
  /** Time that a worker has spent in ONNX Runtime, on average; what is missing of a run's time is the loop's own. */
  busyMs(): number;
  /** A parameter vector as named weights. */
  named(vector: Float32Array): Map<string, Float32Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a stepper.
 * @param vectors    State to go on from; undefined starts anew from the seed.
 * @param stepsDone  Steps that this state has seen.
 */
export async function openStepper(
  spec: InputSpec,
  options: TrainOptions,
  source: WindowSource,
  vectors: TensorData | undefined,
  stepsDone: number,
): Promise<Stepper> {
  const { architecture, batchSize, weightDecay, clipNorm, averageDecay, threads, device } = options;
  const adam = { beta1: BETA1, beta2: BETA2, epsilon: EPSILON, weightDecay, clipNorm };
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);

  const fill = async (batchNumber: number): Promise<TensorData> => {
    const rng = createRng(options.seed).fork(`hide ${batchNumber}`);
    const places = await source.windows(batchNumber, batchSize);
    fillLabelled(builder, places, batch, options.lossScaleExponent, () => rng.uniform() < options.idDropout);
    const dropout = architecture.dropout > 0 ? { dropout: dropoutMasks(options, batchNumber) } : {};
    return { ...labelledFeeds(batch, architecture, spec), ...dropout };
  };
  // Before the workers start, so that none is left behind when there is no batch to be had.
  const first = await fill(stepsDone);
  const trainer = await openTrainer({
    architecture,
    dimensions: modelDimensions(spec),
    adam,
    batchSize,
    threads,
    device,
    start: (layout) => vectors ?? firstVectors(layout, options, spec),
  });
  let batchOfStep = trainer.deal(first);

  return {
    async step(step, learningRate) {
      const running = trainer.step(batchOfStep, {
        learningRate: Float32Array.of(learningRate),
        correction1: Float32Array.of(1 / (1 - BETA1 ** step)),
        correction2: Float32Array.of(1 / (1 - BETA2 ** step)),
        averageDecay: Float32Array.of(Math.min(averageDecay, step / (step + 10))),
      });
      // The workers have their own copy of the batch, so its memory may be filled again at once.
      const [next, loss] = await Promise.all([fill(step).then(trainer.deal), running]);
      batchOfStep = next;
      if (Number.isFinite(loss)) return loss;
      throw new ForewarnError("training_diverged", `step ${step}: Expected a finite loss, got ${loss}`, {
        hint: "lower --learning-rate, or look for extreme values in the data",
      });
    },
    vectors: () => trainer.vectors(),
    busyMs: () => trainer.busyMs(),
    named: (vector) => unpackWeights(trainer.layout, vector),
    [Symbol.asyncDispose]: () => trainer[Symbol.asyncDispose](),
  };
}

function firstVectors(layout: TrainerLayout, { architecture, seed }: TrainOptions, spec: InputSpec): TensorData {
  const values = startValues(declareParameters(architecture, modelDimensions(spec)), createRng(seed).fork("weights"));
  const p = packWeights(layout, values);
  return { p, m: new Float32Array(layout.total), v: new Float32Array(layout.total), average: p.slice() };
}
