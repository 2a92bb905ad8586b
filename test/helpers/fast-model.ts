// A model whose interval is one second, so that a daemon in real time makes a tick every second: the fixture model, which
// counts in steps, under another contract.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  decodeSafetensors,
  encodeWeights,
  MODEL_FILES,
  type ModelConfig,
  type TrainingMetadata,
  writeModelDirectory,
} from "../../src/artifact/index.ts";
import { type Contract, contractHash, parseContract } from "../../src/contract/index.ts";
import { FIXTURE_MODEL } from "./written-fleet.ts";

/** Distance of rows and of forecasts. */
export const FAST_INTERVAL_MS = 1000;
/** Steps that the model reads, and steps that it forecasts. */
export const FAST_CONTEXT_STEPS = 96;

const readJson = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURE_MODEL, name), "utf8"));

/** The fixture's contract with everything 300 times as fast: an incident lasts 3 s and is over after 12 s. */
export const fastContract: Contract = (() => {
  const contract = readJson(MODEL_FILES.contract) as Contract;
  const breachRules = contract.breachRules.map((rule) => ({ ...rule, for: "3s", clear: "12s" }));
  return parseContract({ ...contract, name: "fast", interval: "1s", breachRules }, "fast");
})();

/** What may differ from one model to the next. */
export interface FastModelOptions {
  createdAt?: string;
  /** Another contract than {@link fastContract}. */
  contract?: Contract;
  /** Changes the weights by their name. */
  change?: (name: string, weights: Float32Array) => Float32Array;
}

/** Writes the model under an identifier into a directory of models. @returns Its directory. */
export function writeFastModel(
  root: string,
  modelId: string,
  { createdAt = "2026-11-23T12:00:00.000Z", contract = fastContract, change }: FastModelOptions = {},
): Promise<string> {
  const fixture = readJson(MODEL_FILES.config) as ModelConfig;
  const config: ModelConfig = {
    ...fixture,
    modelId,
    contractHash: contractHash(contract),
    inputs: { ...fixture.inputs, intervalMs: FAST_INTERVAL_MS },
  };
  const { tensors } = decodeSafetensors(readFileSync(join(FIXTURE_MODEL, MODEL_FILES.weights)), "fixture");
  const weights = new Map(
    [...tensors].map(([name, tensor]) => {
      const data = tensor.data as Float32Array;
      return [name, { shape: tensor.shape, data: change?.(name, data) ?? data }] as const;
    }),
  );
  const metadata: TrainingMetadata = { ...(readJson(MODEL_FILES.metadata) as TrainingMetadata), modelId, createdAt };
  return writeModelDirectory(root, modelId, {
    [MODEL_FILES.weights]: encodeWeights(weights, config),
    [MODEL_FILES.config]: JSON.stringify(config),
    [MODEL_FILES.contract]: JSON.stringify(contract),
    [MODEL_FILES.metadata]: JSON.stringify(metadata),
    [MODEL_FILES.graph]: readFileSync(join(FIXTURE_MODEL, MODEL_FILES.graph)),
    [MODEL_FILES.probe]: readFileSync(join(FIXTURE_MODEL, MODEL_FILES.probe)),
  });
}
