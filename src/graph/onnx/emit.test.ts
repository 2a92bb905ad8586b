import { describe, expect, test } from "vitest";
import "../../../test/support/allclose.ts";
import { evaluate, runModel } from "../../../test/support/evaluate.ts";
import { createRng } from "../../base/index.ts";
import {
  add,
  broadcastTo,
  constant,
  describeModel,
  elu,
  emitModel,
  gate,
  gemm,
  gradients,
  input,
  layerNorm,
  lstm,
  matmul,
  maximum,
  mul,
  parameter,
  reshape,
  slice,
  softmax,
  split,
  sumAll,
  type Tensor,
  transpose,
  zeros,
} from "../index.ts";
import { sizeOf } from "../tensor.ts";
import { checkModel } from "./check.ts";
import { readModel } from "./read.ts";

const x = input("x", [4, 6]);

/** Small networks whose gradients use every operator that a model is made of. */
const networks: Record<string, { y: Tensor; parameters: Tensor[] }> = {
  "gated network": (() => {
    const [w, b, gamma, beta] = [[6, 12], [12], [6], [6]].map((shape, i) => parameter(`p${i}`, shape)) as Tensor[];
    const [value, gating] = split(gemm(x, w!, b!), 1, [6, 6]) as [Tensor, Tensor];
    return {
      y: layerNorm(add(x, gate(elu(value), gating)), gamma!, beta!),
      parameters: [w!, b!, gamma!, beta!],
    };
  })(),
  attention: (() => {
    const w = parameter("w", [2, 3, 3]);
    const heads = transpose(reshape(x, [4, 2, 3]), [1, 0, 2]);
    const scores = matmul(matmul(heads, w), heads, false, true, 0.5);
    return { y: matmul(softmax(scores), heads), parameters: [w] };
  })(),
  recurrence: (() => {
    const shapes = [[8, 3], [8, 2], [8], [2, 2], [2, 2]];
    const parameters = shapes.map((shape, i) => parameter(`p${i}`, shape));
    const [w, r, b, h, c] = parameters as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const { sequence, cell } = lstm(reshape(x, [4, 2, 3]), w, r, b, h, c);
    return { y: add(slice(sequence, 0, 1, 4), broadcastTo(cell, [3, 2, 2])), parameters };
  })(),
  selection: (() => {
    const w = parameter("w", [6]);
    return { y: maximum(mul(x, w), add(zeros([20, 4, 6]), constant([0.1], [1]))), parameters: [w] };
  })(),
};

function training({ y, parameters }: { y: Tensor; parameters: Tensor[] }) {
  const loss = sumAll(mul(y, y));
  const names = parameters.map(({ node }) => `d_${node.attributes["name"]}`);
  const outputs = Object.fromEntries(gradients(loss, parameters).map((t, i) => [names[i]!, t]));
  const rng = createRng(3);
  const feeds = Object.fromEntries(
    [x, ...parameters].map(({ node, shape }) => [
      String(node.attributes["name"]),
      Float32Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    ]),
  );
  return { outputs: { loss, ...outputs } as Record<string, Tensor>, feeds };
}

describe.each(Object.entries(networks))("%s", (_, network) => {
  const { outputs, feeds } = training(network);
  const weights = new Map(Object.entries(feeds));

  test("passes the check, in both kinds of parameters", async () => {
    for (const portable of [false, true]) {
      const model = emitModel({ outputs, portable, parameters: { kind: "initialisers", values: weights } });
      expect(checkModel(model).outputs.map(({ name }) => name)).toEqual(Object.keys(outputs));
      const results = await runModel(model, { x: { shape: x.shape, data: feeds["x"]! } });
      const cutFromVector = await evaluate(outputs, feeds, { portable });
      for (const name of Object.keys(outputs)) {
        expect(cutFromVector[name], name).toBeAllclose(results[name]!.data as Float32Array, { atol: 1e-4, rtol: 1e-4 });
      }
    }
  });

  test("gives the same at every level of optimisation, portable and not", async () => {
    const plainly = await evaluate(outputs, feeds, { optimisation: "disabled" });
    for (const optimisation of ["disabled", "basic", "extended", "all"] as const) {
      for (const portable of [false, true]) {
        const got = await evaluate(outputs, feeds, { optimisation, portable });
        for (const name of Object.keys(outputs)) {
          expect(got[name], `${name}, ${optimisation}`).toBeAllclose(plainly[name]!, { atol: 1e-4, rtol: 1e-4 });
        }
      }
    }
  });

  test("uses the standard's operators only where it is portable", () => {
    const { opsets, nodes } = readModel(
      emitModel({ outputs, portable: true, parameters: { kind: "initialisers", values: weights } }),
    );
    expect(opsets).toEqual({ "": 17 });
    expect(nodes.every(({ domain }) => domain === "")).toBe(true);
  });

  test("has the same bytes each time", () => {
    const emit = () => emitModel({ outputs, parameters: { kind: "initialisers", values: weights } });
    expect(emit()).toEqual(emit());
  });
});

