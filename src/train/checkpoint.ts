// A checkpoint: everything that lets an interrupted run go on as if nothing had happened. One safetensors file, written
// atomically: vectors as tensors, the rest as JSON in its metadata.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decodeSafetensors, type EpochLosses, encodeSafetensors } from "../artifact/index.ts";
import { canonicalJson, ForewarnError, fileError, makeDirectory, writeFileAtomic } from "../base/index.ts";
import type { InputSpec } from "../dataset/index.ts";
import type { TensorData } from "../graph/index.ts";
import type { TrainOptions } from "./options.ts";

/** What identifies a run: a checkpoint only continues a run that is the same in all of this. */
export interface RunIdentity {
  contractHash: string;
  dataFingerprint: string;
  options: TrainOptions;
}

/** Plain-data state of a run. */
export interface RunState {
  spec: InputSpec;
  step: number;
  elapsedMs: number;
  losses: EpochLosses[];
  bestValidation: number | null;
}

/** A checkpoint in memory. */
export interface Checkpoint {
  identity: RunIdentity;
  state: RunState;
  /** p, m, v, average: the optimiser's vectors. best: the averaged weights with the lowest validation loss. */
  vectors: TensorData;
}

const folder = (root: string) => join(root, ".training");
const path = (root: string) => join(folder(root), "checkpoint.safetensors");

/** Whether a run was left unfinished below `root`. */
export function hasCheckpoint(root: string): boolean {
  return existsSync(path(root));
}

/** Writes the checkpoint of the run below `root`, replacing the one before. */
export function writeCheckpoint(root: string, { identity, state, vectors }: Checkpoint): void {
  const tensors = Object.entries(vectors).map(
    ([name, data]) => [name, { dtype: "F32", shape: [data.length], data }] as const,
  );
  try {
    makeDirectory(folder(root));
  } catch (error) {
    throw fileError(error, folder(root));
  }
  try {
    writeFileAtomic(path(root), encodeSafetensors(new Map(tensors), { run: JSON.stringify({ identity, state }) }));
  } catch (error) {
    if (!hasCheckpoint(root)) removeCheckpoint(root);
    throw error;
  }
}

/**
 * Reads the checkpoint below `root` for the run that `identity` describes. Epochs, time budget and threads may differ.
 * @throws ForewarnError `checkpoint_invalid` when there is none or it belongs to another run, `safetensors_invalid`
 *   when it is damaged.
 */
export function readCheckpoint(root: string, identity: RunIdentity): Checkpoint {
  if (!hasCheckpoint(root)) {
    throw new ForewarnError("checkpoint_invalid", `${root}: Expected an unfinished training to resume, got none`, {
      hint: "start without --resume",
    });
  }
  const { tensors, metadata } = decodeSafetensors(readFileSync(path(root)), path(root));
  const run = JSON.parse(metadata["run"] ?? "null") as Omit<Checkpoint, "vectors"> | null;
  if (run === null) throw new ForewarnError("checkpoint_invalid", `${path(root)}: Expected a training state, got none`);
  const differing = differences(run.identity, identity);
  if (differing.length > 0) {
    throw new ForewarnError(
      "checkpoint_invalid",
      `${path(root)}: belongs to another run: ${differing.join(", ")} differ`,
      {
        hint: "resume with the data and options it was started with, or start anew without --resume",
      },
    );
  }
  const vectors = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
  return { ...run, vectors };
}

/** Removes the checkpoint and its folder. */
export function removeCheckpoint(root: string): void {
  rmSync(folder(root), { recursive: true, force: true });
}

function differences(stored: RunIdentity, wanted: RunIdentity): string[] {
  const flat = ({ contractHash, dataFingerprint, options }: RunIdentity): Record<string, unknown> => {
    const { epochs: _epochs, timeBudgetMs: _budget, threads: _threads, ...fixed } = options;
    return { contractHash, dataFingerprint, ...fixed };
  };
  const [a, b] = [flat(stored), flat(wanted)];
  return Object.keys(b).filter((key) => canonicalJson(a[key]) !== canonicalJson(b[key]));
}
