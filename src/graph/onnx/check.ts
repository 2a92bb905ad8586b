// Structural check of an ONNX model: what must hold before any runtime is asked to load it.
import { ForewarnError } from "../../base/index.ts";
import { type OnnxModel, readModel } from "./read.ts";

/**
 * Checks that every value is defined once and before its use, that outputs exist and that every operator set is declared.
 * @returns The model as read.
 * @throws ForewarnError `graph_invalid` naming the first fault.
 */
export function checkModel(bytes: Uint8Array): OnnxModel {
  const model = parse(bytes);
  const defined = new Set<string>();
  const define = (name: string, what: string): void => {
    if (name === "") throw invalid(`${what} without a name`);
    if (defined.has(name)) throw invalid(`${what} "${name}" is defined twice`);
    defined.add(name);
  };
  for (const { name } of model.inputs) define(name, "input");
  for (const { name } of model.initialisers) define(name, "initialiser");
  for (const [i, node] of model.nodes.entries()) {
    const where = `node ${i} (${node.opType})`;
    if (!Object.hasOwn(model.opsets, node.domain)) {
      throw invalid(`${where}: operator set "${node.domain}" is not declared`);
    }
    for (const name of node.inputs) {
      if (name !== "" && !defined.has(name)) throw invalid(`${where}: "${name}" is used before it is defined`);
    }
    for (const name of node.outputs) if (name !== "") define(name, where);
  }
  const listed = new Set<string>();
  for (const { name } of model.outputs) {
    if (!defined.has(name)) throw invalid(`output "${name}" is computed by no node`);
    if (listed.has(name)) throw invalid(`output "${name}" is listed twice`);
    listed.add(name);
  }
  return model;
}

function parse(bytes: Uint8Array): OnnxModel {
  try {
    return readModel(bytes);
  } catch (error) {
    throw new ForewarnError("graph_invalid", `onnx: Expected an ONNX model, got unreadable bytes`, { cause: error });
  }
}

function invalid(message: string): ForewarnError {
  return new ForewarnError("graph_invalid", `onnx: ${message}`);
}
