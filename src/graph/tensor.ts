// Symbolic tensors with static shapes. A tensor is an output of a node; a node applies an operator to tensors. Nothing
// is computed here: graphs are differentiated (gradient.ts), emitted as ONNX (onnx/emit.ts) and run (session.ts).

/** Static shape; a scalar is []. */
export type Shape = readonly number[];

/** Element types; int64 only appears inside emitted operators, as shape arguments. */
export type ElementType = "float32" | "bool";

/** A symbolic tensor: output `index` of `node`. */
export interface Tensor {
  readonly node: Node;
  readonly index: number;
  readonly shape: Shape;
  readonly type: ElementType;
  /** True when a parameter is among the tensor's ancestors, so that it can receive a gradient. */
  readonly requiresGradient: boolean;
}

/** An application of an operator. */
export interface Node {
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

/** Attributes of an operator: plain data. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Shape and element type of one output. */
export interface TensorType {
  shape: Shape;
  type: ElementType;
}

/** Where a model runs: ONNX Runtime's CPU provider, or its WebGPU provider, which binds few tensors at a time. */
export type Device = "cpu" | "webgpu";

/** Receives the ONNX nodes that an operator turns into. */
export interface Emitter {
  readonly device: Device;
  /** True when only operators of the ONNX standard may be used. */
  readonly portable: boolean;
  /** Appends an ONNX node and returns the names of its outputs. */
  node(opType: string, inputs: readonly string[], options?: EmitOptions): string[];
  /** Name of a constant int64 vector. */
  int64(values: readonly number[]): string;
  /** Name of a constant float tensor. */
  float32(values: readonly number[] | Float32Array, shape?: Shape): string;
}

/** Details of an emitted ONNX node. */
export interface EmitOptions {
  /** Operator set: "" is ONNX's own, "com.microsoft" ONNX Runtime's. */
  domain?: string;
  attributes?: Record<string, number | readonly number[] | string | { float: number }>;
  outputs?: number;
}

/** One kind of operation: its shapes, its ONNX form, its gradient. */
export interface Operator {
  readonly name: string;
  /** Output types; throws an Error that names the shapes when they do not fit. */
  infer(inputs: readonly Tensor[], attributes: Attributes): TensorType[];
  /** Emits ONNX nodes for a node; returns the names of its outputs. */
  emit(node: Node, inputs: readonly string[], emitter: Emitter): string[];
  /**
   * Gradients of the inputs from the gradients of the outputs (undefined where none flows). Absent for operators
   * through which none passes, such as sign; throws where one would have to and is not written.
   */
  gradient?(node: Node, outputGradients: readonly (Tensor | undefined)[]): (Tensor | undefined)[];
}

/** Applies an operator; returns all outputs. */
export function applyAll(
  operator: Operator,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
): readonly Tensor[] {
  const types = operator.infer(inputs, attributes);
  const requiresGradient =
    operator.name === "parameter" || (operator.gradient !== undefined && inputs.some((t) => t.requiresGradient));
  const outputs: Tensor[] = [];
  const node: Node = { operator, inputs, attributes, outputs };
  for (const [index, { shape, type }] of types.entries()) {
    outputs.push({ node, index, shape, type, requiresGradient: requiresGradient && type === "float32" });
  }
  return outputs;
}

/** Applies an operator with one output. */
export function apply(operator: Operator, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  return applyAll(operator, inputs, attributes)[0]!;
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** True when two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Shape after NumPy broadcasting. Throws an Error when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) throw new Error(`broadcast: [${a}] and [${b}] do not fit`);
    return m === 1 ? n : m;
  });
}
