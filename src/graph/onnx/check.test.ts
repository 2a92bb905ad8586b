import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForewarnError } from "../../base/index.ts";
import { add, constant, emitModel, gradients, input, matmul, parameter, sumAll, tanh } from "../index.ts";
import { checkModel } from "./check.ts";
import { type OnnxModel, readModel } from "./read.ts";
import { createWireWriter } from "./wire.ts";

interface Parts {
  opsets?: string[];
  inputs?: string[];
  initialisers?: string[];
  nodes?: { opType?: string; domain?: string; inputs: string[]; outputs: string[] }[];
  outputs?: string[];
  graphs?: number;
}

/** A model of these names, in the wire format. */
function modelOf({
  opsets = [""],
  inputs = [],
  initialisers = [],
  nodes = [],
  outputs = [],
  graphs = 1,
}: Parts): Uint8Array {
  const writer = createWireWriter();
  for (let i = 0; i < graphs; i++) {
    writer.message(7, (graph) => {
      for (const { opType = "Neg", domain = "", inputs: from, outputs: to } of nodes) {
        graph.message(1, (node) => {
          for (const name of from) node.text(1, name);
          for (const name of to) node.text(2, name);
          node.text(4, opType);
          node.text(7, domain);
        });
      }
      for (const name of initialisers) graph.message(5, (tensor) => tensor.text(8, name));
      for (const name of inputs) graph.message(11, (value) => value.text(1, name));
      for (const name of outputs) graph.message(12, (value) => value.text(1, name));
    });
  }
  for (const domain of opsets) {
    writer.message(8, (opset) => {
      opset.text(1, domain);
      opset.integer(2, 17);
    });
  }
  return writer.finish();
}

/** A training step in small: every kind of field that Forewarn writes. */
function realModel(): Uint8Array<ArrayBuffer> {
  const weight = parameter("weight", [2, 3]);
  const y = tanh(matmul(input("x", [4, 2]), weight));
  const loss = sumAll(add(y, constant([1, 2, 3], [3])));
  return emitModel({
    outputs: { loss, gradient: gradients(loss, [weight])[0]! },
    parameters: { kind: "initialisers", values: new Map([["weight", Float32Array.of(0, 1, 2, 3, 4, 5)]]) },
    metadata: { modelId: "tft_1" },
  });
}

/** The model, or null for a refusal as `graph_invalid`; anything else fails the test. */
function tryCheck(bytes: Uint8Array): OnnxModel | null {
  try {
    return checkModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ForewarnError);
    expect((error as ForewarnError).code).toBe("graph_invalid");
    return null;
  }
}

describe("a sound model passes", () => {
  const chain = [
    { inputs: ["x", "w"], outputs: ["a"] },
    { inputs: ["a", "", "x"], outputs: ["", "y"] },
  ];
  test.each<[string, Parts]>([
    ["nodes in order", { inputs: ["x"], initialisers: ["w"], nodes: chain, outputs: ["y"] }],
    ["an input as output", { inputs: ["x"], outputs: ["x"] }],
    ["nothing at all", {}],
    [
      "a declared operator set",
      { opsets: ["", "com.microsoft"], nodes: [{ domain: "com.microsoft", inputs: [], outputs: ["y"] }] },
    ],
  ])("%s", (_, parts) => {
    expect(checkModel(modelOf(parts)).nodes).toHaveLength(parts.nodes?.length ?? 0);
  });
});

describe("a faulty model is refused as graph_invalid", () => {
  const node = (inputs: string[], outputs: string[], domain = "") => ({ inputs, outputs, domain });
  test.each<[string, Parts]>([
    ['onnx: initialiser "x" is defined twice', { inputs: ["x"], initialisers: ["x"] }],
    ['onnx: input "x" is defined twice', { inputs: ["x", "x"] }],
    ['onnx: node 1 (Neg) "y" is defined twice', { nodes: [node([], ["y"]), node([], ["y"])] }],
    ['onnx: node 0 (Neg) "y" is defined twice', { nodes: [node([], ["y", "y"])] }],
    ['onnx: node 0 (Neg): "b" is used before it is defined', { nodes: [node(["b"], ["a"]), node([], ["b"])] }],
    ['onnx: node 0 (Neg): "a" is used before it is defined', { nodes: [node(["a"], ["a"])] }],
    ['onnx: output "z" is computed by no node', { nodes: [node([], ["y"])], outputs: ["z"] }],
    ['onnx: output "" is computed by no node', { outputs: [""] }],
    ['onnx: output "y" is listed twice', { nodes: [node([], ["y"])], outputs: ["y", "y"] }],
    ["onnx: input without a name", { inputs: [""] }],
    ['onnx: node 0 (Neg): operator set "com.microsoft" is not declared', { nodes: [node([], ["y"], "com.microsoft")] }],
    ['onnx: node 0 (Neg): operator set "toString" is not declared', { nodes: [node([], ["y"], "toString")] }],
    ['onnx: node 0 (Neg): operator set "" is not declared', { opsets: [], nodes: [node([], ["y"])] }],
  ])("%s", (message, parts) => {
    expect(() => checkModel(modelOf(parts))).toThrow(new ForewarnError("graph_invalid", message));
  });

  test.each([0, 2])("%d graphs", (graphs) => {
    const cause = new Error(`onnx: Expected one graph, got ${graphs}`);
    expect(() => checkModel(modelOf({ graphs }))).toThrow(
      new ForewarnError("graph_invalid", "onnx: Expected an ONNX model, got unreadable bytes", { cause }),
    );
  });
});

describe("damage to a real model", () => {
  const whole = realModel();

  test("the whole model is sound and read in full", () => {
    const { nodes, inputs, initialisers, outputs, opsets, metadata } = checkModel(whole);
    expect(inputs).toEqual([{ name: "x", shape: [4, 2] }]);
    expect(initialisers).toContainEqual({ name: "weight", shape: [2, 3], values: [0, 1, 2, 3, 4, 5] });
    expect(outputs).toEqual([
      { name: "loss", shape: [] },
      { name: "gradient", shape: [2, 3] },
    ]);
    expect(opsets).toEqual({ "": 17, "com.microsoft": 1 });
    expect(metadata).toEqual({ modelId: "tft_1" });
    expect(nodes.find(({ opType }) => opType === "Gemm")?.attributes).toEqual({ transA: 1, transB: 0, alpha: 1 });
  });

  test("every truncation is refused or reads as a shorter model", () => {
    const nodes = readModel(whole).nodes.length;
    for (let length = 0; length < whole.length; length++) {
      expect(tryCheck(whole.subarray(0, length))?.nodes.length ?? 0).toBeLessThanOrEqual(nodes);
    }
  });

  test("every flipped bit and any bytes are refused or read", () => {
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const damaged = whole.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      tryCheck(damaged);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void tryCheck(bytes)));
  });

  test("a megabyte of unfinished varints is refused at once", () => {
    const writer = createWireWriter();
    writer.message(7, (graph) => graph.message(5, (tensor) => tensor.bytes(1, new Uint8Array(1 << 20).fill(255))));
    expect(tryCheck(writer.finish())).toBeNull();
  }, 2000);
});
