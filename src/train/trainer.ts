// What runs training steps: on the CPU one session or several replicas, or a session on a GPU.
import type { AdamOptions, Device, TensorData } from "../graph/index.ts";
import type { Architecture, ModelDimensions, VectorGraph } from "../model/index.ts";
import { openOnGpu } from "./gpu-trainer.ts";
import { openReplicas, replicaCount } from "./replicas.ts";
import { openSingle } from "./single-trainer.ts";

/** What a trainer trains, and with what. */
export interface TrainerOptions {
  architecture: Architecture;
  dimensions: ModelDimensions;
  adam: AdamOptions;
  batchSize: number;
  threads: number;
  device: Device;
  /** First values of p, m, v and average in a layout. */
  start: (layout: TrainerLayout) => TensorData;
}

/** Layout of the flat vectors. */
export type TrainerLayout = Pick<VectorGraph, "slots" | "total">;

/** Each worker's part of a batch. */
export type DealtBatch = readonly TensorData[];

/** Runs training steps; the optimiser's vectors stay in the workers. */
export interface Trainer {
  readonly layout: TrainerLayout;
  /** Copies the inputs of a whole batch, named as in the training graph, and deals them out to the workers. */
  deal(feeds: TensorData): DealtBatch;
  /**
   * Runs a step.
   * @param batch Given away: it serves one step.
   * @param rates learningRate, correction1, correction2, averageDecay.
   * @returns The loss of the batch before the update.
   */
  step(batch: DealtBatch, rates: TensorData): Promise<number>;
  /** The vectors p, m, v and average as they are now. */
  vectors(): Promise<TensorData>;
  /** Time that a worker has spent in ONNX Runtime so far, on average. */
  busyMs(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the workers of a trainer: one that does the whole step, or replicas where there are threads for several.
 * @throws ForewarnError `device_unavailable` when there is no GPU to train on; the first step throws it, too.
 */
export function openTrainer(options: TrainerOptions): Promise<Trainer> {
  if (options.device === "webgpu") return openOnGpu(options);
  const replicas = replicaCount(options.batchSize, options.threads);
  return replicas === 1 ? openSingle(options) : openReplicas(options, replicas);
}
