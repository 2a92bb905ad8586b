// A trained network ready to run: batches of inputs in, quantiles and hazards out. Training (validation, calibration),
// verification and forecasting all run this one.

import { ForewarnError } from "../base/index.ts";
import type { InputBatch, InputSpec } from "../dataset/index.ts";
import { openSession, type Session, type TensorData } from "../graph/index.ts";
import type { Architecture } from "./architecture.ts";
import { modelDimensions } from "./dimensions.ts";
import { inferenceGraph } from "./graphs.ts";

/** Outputs of a batch; the meaning of the axes is documented on {@link inferenceGraph}. */
export interface Prediction {
  /** Ascending, in scaled space. [batch, horizonSteps, T, Q] */
  quantiles: Float32Array;
  /** Uncalibrated hazard logits; empty without breach rules. [batch, R, G] */
  hazardLogits: Float32Array;
}

/** What the network looked at, beside its prediction. */
export interface Explanation {
  staticWeights: Float32Array; // [batch, static variables]
  pastWeights: Float32Array; // [pastTokens, batch, past and known variables]
  futureWeights: Float32Array; // [futureTokens, batch, known variables]
  attention: Float32Array; // [batch, futureTokens, tokens]
}

/** Runs a network on batches of a fixed size. */
export interface Predictor {
  readonly batchSize: number;
  /**
   * Predicts a batch.
   * @throws ForewarnError `output_invalid` when an output is not finite; nothing of the batch may be used then.
   */
  predict(batch: InputBatch): Promise<Prediction>;
  /** As `predict`, with the weights that explain it; only for predictors opened with `explain`. */
  explain(batch: InputBatch): Promise<Prediction & Explanation>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a predictor runs. */
export interface PredictorOptions {
  batchSize: number;
  threads: number;
  /** Lets other threads go first; on Linux only. */
  inBackground?: boolean;
  explain?: boolean;
}

/** Builds the network, loads it into a worker thread, and runs it. */
export async function openPredictor(
  spec: InputSpec,
  architecture: Architecture,
  weights: ReadonlyMap<string, Float32Array>,
  { batchSize, threads, inBackground = false, explain = false }: PredictorOptions,
): Promise<Predictor> {
  const graph = inferenceGraph(architecture, modelDimensions(spec), batchSize, weights, { explain });
  const session = await openSession(graph, { threads, inBackground });
  const names = networkOutputs(spec);
  const run = async (batch: InputBatch, extra: readonly string[]): Promise<TensorData> => {
    const outputs = await session.run(networkInputs(batch, architecture, spec), [...names, ...extra]);
    for (const name of names) assertFinite(name, outputs[name]!);
    return outputs;
  };
  const prediction = (outputs: TensorData): Prediction => ({
    quantiles: outputs["quantiles"]!,
    hazardLogits: outputs["hazardLogits"] ?? new Float32Array(0),
  });
  return {
    batchSize,
    predict: async (batch) => prediction(await run(batch, [])),
    explain: async (batch) => {
      const outputs = await run(batch, ["staticWeights", "pastWeights", "futureWeights", "attention"]);
      return { ...(outputs as unknown as Explanation), ...prediction(outputs) };
    },
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session.close(),
  };
}

/** The tensors of a batch under the names of the network's inputs, those that this architecture reads. */
export function networkInputs(batch: InputBatch, architecture: Architecture, spec: InputSpec): TensorData {
  return {
    past: batch.past,
    future: batch.future,
    static: batch.static,
    ...(architecture.head === "candidates" ? { candidates: batch.candidates } : {}),
    ...(architecture.head === "candidates" && spec.offsetUnit !== "scale" ? { offsetUnit: batch.offsetUnit } : {}),
    ...(spec.breachRules.length > 0 ? { breachFeatures: batch.breachFeatures } : {}),
  };
}

/** Names of the network's outputs in order: quantiles, then hazardLogits where there are breach rules. */
export function networkOutputs({ breachRules }: InputSpec): string[] {
  return ["quantiles", ...(breachRules.length > 0 ? ["hazardLogits"] : [])];
}

/** Runs a stored network, given as ONNX bytes, on a batch of its own size. */
export async function runExportedModel(
  model: Uint8Array,
  inputs: TensorData,
  outputs: readonly string[],
): Promise<TensorData> {
  await using session: Session = await openSession(model, { threads: 1 });
  return await session.run(inputs, outputs);
}

function assertFinite(name: string, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    throw new ForewarnError("output_invalid", `${name}: Expected finite outputs, got ${values[at]} at element ${at}`, {
      hint: "the model or its input is damaged: run `forewarn verify` on the model directory",
    });
  }
}
