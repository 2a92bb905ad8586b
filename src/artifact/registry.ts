// The registry over a models directory: every model in it by id, and why a broken one is broken.
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ForewarnError, fileError } from "../base/index.ts";
import { contractId } from "../contract/index.ts";
import { modelInvalid } from "./invalid.ts";
import { readCheckedFiles } from "./manifest.ts";
import { MODEL_ID, readDescription } from "./model-directory.ts";

/** A model as the registry lists it. */
export type RegistryEntry = ReadyModel | BrokenModel;

/** A model whose files match its manifest and fit each other. */
export interface ReadyModel {
  status: "ready";
  modelId: string;
  directory: string;
  /** When training ended, RFC 3339 UTC. */
  createdAt: string;
  /** Name and version of the contract. */
  contract: string;
  contractHash: string;
  targets: string[];
  horizonMs: number;
  sizeBytes: number;
}

/** A directory that is no usable model, with the reason. */
export interface BrokenModel {
  status: "broken";
  modelId: string;
  directory: string;
  code: string;
  reason: string;
}

/**
 * Every model of a models directory, oldest first, broken ones at the end by name. Names with a leading dot (locks,
 * models being written) and plain files are passed over.
 * @throws ForewarnError `path_missing` if there is no such directory.
 */
export function listModels(root: string): RegistryEntry[] {
  return readEntries(root)
    .filter((entry) => !entry.name.startsWith(".") && !entry.isFile())
    .flatMap((entry) => describeModel(root, entry.name) ?? [])
    .sort(byAge);
}

/** The newest usable model. @throws ForewarnError `model_unavailable` if there is none. */
export function latestModel(root: string): ReadyModel {
  const ready = (existsSync(root) ? listModels(root) : []).filter((entry) => entry.status === "ready");
  const latest = ready.at(-1);
  if (latest) return latest;
  throw new ForewarnError("model_unavailable", `${root}: Expected at least one usable model, got none`, {
    hint: "train one: forewarn train --data DIR --out DIR",
  });
}

/**
 * The model with this id.
 * @throws ForewarnError `usage_invalid` for text that is no id, `model_unavailable` for an unknown one, or what is
 *   wrong with it if it is broken.
 */
export function findModel(root: string, id: string): ReadyModel {
  if (!MODEL_ID.test(id)) {
    throw new ForewarnError(
      "usage_invalid",
      `model id: Expected lower-case letters, digits, . _ and -, got ${JSON.stringify(id)}`,
    );
  }
  if (!existsSync(join(root, id))) {
    throw new ForewarnError("model_unavailable", `${root}: Expected a model ${id}, but there is none`, {
      hint: `see the ids with: forewarn models ${root}`,
    });
  }
  return openEntry(root, id);
}

function readEntries(root: string) {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    throw fileError(error, root);
  }
}

/** A model, or null when it was removed since its name was read. */
function describeModel(root: string, name: string): RegistryEntry | null {
  const directory = join(root, name);
  try {
    return openEntry(root, name);
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    if (error.code === "path_missing" && !lstatSync(directory, { throwIfNoEntry: false })) return null;
    return { status: "broken", modelId: name, directory, code: error.code, reason: error.message };
  }
}

/**
 * @throws ForewarnError for a symbolic link, a name that is no id, or a directory that does not pass its checks;
 *   `path_missing` for one that is not there, or no longer.
 */
function openEntry(root: string, name: string): ReadyModel {
  const directory = join(root, name);
  if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === false)
    throw modelInvalid(`${directory}: Expected a directory, got a link or a file`);
  if (!MODEL_ID.test(name)) throw modelInvalid(`${directory}: Expected a name that is a model id`);
  const files = readCheckedFiles(directory);
  const { modelId, config, contract, contractHash, metadata } = readDescription(directory, files);
  if (modelId !== name) throw modelInvalid(`${directory}: Expected the directory of model ${name}, got ${modelId}`);
  return {
    status: "ready",
    modelId,
    directory,
    createdAt: metadata.createdAt,
    contract: contractId(contract),
    contractHash,
    targets: config.inputs.targets,
    horizonMs: config.inputs.horizonSteps * config.inputs.intervalMs,
    sizeBytes: [...files.files.values()].reduce((sum, bytes) => sum + bytes.length, 0),
  };
}

function byAge(a: RegistryEntry, b: RegistryEntry): number {
  if (a.status === "ready" && b.status === "ready" && a.createdAt !== b.createdAt) {
    return Date.parse(a.createdAt) - Date.parse(b.createdAt);
  }
  if (a.status !== b.status) return a.status === "ready" ? -1 : 1;
  return a.modelId.localeCompare(b.modelId, "en", { numeric: true });
}
