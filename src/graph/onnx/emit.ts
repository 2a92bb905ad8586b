// A graph as an ONNX model. The same graph becomes a training step (parameters cut from one flat input vector) or an
// inference model (parameters as named initialisers).
import { sha256 } from "../../base/index.ts";
import { topologicalOrder } from "../gradient.ts";
import { emitSplit } from "../operators/shape.ts";
import {
  type Device,
  type EmitOptions,
  type Emitter,
  type Node,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import { createWireWriter, type WireWriter } from "./wire.ts";

/** Place of a parameter in the flat parameter vector. */
export interface ParameterSlot {
  name: string;
  shape: Shape;
  offset: number;
}

/** Where the parameters' values come from. */
export type ParameterSource =
  /** Stored in the model under their names. */
  | { kind: "initialisers"; values: ReadonlyMap<string, Float32Array> }
  /** Cut from the input `name` of shape [total]; the slots follow each other without gaps. */
  | { kind: "vector"; name: string; slots: readonly ParameterSlot[]; total: number };

/** What to emit. */
export interface EmitRequest {
  /** Output name -> tensor. */
  outputs: Readonly<Record<string, Tensor>>;
  parameters: ParameterSource;
  /** Only operators of the ONNX standard, for other runtimes; a little slower. */
  portable?: boolean;
  /** Where it will run, the CPU unless given. */
  device?: Device;
  /** Written into the model's metadata. */
  metadata?: Readonly<Record<string, string>>;
}

const IR_VERSION = 9;
const OPSET_VERSION = 17;
const MICROSOFT_OPSET_VERSION = 1;
const ELEMENT_TYPE = { float32: 1, int64: 7, bool: 9 } as const;
const ATTRIBUTE_TYPE = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/**
 * Emits an ONNX model. The same graph gives the same bytes.
 * @throws Error when a parameter has no value or slot, or two inputs share a name but not a shape.
 */
export function emitModel({
  outputs,
  parameters,
  portable = false,
  device = "cpu",
  metadata = {},
}: EmitRequest): Uint8Array<ArrayBuffer> {
  const nodes: ((writer: WireWriter) => void)[] = [];
  const initialisers: ((writer: WireWriter) => void)[] = [];
  const inputs = new Map<string, Shape>();
  const names = new Map<Node, readonly string[]>();
  const constants = new Map<string, string>();
  let counter = 0;

  const emitter: Emitter = {
    portable,
    device,
    node(opType, operands, options = {}) {
      const results = Array.from({ length: options.outputs ?? 1 }, () => `t${counter++}`);
      nodes.push((writer) => writeNode(writer, opType, operands, results, options));
      return results;
    },
    int64(values) {
      const key = `i:${values.join(",")}`;
      return shared(key, () => new BigInt64Array(values.map(BigInt)), "int64", [values.length]);
    },
    float32(values, shape = [values.length]) {
      const data = Float32Array.from(values);
      const key = `f:${shape.join("x")}:${sha256(new Uint8Array(data.buffer))}`;
      return shared(key, () => data, "float32", shape);
    },
  };
  const shared = (key: string, data: () => Float32Array | BigInt64Array, type: "float32" | "int64", shape: Shape) => {
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = `c${counter++}`;
    constants.set(key, name);
    const values = data();
    initialisers.push((writer) => writeInitialiser(writer, name, values, type, shape));
    return name;
  };

  const slotNames = parameters.kind === "vector" ? cutVector(parameters, inputs, emitter) : undefined;
  const emitParameter = (name: string, shape: Shape): string => {
    if (parameters.kind === "vector") {
      const slot = slotNames!.get(name);
      if (slot === undefined) throw new Error(`emit: parameter ${name} has no slot`);
      return shape.length === 1 ? slot : emitter.node("Reshape", [slot, emitter.int64([...shape])])[0]!;
    }
    const values = parameters.values.get(name);
    if (!values) throw new Error(`emit: parameter ${name} has no value`);
    if (values.length !== sizeOf(shape)) {
      throw new Error(`emit: parameter ${name} has ${values.length} values for shape [${shape}]`);
    }
    initialisers.push((writer) => writeInitialiser(writer, name, values, "float32", shape));
    return name;
  };

  const emitConstant = (values: Float32Array, shape: Shape): string =>
    values.length > 64 && values.every((x) => Object.is(x, 0))
      ? emitter.node("ConstantOfShape", [emitter.int64([...shape])])[0]!
      : emitter.float32(values, shape);

  for (const node of topologicalOrder(Object.values(outputs))) {
    names.set(node, emitOne(node));
  }
  function emitOne(node: Node): readonly string[] {
    const { name, shape, values } = node.attributes as { name: string; shape: Shape; values: Float32Array };
    switch (node.operator.name) {
      case "input": {
        const known = inputs.get(name) ?? shape;
        if (!sameShape(known, shape)) throw new Error(`emit: input ${name} is [${known}] and [${shape}]`);
        inputs.set(name, shape);
        return [name];
      }
      case "parameter":
        return [emitParameter(name, shape)];
      case "constant":
        return [emitConstant(values, shape)];
      default:
        return node.operator.emit(
          node,
          node.inputs.map((t) => names.get(t.node)![t.index]!),
          emitter,
        );
    }
  }

  const writer = createWireWriter();
  writer.integer(1, IR_VERSION);
  writer.text(2, "forewarn");
  writer.message(7, (graph) => {
    for (const node of nodes) graph.message(1, node);
    for (const [name, tensor] of Object.entries(outputs)) {
      graph.message(1, (w) => writeNode(w, "Identity", [names.get(tensor.node)![tensor.index]!], [name], {}));
    }
    graph.text(2, "forewarn");
    for (const initialiser of initialisers) graph.message(5, initialiser);
    for (const [name, shape] of inputs) graph.message(11, (w) => writeValueInfo(w, name, shape));
    for (const [name, tensor] of Object.entries(outputs))
      graph.message(12, (w) => writeValueInfo(w, name, tensor.shape));
  });
  for (const [domain, version] of [
    ["", OPSET_VERSION],
    ...(portable ? [] : [["com.microsoft", MICROSOFT_OPSET_VERSION] as const]),
  ] as const) {
    writer.message(8, (w) => {
      w.text(1, domain);
      w.integer(2, version);
    });
  }
  for (const [key, value] of Object.entries(metadata)) {
    writer.message(14, (w) => {
      w.text(1, key);
      w.text(2, value);
    });
  }
  return writer.finish();
}

function cutVector(
  { name, slots, total }: Extract<ParameterSource, { kind: "vector" }>,
  inputs: Map<string, Shape>,
  emitter: Emitter,
): Map<string, string> {
  inputs.set(name, [total]);
  const sizes = slots.map((slot, i) => (slots[i + 1]?.offset ?? total) - slot.offset);
  const parts = emitSplit(name, 0, sizes, emitter);
  return new Map(slots.map((slot, i) => [slot.name, parts[i]!]));
}

function writeNode(
  writer: WireWriter,
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { domain = "", attributes = {} }: EmitOptions,
): void {
  for (const name of inputs) writer.text(1, name);
  for (const name of outputs) writer.text(2, name);
  writer.text(4, opType);
  for (const [name, value] of Object.entries(attributes)) {
    writer.message(5, (w) => {
      w.text(1, name);
      if (typeof value === "number") {
        w.integer(3, value);
        w.integer(20, ATTRIBUTE_TYPE.integer);
      } else if (typeof value === "string") {
        w.text(4, value);
        w.integer(20, ATTRIBUTE_TYPE.text);
      } else if ("float" in value) {
        w.float(2, value.float);
        w.integer(20, ATTRIBUTE_TYPE.float);
      } else {
        w.integers(8, value);
        w.integer(20, ATTRIBUTE_TYPE.integers);
      }
    });
  }
  if (domain) writer.text(7, domain);
}

function writeInitialiser(
  writer: WireWriter,
  name: string,
  values: Float32Array | BigInt64Array,
  type: "float32" | "int64",
  shape: Shape,
): void {
  writer.integers(1, shape);
  writer.integer(2, ELEMENT_TYPE[type]);
  writer.text(8, name);
  writer.bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeValueInfo(writer: WireWriter, name: string, shape: Shape): void {
  writer.text(1, name);
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ELEMENT_TYPE.float32);
      tensor.message(2, (dims) => {
        for (const n of shape) dims.message(1, (dim) => dim.integer(1, n));
      });
    }),
  );
}
