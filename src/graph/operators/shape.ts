// Operators that move elements without changing them.
import {
  apply,
  applyAll,
  broadcastShapes,
  type Emitter,
  type Operator,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import { zeros } from "./leaves.ts";
import { sumTo } from "./reduce.ts";

const reshapeOperator: Operator = {
  name: "reshape",
  infer: ([x], attributes) => {
    const shape = attributes["shape"] as Shape;
    if (sizeOf(shape) !== sizeOf(x!.shape)) throw new Error(`reshape: [${x!.shape}] does not fit [${shape}]`);
    return [{ shape, type: "float32" }];
  },
  emit: (node, inputs, emitter) =>
    emitter.node("Reshape", [...inputs, emitter.int64(node.attributes["shape"] as number[])]),
  gradient: (node, [dy]) => [reshape(dy!, node.inputs[0]!.shape)],
};

const transposeOperator: Operator = {
  name: "transpose",
  infer: ([x], attributes) => {
    const permutation = attributes["permutation"] as number[];
    const axes = x!.shape.map((_, axis) => axis);
    if (
      !sameShape(
        permutation.toSorted((a, b) => a - b),
        axes,
      )
    ) {
      throw new Error(`transpose: [${permutation}] does not permute the axes of [${x!.shape}]`);
    }
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), type: "float32" }];
  },
  emit: (node, inputs, emitter) =>
    emitter.node("Transpose", inputs, { attributes: { perm: node.attributes["permutation"] as number[] } }),
  gradient: (node, [dy]) => {
    const permutation = node.attributes["permutation"] as number[];
    return [
      transpose(
        dy!,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
};

const broadcastOperator: Operator = {
  name: "broadcast",
  infer: ([x], attributes) => {
    const shape = attributes["shape"] as Shape;
    if (!sameShape(broadcastShapes(x!.shape, shape), shape)) {
      throw new Error(`broadcast: [${x!.shape}] does not fit [${shape}]`);
    }
    return [{ shape, type: "float32" }];
  },
  emit: (node, inputs, emitter) =>
    emitter.node("Expand", [...inputs, emitter.int64(node.attributes["shape"] as number[])]),
  gradient: (node, [dy]) => [sumTo(dy!, node.inputs[0]!.shape)],
};

const concatOperator: Operator = {
  name: "concat",
  infer: (inputs, attributes) => {
    const axis = attributes["axis"] as number;
    const first = inputs[0]!.shape;
    for (const { shape } of inputs) {
      if (shape.length !== first.length || shape.some((n, i) => i !== axis && n !== first[i])) {
        throw new Error(`concat: [${shape}] does not fit [${first}] beside axis ${axis}`);
      }
    }
    const length = inputs.reduce((total, { shape }) => total + shape[axis]!, 0);
    return [{ shape: first.map((n, i) => (i === axis ? length : n)), type: "float32" }];
  },
  emit: (node, inputs, emitter) => [emitConcat(inputs, node.attributes["axis"] as number, emitter)],
  gradient: (node, [dy]) => {
    const axis = node.attributes["axis"] as number;
    return [
      ...split(
        dy!,
        axis,
        node.inputs.map(({ shape }) => shape[axis]!),
      ),
    ];
  },
};

const splitOperator: Operator = {
  name: "split",
  infer: ([x], attributes) => {
    const axis = attributes["axis"] as number;
    const sizes = attributes["sizes"] as number[];
    if (sizes.reduce((a, b) => a + b, 0) !== x!.shape[axis]) {
      throw new Error(`split: sizes [${sizes}] do not fill axis ${axis} of [${x!.shape}]`);
    }
    return sizes.map((size) => ({ shape: x!.shape.map((n, i) => (i === axis ? size : n)), type: "float32" as const }));
  },
  emit: (node, [x], emitter) =>
    emitSplit(x!, node.attributes["axis"] as number, node.attributes["sizes"] as number[], emitter),
  gradient: (node, gradients) => [
    concat(
      gradients.map((dy, i) => dy ?? zeros(node.outputs[i]!.shape)),
      node.attributes["axis"] as number,
    ),
  ],
};

const padOperator: Operator = {
  name: "pad",
  infer: ([x], attributes) => {
    const { axis, before, after } = attributes as { axis: number; before: number; after: number };
    return [{ shape: x!.shape.map((n, i) => (i === axis ? before + n + after : n)), type: "float32" }];
  },
  emit: (node, inputs, emitter) => {
    const { axis, before, after } = node.attributes as { axis: number; before: number; after: number };
    const at = (amount: number) => node.inputs[0]!.shape.map((_, i) => (i === axis ? amount : 0));
    return emitter.node("Pad", [...inputs, emitter.int64([...at(before), ...at(after)])]);
  },
  gradient: (node, [dy]) => {
    const { axis, before } = node.attributes as { axis: number; before: number };
    return [slice(dy!, axis, before, before + node.inputs[0]!.shape[axis]!)];
  },
};

const sliceOperator: Operator = {
  name: "slice",
  infer: ([x], attributes) => {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    if (!(0 <= start && start < end && end <= x!.shape[axis]!)) {
      throw new Error(`slice: [${start}, ${end}) is not inside axis ${axis} of [${x!.shape}]`);
    }
    return [{ shape: x!.shape.map((n, i) => (i === axis ? end - start : n)), type: "float32" }];
  },
  emit: (node, [x], emitter) => {
    const { axis, start, end } = node.attributes as { axis: number; start: number; end: number };
    return [emitSlice(x!, axis, start, end, emitter)];
  },
  gradient: (node, [dy]) => {
    const { axis, start, end } = node.attributes as { axis: number; start: number; end: number };
    return [pad(dy!, axis, start, node.inputs[0]!.shape[axis]! - end)];
  },
};

/** A shader of WebGPU binds 16 storage buffers at most; ONNX Runtime needs some of its own. */
const MOST_BOUND = 12;

/** ONNX nodes that cut a tensor into parts, and their names. */
export function emitSplit(x: string, axis: number, sizes: readonly number[], emitter: Emitter): string[] {
  if (emitter.device === "cpu" || sizes.length <= MOST_BOUND) {
    return emitter.node("Split", [x, emitter.int64(sizes)], { attributes: { axis }, outputs: sizes.length });
  }
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return emitSlice(x, axis, start - size, start, emitter);
  });
}

