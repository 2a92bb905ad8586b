// The training session: builds the batch of a step from the seed and the step's number, runs the step, and holds the
// optimiser's state. While a step runs in its worker, the next batch is built.
import { createRng, ForewarnError } from "../base/index.ts";
import { createBatchBuilder, type InputSpec, type WindowSource } from "../dataset/index.ts";
import { openSession, type TensorData } from "../graph/index.ts";
import {
  declareParameters,
  modelDimensions,
  packWeights,
  startValues,
  trainingGraph,
  unpackWeights,
  type VectorGraph,
} from "../model/index.ts";
import type { TrainOptions } from "./options.ts";
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
  /** A parameter vector as named weights. */
  named(vector: Float32Array): Map<string, Float32Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of ONNX Runtime for graphs emitted as they should run: its passes over thousands of nodes gain nothing. */
export const AS_EMITTED = { optimisation: "disabled" } as const;

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
  const { architecture, batchSize, weightDecay, clipNorm, averageDecay, threads } = options;
  const adam = { beta1: BETA1, beta2: BETA2, epsilon: EPSILON, weightDecay, clipNorm };
  const graph = trainingGraph(architecture, modelDimensions(spec), batchSize, adam);
  const state = vectors ?? firstVectors(graph, options, spec);
  const builder = createBatchBuilder(spec, batchSize);
  const batch = createLabelledBatch(spec, builder);

  const prepare = async (batchNumber: number): Promise<TensorData> => {
    const rng = createRng(options.seed).fork(`hide ${batchNumber}`);
    const places = await source.windows(batchNumber, batchSize);
    fillLabelled(builder, places, batch, options.lossScaleExponent, () => rng.uniform() < options.idDropout);
    const dropout = architecture.dropout > 0 ? { dropout: dropoutMasks(options, batchNumber) } : {};
    return { ...labelledFeeds(batch, architecture, spec), ...dropout };
  };
  // Before the session, so that no worker is left behind when there is no batch to be had.
  let feeds = await prepare(stepsDone);
  const session = await openSession(graph.model, { ...AS_EMITTED, threads, carry: graph.carry, state });

  return {
    async step(step, learningRate) {
      const running = session.run(
        {
          ...feeds,
          learningRate: Float32Array.of(learningRate),
          correction1: Float32Array.of(1 / (1 - BETA1 ** step)),
          correction2: Float32Array.of(1 / (1 - BETA2 ** step)),
          averageDecay: Float32Array.of(Math.min(averageDecay, step / (step + 10))),
        },
        ["loss"],
      );
      // The worker has its own copy of the feeds, so their memory may be filled again at once.
      const [next, outputs] = await Promise.all([prepare(step), running]);
      feeds = next;
      const loss = outputs["loss"]![0]!;
      if (Number.isFinite(loss)) return loss;
      throw new ForewarnError("training_diverged", `step ${step}: Expected a finite loss, got ${loss}`, {
        hint: "lower --learning-rate, or look for extreme values in the data",
      });
    },
    vectors: () => session.state(),
    named: (vector) => unpackWeights(graph, vector),
    [Symbol.asyncDispose]: () => session.close(),
  };
}

function firstVectors(graph: VectorGraph, { architecture, seed }: TrainOptions, spec: InputSpec): TensorData {
  const values = startValues(declareParameters(architecture, modelDimensions(spec)), createRng(seed).fork("weights"));
  const p = packWeights(graph, values);
  return { p, m: new Float32Array(graph.total), v: new Float32Array(graph.total), average: p.slice() };
}
