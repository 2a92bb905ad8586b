// Verification of a model directory as a list of checks: first its structure, then that its weights, and nothing else,
// make its outputs.
import { type ErrorCode, ForewarnError } from "../base/index.ts";
import { readCheckedFiles } from "./manifest.ts";
import {
  type ExpectedTensors,
  type ModelDirectory,
  readDescription,
  readProbe,
  readWeights,
} from "./model-directory.ts";
import type { ProbeOutput } from "./probe.ts";
import type { Tensor } from "./safetensors.ts";

/** Largest difference between stored and recomputed outputs, absolute below 1 and relative above. */
const PROBE_TOLERANCE = 1e-4;
/** Smallest change of an output that counts as a change. */
const DRIVE_TOLERANCE = 1e-5;

/** Names of the structure checks, in the order in which they run. */
const STRUCTURE_CHECKS = ["manifest", "config and contract", "weights", "probe"] as const;

/** Outcome of one check. */
export interface Check {
  name: string;
  ok: boolean;
  /** What was found; for a failed check the reason. */
  detail: string;
  /** Why it failed. */
  code?: ErrorCode;
}

/** Runs the network of a model; the caller builds it from the model's config. */
export interface ModelRunner {
  /** Outputs of the network with these weights for a batch of inputs, in the order of the stored probe. */
  runProbe(weights: ReadonlyMap<string, Float32Array>, inputs: ReadonlyMap<string, Tensor>): Promise<Float32Array[]>;
  /** Outputs of the exported graph, model.onnx as it is stored. */
  runExported(graph: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<Float32Array[]>;
}

/**
 * Checks the files of a model directory: manifest, config and contract, weights, probe. Ends at the first check that
 * fails, because what follows would read bytes that are not trusted.
 * @throws ForewarnError `path_missing` if there is no such directory.
 */
export function verifyStructure(directory: string, expectedTensors: ExpectedTensors): Check[] {
  const checks: Check[] = [];
  try {
    const files = readCheckedFiles(directory);
    checks.push(passed("manifest", `${files.files.size} files match their size and SHA-256`));
    const { config, contractHash } = readDescription(directory, files);
    checks.push(passed("config and contract", `contract hash ${contractHash.slice(0, 12)} in both`));
    const weights = readWeights(directory, files, config, expectedTensors);
    const count = [...weights.values()].reduce((sum, data) => sum + data.length, 0);
    checks.push(passed("weights", `${weights.size} tensors, ${count} finite numbers, shapes as the config demands`));
    const { inputs, outputs } = readProbe(directory, files);
    checks.push(passed("probe", `${inputs.size} inputs, ${outputs.length} outputs stored`));
  } catch (error) {
    if (error instanceof ForewarnError && error.code === "path_missing") throw error;
    checks.push(failed(STRUCTURE_CHECKS[checks.length]!, error));
  }
  return checks;
}

/**
 * Runs the stored probe: the weights give the stored outputs, model.onnx gives the same, and other weights (all zero;
 * reversed within each tensor) change every output of every window. A network whose output does not depend on its
 * weights fails with `model_not_driving`.
 */
export async function verifyOutputs(model: ModelDirectory, runner: ModelRunner): Promise<Check[]> {
  const { probe, weights, graph } = model;
  const zeroed = new Map([...weights].map(([name, data]) => [name, new Float32Array(data.length)]));
  const reversed = new Map([...weights].map(([name, data]) => [name, data.slice().reverse()]));
  return [
    await attempt("weights reproduce the probe", async () =>
      compareOutputs(probe.outputs, await runner.runProbe(weights, probe.inputs)),
    ),
    await attempt("model.onnx reproduces the probe", async () =>
      compareOutputs(probe.outputs, await runner.runExported(graph, probe.inputs)),
    ),
    await attempt("zeroed weights change every output", async () =>
      requireChange(probe.outputs, await runner.runProbe(zeroed, probe.inputs)),
    ),
    await attempt("permuted weights change every output", async () =>
      requireChange(probe.outputs, await runner.runProbe(reversed, probe.inputs)),
    ),
  ];
}

async function attempt(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return passed(name, await work());
  } catch (error) {
    return failed(name, error);
  }
}

/** @returns The largest difference, as text. @throws ForewarnError `model_invalid` if it is beyond the tolerance. */
function compareOutputs(expected: readonly ProbeOutput[], got: readonly Float32Array[]): string {
  requireSameSizes(expected, got);
  let largest = 0;
  for (const [index, { data }] of expected.entries()) {
    for (const [at, value] of data.entries()) {
      const difference = Math.abs(got[index]![at]! - value) / Math.max(1, Math.abs(value));
      if (!(difference <= PROBE_TOLERANCE)) {
        const text = `output ${index} element ${at}: Expected ${value} within ${PROBE_TOLERANCE}, got ${got[index]![at]}`;
        throw new ForewarnError("model_invalid", text);
      }
      largest = Math.max(largest, difference);
    }
  }
  return `largest difference ${largest.toExponential(1)}`;
}

/** @throws ForewarnError `model_not_driving` if an output of a window stayed the same. */
function requireChange(before: readonly ProbeOutput[], after: readonly Float32Array[]): string {
  requireSameSizes(before, after);
  let windows = 0;
  for (const [index, { data, shape }] of before.entries()) {
    windows = shape[0] ?? 1;
    const size = data.length / windows;
    for (let window = 0; window < windows; window++) {
      const stored = data.subarray(window * size, (window + 1) * size);
      const changed = stored.some(
        (value, at) => Math.abs(after[index]![window * size + at]! - value) > DRIVE_TOLERANCE,
      );
      if (!changed) {
        const text = `output ${index} window ${window}: Expected other values with other weights, got the same`;
        throw new ForewarnError("model_not_driving", text);
      }
    }
  }
  return `all ${before.length} outputs of ${windows} ${windows === 1 ? "window" : "windows"} changed`;
}

function requireSameSizes(expected: readonly ProbeOutput[], got: readonly Float32Array[]): void {
  const sizes = [expected.map(({ data }) => data.length), got.map((data) => data.length)] as const;
  if (sizes[0].join() === sizes[1].join()) return;
  throw new ForewarnError(
    "shape_mismatch",
    `outputs: Expected sizes ${sizes[0].join(", ")}, got ${sizes[1].join(", ")}`,
  );
}

function passed(name: string, detail: string): Check {
  return { name, ok: true, detail };
}

/** Turns a refusal into a failed check; a fault of the program goes on. */
function failed(name: string, error: unknown): Check {
  if (!(error instanceof ForewarnError)) throw error;
  return { name, ok: false, detail: error.message, code: error.code };
}
