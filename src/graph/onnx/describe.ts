// An ONNX model as text, one line a node, so that a change of an emitted graph can be read in a diff.
import { type OnnxInitialiser, readModel } from "./read.ts";

/** Names that {@link emitModel} gives to constants. */
const CONSTANT_NAME = /^c\d+$/;

/**
 * Text of a model: inputs, initialisers, nodes in order, outputs. Small constants appear with their values to seven
 * digits; weights and larger constants by name and shape only.
 */
export function describeModel(bytes: Uint8Array): string {
  const { inputs, initialisers, nodes, outputs, opsets } = readModel(bytes);
  const value = ({ name, shape }: { name: string; shape: number[] }) => `${name}[${shape.join(",")}]`;
  return [
    ...Object.entries(opsets).map(([domain, version]) => `opset ${domain || "ai.onnx"} ${version}`),
    ...inputs.map((entry) => `input ${value(entry)}`),
    ...initialisers.map((entry) => `initialiser ${value(entry)}${constantText(entry)}`),
    ...nodes.map(({ opType, inputs: from, outputs: to, attributes }) => {
      const details = Object.entries(attributes).map(([key, detail]) => ` ${key}=${detail}`);
      return `${to.join(" ")} = ${opType}(${from.join(", ")})${details.join("")}`;
    }),
    ...outputs.map((entry) => `output ${value(entry)}`),
    "",
  ].join("\n");
}

function constantText({ name, values }: OnnxInitialiser): string {
  if (values === undefined || !CONSTANT_NAME.test(name)) return "";
  return ` = ${values.map((value) => Number(value.toPrecision(7))).join(" ")}`;
}
