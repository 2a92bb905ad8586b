// Emitted graphs compared with stored ones, so that a change of what Forewarn emits is seen and reviewed as a diff.
// `UPDATE_GOLDEN=1 npx vitest run test/golden` rewrites the stored ones. Each directory entry belongs to one graph.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRng } from "../src/base/index.ts";
import {
  abs,
  adamStep,
  add,
  addAndNorm,
  checkModel,
  concat,
  describeModel,
  div,
  elu,
  emitModel,
  exp,
  gate,
  gemm,
  gradients,
  input,
  layOut,
  log,
  lstm,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  pad,
  parameter,
  relu,
  reshape,
  type Shape,
  sigmoid,
  slice,
  softmax,
  softplus,
  sort,
  split,
  sqrt,
  sub,
  sum,
  sumAll,
  type Tensor,
  tanh,
  transpose,
} from "../src/graph/index.ts";
import {
  type Architecture,
  DROPOUT_SITES,
  declareParameters,
  inferenceGraph,
  type ModelDimensions,
  startValues,
  trainingGraph,
} from "../src/model/index.ts";
import "./support/allclose.ts";
import { runModel } from "./support/evaluate.ts";

const DIRECTORY = fileURLToPath(new URL("golden/onnx/", import.meta.url));
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

/** Every stored model: .txt files hold its description, .onnx files its bytes. */
const goldens: Record<string, () => Uint8Array> = {
  "arithmetic.txt": () => {
    const [a, b] = parameters([2, 3], [3]) as [Tensor, Tensor];
    return withGradients(div(sub(mul(a, b), neg(a)), add(b, maximum(minimum(a, b), abs(b)))), [a, b]);
  },
  "functions.txt": () => {
    const [x] = parameters([2, 3]) as [Tensor];
    const rates = [exp, log, sqrt, sigmoid, tanh, softplus, relu, elu];
    return withGradients(
      rates.map((f) => f(x)).reduce((total, y) => add(total, y)),
      [x],
    );
  },
  "shapes.txt": () => {
    const [x] = parameters([2, 3, 4]) as [Tensor];
    const [first, , last] = split(transpose(x, [2, 0, 1]), 0, [1, 1, 2]) as [Tensor, Tensor, Tensor];
    return withGradients(concat([pad(slice(first, 2, 0, 2), 2, 1, 0), reshape(last, [2, 2, 3])], 0), [x]);
  },
  "normalisation.txt": () => {
    const tensors = parameters([2, 5], [2, 5], [5], [5]) as [Tensor, Tensor, Tensor, Tensor];
    const [x, y, gamma, beta] = tensors;
    const weights = softmax(addAndNorm(x, gate(x, y), gamma, beta));
    return withGradients(mul(weights, mean(sum(x, [0]), [1])), tensors);
  },
  "products.txt": () => products(false),
  "products-portable.txt": () => products(true),
  "lstm.txt": () => {
    const tensors = parameters([3, 2, 4], [8, 4], [8, 2], [8], [2, 2], [2, 2]);
    const { sequence, cell } = lstm(...(tensors as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]));
    return withGradients(add(sequence, cell), tensors);
  },
  "two-layer-step.txt": twoLayerStep,
  "two-layer-step.onnx": twoLayerStep,
  "tft-direct.txt": () => tft("direct", { rules: 0, candidates: 0, breachFeatures: 0 }),
  "tft-candidates.txt": () => tft("candidates", {}),
  "sort-portable.txt": () =>
    emitModel({
      outputs: { y: sort(input("x", [2, 3])) },
      portable: true,
      parameters: stored([]),
      metadata: { a: "b" },
    }),
};

/** Model of the smallest sizes at which no two axes are alike. */
const dimensions: ModelDimensions = {
  pastWidths: [2, 3],
  knownWidths: [1],
  staticWidths: [2, 1],
  pastTokens: 3,
  futureTokens: 2,
  patchSteps: 2,
  targets: 2,
  candidates: 3,
  windowOffsets: true,
  shallowHazards: true,
  rules: 2,
  groupEnds: [1, 4],
  breachFeatures: 2,
};

function architecture(head: Architecture["head"]): Architecture {
  return { hidden: 4, heads: 1, head, dropout: 0.1, quantiles: [0.1, 0.5, 0.9] };
}

function tft(head: Architecture["head"], changes: Partial<ModelDimensions>): Uint8Array {
  const sized = { ...dimensions, ...changes };
  const weights = startValues(declareParameters(architecture(head), sized), createRng(1));
  return inferenceGraph(architecture(head), sized, 2, weights, { explain: true });
}

