// The model directory: everything needed to reproduce, verify and serve one trained model. It appears whole or not at
// all; reading it parses data and never executes anything. Directories of older format versions must keep loading: one
// small directory per version lies in test/fixtures/models/.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { publishDirectory, writeFileAtomic } from "../base/index.ts";
import { type Contract, contractHash, parseContract } from "../contract/index.ts";
import { modelInvalid, parseJsonFile } from "./invalid.ts";
import { holdsRegistryLock, lockRegistry } from "./lock.ts";
import { type CheckedFiles, MANIFEST_FILE, makeManifest, readCheckedFiles } from "./manifest.ts";
import { checkConfigFitsContract, type ModelConfig, parseModelConfig } from "./model-config.ts";
import { decodeProbe, type Probe } from "./probe.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts";
import { parseTrainingMetadata, type TrainingMetadata } from "./training-metadata.ts";

/** Names of the files of a model directory. */
export const MODEL_FILES = {
  weights: "model.safetensors",
  config: "config.json",
  contract: "contract.json",
  metadata: "training_metadata.json",
  graph: "model.onnx",
  probe: "probe.safetensors",
  evaluation: "evaluation.json",
  card: "MODEL_CARD.md",
  lossesCsv: "losses.csv",
  lossesSvg: "losses.svg",
} as const;

/** What a model id looks like; it is also the name of the model's directory. */
export const MODEL_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Names and shapes of the weights that a config demands; all are F32. */
export type ExpectedTensors = (config: ModelConfig) => ReadonlyMap<string, readonly number[]>;

/** A model directory whose every file has been checked. */
export interface ModelDirectory {
  directory: string;
  modelId: string;
  config: ModelConfig;
  contract: Contract;
  contractHash: string;
  /** Weights by name, in row-major order. */
  weights: Map<string, Float32Array>;
  metadata: TrainingMetadata;
  probe: Probe;
  /** Bytes of model.onnx: the inference graph with its weights. */
  graph: Uint8Array;
}

/** The id of a model trained at `nowMs` (UTC): `tft_YYYYMMDD_HHMMSS`, with `_2`, `_3` ... if `root` has that one. */
export function newModelId(root: string, nowMs: number): string {
  const [date, time] = new Date(nowMs).toISOString().slice(0, 19).split("T") as [string, string];
  const stem = `tft_${date.replaceAll("-", "")}_${time.replaceAll(":", "")}`;
  let modelId = stem;
  for (let count = 2; existsSync(join(root, modelId)); count++) modelId = `${stem}_${count}`;
  return modelId;
}

/** Encodes weights with the contract hash and model id that {@link readModelDirectory} compares. */
export function encodeWeights(
  weights: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  config: ModelConfig,
): Uint8Array<ArrayBuffer> {
  const tensors = [...weights].map(([name, tensor]) => [name, { dtype: "F32", ...tensor }] as const);
  return encodeSafetensors(new Map<string, Tensor>(tensors), {
    contract_hash: config.contractHash,
    model_id: config.modelId,
  });
}

/**
 * Writes a model directory with its manifest, atomically, under the lock of `root` (taken here unless this process
 * holds it).
 * @param files Content by file name; the manifest is added.
 * @returns Path of the new directory.
 * @throws ForewarnError `directory_locked`, `path_exists`, `disk_full`, `path_not_writable`; nothing is left behind.
 */
export async function writeModelDirectory(
  root: string,
  modelId: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  if (!MODEL_ID.test(modelId)) throw new Error(`model id: Expected ${MODEL_ID}, got ${modelId}`);
  using _lock = holdsRegistryLock(root) ? null : lockRegistry(root);
  const directory = join(root, modelId);
  await publishDirectory(directory, (temporary) => {
    for (const [name, content] of Object.entries(files)) writeFileAtomic(join(temporary, name), content);
    writeFileAtomic(join(temporary, MANIFEST_FILE), `${JSON.stringify(makeManifest(modelId, files), null, 2)}\n`);
  });
  return directory;
}

