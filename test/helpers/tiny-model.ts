// A model directory of the smallest size, for tests of files, registry and verification. Its "network" is the product of
// two weights and the input, which a test can compute by hand.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ExpectedTensors,
  encodeProbe,
  encodeWeights,
  MODEL_FILES,
  type ModelConfig,
  type ModelRunner,
  type TrainingMetadata,
  writeModelDirectory,
} from "../../src/artifact/index.ts";
import { contractHash, fleetContract } from "../../src/contract/index.ts";

/** Names and shapes of the tiny model's weights. */
export const tinyTensors: ExpectedTensors = (config) =>
  new Map([
    ["gain", [config.architecture.hidden]],
    ["offset", [1]],
  ]);

/** Config of a tiny model under fleet/4.0. */
export function tinyConfig(modelId: string): ModelConfig {
  return {
    formatVersion: 2,
    modelId,
    contractHash: contractHash(fleetContract),
    architecture: { hidden: 2, heads: 1, patchSteps: 4, head: "candidates", dropout: 0.1, quantiles: [0.1, 0.5, 0.9] },
    inputs: {
      intervalMs: 300_000,
      contextSteps: 288,
      horizonSteps: 96,
      historySteps: 2016,
      patchSteps: 4,
      metrics: ["cpu_pct", "mem_pct"],
      metricColumns: [0, 1],
      absentMetrics: [],
      targets: ["cpu_pct"],
      transforms: ["identity", "identity"],
      ranges: [
        { min: 0, max: 100 },
        { min: 0, max: 100 },
      ],
      scaleFloors: [0.1, 0.1],
      typicalScales: [5, 5],
      labels: [],
      serverVocabulary: [],
      past: [{ name: "cpu_pct", channels: 2 }],
      known: [{ name: "hour", channels: 2 }],
      static: [{ name: "level", channels: 1 }],
      candidates: ["last"],
      offsetUnit: "deviation",
      breachReadings: "both",
      breachRules: [],
      breachGroupEnds: [6, 12, 24, 48, 96],
      breachFeatures: [],
    },
    calibration: { quantileShift: [[0, 0, 0]], breachSlope: [], breachIntercept: [] },
  };
}

/** Training metadata of a tiny model. */
export function tinyMetadata(modelId: string, createdAt = "2026-11-23T10:15:00.000Z"): TrainingMetadata {
  return {
    formatVersion: 1,
    modelId,
    createdAt,
    versions: { forewarn: "0.1.0", node: "20.20.2" },
    data: { fingerprint: "f00d", rows: 1000, servers: 3, startMs: 1_763_000_000_000, endMs: 1_763_600_000_000 },
    split: { validation: 1_763_500_000_000 },
    seed: 42,
    epochs: 2,
    steps: 20,
    durationMs: 61_400,
    losses: [
      { epoch: 1, train: 0.9, validation: 1 },
      { epoch: 2, train: 0.5, validation: null },
    ],
  };
}

/** Files of a tiny model, without the manifest. Output of window x: (gain0 x + offset, gain1 x + offset). */
export function tinyFiles(modelId: string, createdAt?: string): Record<string, string | Uint8Array> {
  const config = tinyConfig(modelId);
  const weights = new Map([
    ["gain", { shape: [2], data: Float32Array.of(2, 3) }],
    ["offset", { shape: [1], data: Float32Array.of(0.5) }],
  ]);
  return {
    [MODEL_FILES.weights]: encodeWeights(weights, config),
    [MODEL_FILES.config]: JSON.stringify(config),
    [MODEL_FILES.contract]: JSON.stringify(fleetContract),
    [MODEL_FILES.metadata]: JSON.stringify(tinyMetadata(modelId, createdAt)),
    [MODEL_FILES.graph]: Uint8Array.of(2, 3),
    [MODEL_FILES.probe]: encodeProbe({
      inputs: new Map([["past", { dtype: "F32", shape: [2, 1], data: Float32Array.of(1, 4) }]]),
      outputs: [{ shape: [2, 2], data: Float32Array.of(2.5, 3.5, 8.5, 12.5) }],
    }),
  };
}

/** The tiny network. Its exported graph is the two gains as bytes. */
export const tinyRunner: ModelRunner = {
  runProbe: async (weights, inputs) => {
    const [gain, offset] = [weights.get("gain")!, weights.get("offset")![0]!];
    const windows = [...(inputs.get("past")!.data as Float32Array)];
    return [Float32Array.from(windows.flatMap((x) => [gain[0]! * x + offset, gain[1]! * x + offset]))];
  },
  runExported: async (graph, inputs) =>
    tinyRunner.runProbe(
      new Map([
        ["gain", Float32Array.from(graph)],
        ["offset", Float32Array.of(0.5)],
      ]),
      inputs,
    ),
};

/** Writes a tiny model. @returns Its directory. */
export function writeTinyModel(root: string, modelId = "tft_20261123_101500", createdAt?: string): Promise<string> {
  return writeModelDirectory(root, modelId, tinyFiles(modelId, createdAt));
}

/** Runs `body` with a new directory that is removed afterwards. */
export async function withDirectory<Result>(body: (directory: string) => Result | Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-"));
  try {
    return await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
