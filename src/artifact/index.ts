// artifact: the model directory. Safetensors weights, config, contract, manifest; verification; the registry.
export { attachBacktest, BACKTEST_FILE } from "./attach-backtest.ts";
export { lockRegistry, type RegistryLock } from "./lock.ts";
export { lossesCsv, lossesSvg } from "./losses.ts";
export { modelCard } from "./model-card.ts";
export { type ModelConfig, parseModelConfig } from "./model-config.ts";
export {
  type ExpectedTensors,
  encodeWeights,
  MODEL_FILES,
  type ModelDirectory,
  newModelId,
  readModelDirectory,
  writeModelDirectory,
} from "./model-directory.ts";
export { networkRunner, networkTensors } from "./network.ts";
export { decodeProbe, encodeProbe, type Probe, type ProbeOutput } from "./probe.ts";
export {
  type BrokenModel,
  findModel,
  latestModel,
  listModels,
  type ReadyModel,
  type RegistryEntry,
} from "./registry.ts";
export {
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type Tensor,
  type TensorData,
} from "./safetensors.ts";
export { type EpochLosses, type Evaluation, parseEvaluation, type TrainingMetadata } from "./training-metadata.ts";
export { type Check, type ModelRunner, verifyOutputs, verifyStructure } from "./verify.ts";