describe("a model", () => {
  const w = parameter("w", [2]);
  const empty = { kind: "initialisers", values: new Map<string, Float32Array>() } as const;

  test("stores equal small constants once, and tells 0 from -0 and [] from [1]", async () => {
    const parts = [constant([2], []), constant([2], []), constant([2], [1]), constant([0], []), constant([-0], [])];
    const outputs = Object.fromEntries(parts.map((part, i) => [`y${i}`, part]));
    expect(readModel(emitModel({ outputs, parameters: empty })).initialisers).toHaveLength(4);
    expect((await evaluate(outputs))["y4"]).toEqual(Float32Array.of(-0));
  });

  test("computes long runs of zeros instead of storing them", () => {
    const bytes = emitModel({ outputs: { y: zeros([100, 100]) }, parameters: empty });
    expect(bytes.length).toBeLessThan(300);
    expect(describeModel(bytes)).toContain("ConstantOfShape");
  });

  test("keeps a parameter's name, shape and values", async () => {
    const values = new Map([["w", Float32Array.of(1.5, -2.5)]]);
    const model = emitModel({ outputs: { y: w }, parameters: { kind: "initialisers", values } });
    expect(readModel(model).initialisers).toEqual([{ name: "w", shape: [2], values: [1.5, -2.5] }]);
    expect((await runModel(model, {}))["y"]!.data).toEqual(Float32Array.of(1.5, -2.5));
  });

  test("describes small constants with their values, weights and larger constants without", () => {
    const y = add(mul(slice(x, 1, 2, 5), constant([0.25, -1, 1e-7], [3])), constant([9], [1]));
    const wide = add(x, constant([1, 2, 3, 4, 5, 6], [6]));
    const large = constant(
      Float32Array.from({ length: 9 }, (_, i) => i + 1),
      [9],
    );
    const values = new Map([["w", Float32Array.of(1.5, -2.5)]]);
    const model = emitModel({ outputs: { y, wide, large, w }, parameters: { kind: "initialisers", values } });
    const lines = describeModel(model)
      .split("\n")
      .filter((line) => line.startsWith("initialiser"))
      .map((line) => line.replace(/ c\d+/, " c"));
    for (const line of ["c[1] = 2", "c[1] = 5", "c[3] = 0.25 -1 1e-7", "c[6] = 1 2 3 4 5 6", "c[9]", "w[2]"]) {
      expect(lines).toContain(`initialiser ${line}`);
    }
  });

  test("carries metadata", () => {
    const metadata = { modelId: "tft_20261123_101500", note: "Grüße" };
    expect(readModel(emitModel({ outputs: { y: zeros([1]) }, parameters: empty, metadata })).metadata).toEqual(
      metadata,
    );
  });

  test("is refused when a parameter has no value, a value of another length, or no slot", () => {
    const outputs = { y: w };
    expect(() => emitModel({ outputs, parameters: empty })).toThrow("emit: parameter w has no value");
    const short = new Map([["w", Float32Array.of(1)]]);
    expect(() => emitModel({ outputs, parameters: { kind: "initialisers", values: short } })).toThrow(
      "emit: parameter w has 1 values for shape [2]",
    );
    const slots = [{ name: "v", shape: [2], offset: 0 }];
    expect(() => emitModel({ outputs, parameters: { kind: "vector", name: "p", slots, total: 2 } })).toThrow(
      "emit: parameter w has no slot",
    );
  });

  test("is refused when two inputs of one name differ in shape", () => {
    const outputs = { a: input("x", [2]), b: input("x", [3]) };
    expect(() => emitModel({ outputs, parameters: empty })).toThrow("emit: input x is [2] and [3]");
  });
});
