// Reads back the parts of an ONNX model that Forewarn checks, compares and prints. Message and field numbers follow
// onnx/onnx.proto (IR version 9).
import { readFields, readPacked, type WireField } from "./wire.ts";

/** An input, output or initialiser. */
export interface OnnxValue {
  name: string;
  shape: number[];
}

/** A constant or a weight. */
export interface OnnxInitialiser extends OnnxValue {
  /** Of float32 and int64 initialisers with at most {@link SMALL_SIZE} elements; undefined for all others. */
  values: number[] | undefined;
}

/** Initialisers of at most this many elements are read with their values. */
export const SMALL_SIZE = 8;

/** A node as it stands in the file. */
export interface OnnxNode {
  opType: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, number | number[] | string>;
}

/** A model without the values of its larger weights. */
export interface OnnxModel {
  nodes: OnnxNode[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initialisers: OnnxInitialiser[];
  opsets: Record<string, number>;
  metadata: Record<string, string>;
}

/**
 * Reads a model.
 * @throws Error "protobuf: ..." or "onnx: ..." when the bytes are no ONNX model.
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const fields = readFields(bytes);
  const graph = readGraph(fields);
  return {
    nodes: messages(graph, 1).map(readNode),
    initialisers: messages(graph, 5).map(readInitialiser),
    inputs: messages(graph, 11).map(readValueInfo),
    outputs: messages(graph, 12).map(readValueInfo),
    opsets: Object.fromEntries(messages(fields, 8).map((entry) => [text(entry, 1), number(entry, 2)])),
    metadata: Object.fromEntries(messages(fields, 14).map((entry) => [text(entry, 1), text(entry, 2)])),
  };
}

/** Reads only the inputs of a model, without looking at its nodes. Throws as {@link readModel}. */
export function readInputs(bytes: Uint8Array): OnnxValue[] {
  return messages(readGraph(readFields(bytes)), 11).map(readValueInfo);
}

function readGraph(fields: WireField[]): WireField[] {
  const graphs = messages(fields, 7);
  if (graphs.length !== 1) throw new Error(`onnx: Expected one graph, got ${graphs.length}`);
  return graphs[0]!;
}

function readNode(fields: WireField[]): OnnxNode {
  return {
    inputs: texts(fields, 1),
    outputs: texts(fields, 2),
    opType: text(fields, 4),
    domain: text(fields, 7),
    attributes: Object.fromEntries(messages(fields, 5).map((entry) => [text(entry, 1), readAttribute(entry)])),
  };
}

function readAttribute(fields: WireField[]): number | number[] | string {
  switch (number(fields, 20)) {
    case 1:
      return number(fields, 2);
    case 2:
      return number(fields, 3);
    case 3:
      return text(fields, 4);
    case 7:
      return integers(fields, 8);
    default:
      throw new Error(`onnx: unsupported attribute type ${number(fields, 20)}`);
  }
}

function readInitialiser(fields: WireField[]): OnnxInitialiser {
  const shape = integers(fields, 1);
  const size = shape.reduce((product, n) => product * n, 1);
  const values = size <= SMALL_SIZE ? readValues(blobs(fields, 9)[0], number(fields, 2), size) : undefined;
  return { name: text(fields, 8), shape, values };
}

/** Little-endian raw data of element type 1 (float32) or 7 (int64). */
function readValues(data: Uint8Array | undefined, elementType: number, size: number): number[] | undefined {
  const width = { 1: 4, 7: 8 }[elementType];
  if (data === undefined || width === undefined) return undefined;
  if (data.length !== width * size)
    throw new Error(`onnx: Expected ${width * size} bytes of values, got ${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: size }, (_, i) =>
    elementType === 1 ? view.getFloat32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
  );
}

function readValueInfo(fields: WireField[]): OnnxValue {
  const shape = messages(fields, 2)
    .flatMap((type) => messages(type, 1))
    .flatMap((tensor) => messages(tensor, 2))
    .flatMap((dims) => messages(dims, 1))
    .map((dim) => number(dim, 1));
  return { name: text(fields, 1), shape };
}

function messages(fields: WireField[], field: number): WireField[][] {
  return blobs(fields, field).map(readFields);
}

function blobs(fields: WireField[], field: number): Uint8Array[] {
  return fields.flatMap((entry) => (entry.field === field && typeof entry.value !== "number" ? [entry.value] : []));
}

function texts(fields: WireField[], field: number): string[] {
  return blobs(fields, field).map((bytes) => new TextDecoder().decode(bytes));
}

function text(fields: WireField[], field: number): string {
  return texts(fields, field)[0] ?? "";
}

function integers(fields: WireField[], field: number): number[] {
  return blobs(fields, field).flatMap(readPacked);
}

function number(fields: WireField[], field: number): number {
  const entry = fields.find((f) => f.field === field);
  return typeof entry?.value === "number" ? entry.value : 0;
}