/** ONNX nodes that join tensors, and the name of the result: on a GPU a tree of joins. */
export function emitConcat(parts: readonly string[], axis: number, emitter: Emitter): string {
  if (parts.length === 1) return parts[0]!;
  if (emitter.device === "cpu" || parts.length <= MOST_BOUND) {
    return emitter.node("Concat", parts, { attributes: { axis } })[0]!;
  }
  const groups = Array.from({ length: Math.ceil(parts.length / MOST_BOUND) }, (_, i) =>
    emitConcat(parts.slice(i * MOST_BOUND, (i + 1) * MOST_BOUND), axis, emitter),
  );
  return emitConcat(groups, axis, emitter);
}

/** ONNX node for the elements [start, end) of an axis, and its name. */
export function emitSlice(x: string, axis: number, start: number, end: number, emitter: Emitter): string {
  return emitter.node("Slice", [x, emitter.int64([start]), emitter.int64([end]), emitter.int64([axis])])[0]!;
}

/** The same elements in row-major order under another shape. A chain of reshapes becomes one, or none. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const source = x.node.operator === reshapeOperator ? x.node.inputs[0]! : x;
  return sameShape(source.shape, shape) ? source : apply(reshapeOperator, [source], { shape: [...shape] });
}

/** Axes in another order: output axis i is input axis permutation[i]. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return x.shape.every((_, axis) => permutation[axis] === axis)
    ? x
    : apply(transposeOperator, [x], { permutation: [...permutation] });
}

/** Repeats axes of length 1, and adds leading ones, up to `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(broadcastOperator, [x], { shape: [...shape] });
}

/** Joins tensors along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? parts[0]! : apply(concatOperator, parts, { axis });
}

/** Cuts a tensor along an axis into parts of the given lengths. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  return sizes.length === 1 ? [x] : applyAll(splitOperator, [x], { axis, sizes: [...sizes] });
}

/** Elements [start, end) of an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  return start === 0 && end === x.shape[axis] ? x : apply(sliceOperator, [x], { axis, start, end });
}

/** Puts zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before + after === 0 ? x : apply(padOperator, [x], { axis, before, after });
}