/**
 * Reads a model directory and checks all of it: manifest, config, contract and its hash, weights against what the
 * config demands, metadata, probe.
 * @throws ForewarnError `path_missing`, `model_invalid`, `contract_invalid` or `safetensors_invalid`, naming the file.
 */
export function readModelDirectory(directory: string, expectedTensors: ExpectedTensors): ModelDirectory {
  const files = readCheckedFiles(directory);
  const described = readDescription(directory, files);
  return {
    directory,
    ...described,
    weights: readWeights(directory, files, described.config, expectedTensors),
    probe: readProbe(directory, files),
    graph: fileOf(directory, files, MODEL_FILES.graph).bytes,
  };
}

/** The parts of a model directory that say what the model is. */
export type ModelDescription = Pick<ModelDirectory, "modelId" | "config" | "contract" | "contractHash" | "metadata">;

/** Reads config, contract and training metadata of files that have passed the manifest, and compares ids and hashes. */
export function readDescription(directory: string, files: CheckedFiles): ModelDescription {
  const { modelId } = files.manifest;
  const contractFile = fileOf(directory, files, MODEL_FILES.contract);
  const contract = parseContract(parseJsonFile(contractFile.bytes, contractFile.where), contractFile.where);
  const configFile = fileOf(directory, files, MODEL_FILES.config);
  const config = parseModelConfig(parseJsonFile(configFile.bytes, configFile.where), configFile.where);
  checkConfigFitsContract(config, contract, configFile.where);
  const metadataFile = fileOf(directory, files, MODEL_FILES.metadata);
  const metadata = parseTrainingMetadata(parseJsonFile(metadataFile.bytes, metadataFile.where), metadataFile.where);
  for (const [where, got] of [
    [configFile.where, config.modelId],
    [metadataFile.where, metadata.modelId],
  ] as const) {
    if (got !== modelId) throw modelInvalid(`${where}: modelId: Expected ${modelId} as in the manifest, got ${got}`);
  }
  return { modelId, config, contract, contractHash: contractHash(contract), metadata };
}

/** Reads the weights and compares their metadata, names, shapes and dtypes with what the config demands. */
export function readWeights(
  directory: string,
  files: CheckedFiles,
  config: ModelConfig,
  expectedTensors: ExpectedTensors,
): Map<string, Float32Array> {
  const { bytes, where } = fileOf(directory, files, MODEL_FILES.weights);
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  for (const [key, expected] of [
    ["contract_hash", config.contractHash],
    ["model_id", config.modelId],
  ] as const) {
    if (metadata[key] !== expected) {
      throw modelInvalid(`${where}: metadata ${key}: Expected ${expected}, got ${metadata[key]}`);
    }
  }
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of expectedTensors(config)) {
    const tensor = tensors.get(name);
    const got = tensor ? `${tensor.dtype} [${tensor.shape.join(", ")}]` : "none";
    const expected = `F32 [${shape.join(", ")}]`;
    if (got !== expected) throw modelInvalid(`${where}: tensor ${name}: Expected ${expected}, got ${got}`);
    weights.set(name, tensor!.data as Float32Array);
  }
  for (const name of tensors.keys()) {
    if (!weights.has(name)) throw modelInvalid(`${where}: tensor ${name}: Expected only tensors of the architecture`);
  }
  return weights;
}

/** Reads the stored probe. */
export function readProbe(directory: string, files: CheckedFiles): Probe {
  const { bytes, where } = fileOf(directory, files, MODEL_FILES.probe);
  return decodeProbe(bytes, where);
}

function fileOf(directory: string, files: CheckedFiles, name: string): { bytes: Uint8Array; where: string } {
  const where = join(directory, name);
  const bytes = files.files.get(name);
  if (bytes === undefined) throw modelInvalid(`${where}: Expected this file, but the manifest does not list it`);
  return { bytes, where };
}
