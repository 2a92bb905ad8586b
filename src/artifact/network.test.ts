// A whole model directory with a real, small network: written, read, verified, and refused when it is not itself.
import { describe, expect, test } from "vitest";
import { tinyConfig, tinyFiles, withDirectory } from "../../test/helpers/tiny-model.ts";
import { createRng, type Rng } from "../base/index.ts";
import {
  declareParameters,
  inferenceGraph,
  modelDimensions,
  networkOutputs,
  runExportedModel,
  startValues,
} from "../model/index.ts";
import type { ModelConfig } from "./model-config.ts";
import { encodeWeights, MODEL_FILES, readModelDirectory, writeModelDirectory } from "./model-directory.ts";
import { networkRunner, networkTensors } from "./network.ts";
import { encodeProbe } from "./probe.ts";
import { type Check, verifyOutputs, verifyStructure } from "./verify.ts";

const WINDOWS = 2;
const base = tinyConfig("m");
const config: ModelConfig = {
  ...base,
  architecture: { ...base.architecture, hidden: 4, heads: 2 },
  inputs: {
    ...base.inputs,
    contextSteps: 16,
    horizonSteps: 8,
    candidates: ["last", "day_before"],
    breachRules: [{ id: "cpu_high", metric: "cpu_pct", op: ">=", threshold: 90, forSteps: 3, clearSteps: 12 }],
    breachGroupEnds: [4, 8],
    breachFeatures: ["gap"],
  },
  calibration: { quantileShift: [[0, 0, 0]], breachSlope: [1], breachIntercept: [0] },
};

/** Inputs of two windows. past [2, 4, 4 x 4], future [2, 2, 2 x 4], static [2, 1], candidates [2, 2, 1, 2, 4] ... */
function randomInputs(rng: Rng) {
  const shapes = {
    past: [2, 4, 16],
    future: [2, 2, 8],
    static: [2, 1],
    candidates: [2, 2, 1, 2, 4],
    offsetUnit: [2, 1],
    breachFeatures: [2, 1, 2, 1],
  };
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal());
      return [name, { dtype: "F32" as const, shape, data }];
    }),
  );
}

/** Files of a sound model with random weights. */
async function networkFiles(seed: number): Promise<Record<string, string | Uint8Array>> {
  const rng = createRng(seed);
  const dimensions = modelDimensions(config.inputs);
  const declarations = declareParameters(config.architecture, dimensions);
  const weights = startValues(declarations, rng);
  for (const values of weights.values()) for (const at of values.keys()) values[at]! += 0.1 * rng.normal();
  const graph = inferenceGraph(config.architecture, dimensions, WINDOWS, weights);
  const inputs = randomInputs(rng);
  const names = networkOutputs(config.inputs);
  const results = await runExportedModel(
    graph,
    Object.fromEntries([...inputs].map(([key, { data }]) => [key, data])),
    names,
  );
  const outputs = names.map((name) => ({ shape: [WINDOWS, results[name]!.length / WINDOWS], data: results[name]! }));
  const shaped = declarations.map(({ name, shape }) => [name, { shape, data: weights.get(name)! }] as const);
  return {
    ...tinyFiles("m"),
    [MODEL_FILES.config]: JSON.stringify(config),
    [MODEL_FILES.weights]: encodeWeights(new Map(shaped), config),
    [MODEL_FILES.graph]: graph,
    [MODEL_FILES.probe]: encodeProbe({ inputs, outputs }),
  };
}

async function verified(files: Record<string, string | Uint8Array>): Promise<Check[]> {
  return withDirectory(async (root) => {
    const directory = await writeModelDirectory(root, "m", files);
    const model = readModelDirectory(directory, networkTensors);
    return [...verifyStructure(directory, networkTensors), ...(await verifyOutputs(model, networkRunner(model)))];
  });
}

describe("a model directory with a real network", async () => {
  const files = await networkFiles(1);
  const other = await networkFiles(2);

  test("passes every check", async () => {
    const checks = await verified(files);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks).toHaveLength(8);
  });

  test("with the weights of another training it does not reproduce its probe", async () => {
    const checks = await verified({ ...files, [MODEL_FILES.weights]: other[MODEL_FILES.weights]! });
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { name: "weights reproduce the probe", code: "model_invalid" },
    ]);
  });

  test("with the graph of another training it does not reproduce its probe", async () => {
    const checks = await verified({ ...files, [MODEL_FILES.graph]: other[MODEL_FILES.graph]! });
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { name: "model.onnx reproduces the probe", code: "model_invalid" },
    ]);
  });

  test.each([
    ["bytes that are no graph", Uint8Array.of(1, 2, 3)],
    ["a truncated graph", (files[MODEL_FILES.graph] as Uint8Array).slice(0, -100)],
  ])("with %s it is graph_invalid", async (_name, graph) => {
    const checks = await verified({ ...files, [MODEL_FILES.graph]: graph });
    expect(checks.filter((check) => !check.ok)).toMatchObject([{ code: "graph_invalid" }]);
  });

  test("of another width it is refused before it runs", async () => {
    const wider = { ...config, architecture: { ...config.architecture, hidden: 8 } };
    await expect(verified({ ...files, [MODEL_FILES.config]: JSON.stringify(wider) })).rejects.toMatchObject({
      code: "model_invalid",
    });
  });
});