function products(portable: boolean): Uint8Array {
  const [x, w, c, batch] = parameters([2, 3], [3, 4], [4], [5, 4, 2]) as [Tensor, Tensor, Tensor, Tensor];
  const rows = gemm(x, w, c);
  return withGradients(matmul(matmul(batch, rows, true, true, 0.5), x), [x, w, c, batch], portable);
}

function twoLayerStep(): Uint8Array {
  const weights = parameters([3, 4], [4], [4, 1], [1]) as [Tensor, Tensor, Tensor, Tensor];
  const [w1, b1, w2, b2] = weights;
  const error = sub(gemm(elu(gemm(input("x", [5, 3]), w1, b1)), w2, b2), input("y", [5, 1]));
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 };
  const { outputs } = adamStep(reshape(mean(mul(error, error), [0, 1]), []), weights, options);
  return emitModel({ outputs, parameters: { kind: "vector", name: "p", ...layOut(weights) } });
}

function withGradients(y: Tensor, wanted: readonly Tensor[], portable = false): Uint8Array {
  const slopes = gradients(sumAll(mul(y, y)), wanted).map((t, i) => [`gradient${i}`, t] as const);
  return emitModel({ outputs: { y, ...Object.fromEntries(slopes) }, parameters: stored(wanted), portable });
}

function parameters(...shapes: Shape[]): Tensor[] {
  return shapes.map((shape, i) => parameter(`p${i}`, shape));
}

/** All ones: descriptions show names and shapes only. */
function stored(tensors: readonly Tensor[]) {
  const values = layOut(tensors).slots.map(
    ({ name, shape }) => [name, new Float32Array(shape.reduce((p, n) => p * n, 1)).fill(1)] as const,
  );
  return { kind: "initialisers" as const, values: new Map(values) };
}

test.each(Object.entries(goldens))("%s", (file, emit) => {
  const model = emit();
  checkModel(model);
  const content = Buffer.from(file.endsWith(".txt") ? describeModel(model) : model);
  const path = join(DIRECTORY, file);
  if (UPDATE) {
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(path, content);
  }
  expect(existsSync(path), `${file} is not stored yet: run with UPDATE_GOLDEN=1`).toBe(true);
  if (file.endsWith(".txt")) expect(content.toString()).toBe(readFileSync(path, "utf8"));
  else expect(content.equals(readFileSync(path)), "the bytes differ; two-layer-step.txt may say where").toBe(true);
});

test("every stored file belongs to a graph", () => {
  const stray = readdirSync(DIRECTORY).filter((file) => !(file in goldens));
  if (UPDATE) for (const file of stray) rmSync(join(DIRECTORY, file));
  expect(UPDATE ? [] : stray).toEqual([]);
});

test("the stored bytes run: from zero weights only the last bias moves, by the learning rate", async () => {
  const [total, bias] = [21, 20];
  const vector = () => ({ shape: [total], data: new Float32Array(total) });
  const one = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
  const results = await runModel(readFileSync(join(DIRECTORY, "two-layer-step.onnx")), {
    ...{ p: vector(), m: vector(), v: vector(), average: vector() },
    ...{ learningRate: one(0.1), correction1: one(10), correction2: one(1000), averageDecay: one(0.75) },
    x: { shape: [5, 3], data: new Float32Array(15).fill(1) },
    y: { shape: [5, 1], data: new Float32Array(5).fill(2) },
  });
  expect(results["loss"]!.data).toEqual(Float32Array.of(4));
  expect(results["gradientNorm"]!.data).toBeAllclose([4]);
  expect(results["nextP"]!.data).toBeAllclose(new Float32Array(total).fill(0.1, bias));
  expect(results["nextAverage"]!.data).toBeAllclose(new Float32Array(total).fill(0.025, bias));
});

test("the training step of either head is sound and takes the batch it documents", () => {
  for (const head of ["direct", "candidates"] as const) {
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
    const { model } = trainingGraph(architecture(head), dimensions, 2, options);
    const inputs = new Map(checkModel(model).inputs.map(({ name, shape }) => [name, shape]));
    expect(inputs.get("past")).toEqual([2, 3, 6]);
    expect(inputs.get("dropout")).toEqual([DROPOUT_SITES, 2, 4]);
    expect(inputs.get("target")).toEqual([2, 2, 2, 2]);
    expect(inputs.has("candidates")).toBe(head === "candidates");
  }
});
