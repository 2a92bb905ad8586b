// Sums over axes, and the sum that undoes a broadcast.
import { apply, type Operator, type Shape, sameShape, type Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { constant, scalar } from "./leaves.ts";
import { matmul } from "./matmul.ts";
import { broadcastTo, reshape } from "./shape.ts";

const sumOperator: Operator = {
  name: "sum",
  infer: ([x], attributes) => {
    const axes = attributes["axes"] as number[];
    return [{ shape: x!.shape.map((n, i) => (axes.includes(i) ? 1 : n)), type: "float32" }];
  },
  emit: (node, inputs, emitter) =>
    emitter.node("ReduceSum", [...inputs, emitter.int64(node.attributes["axes"] as number[])], {
      attributes: { keepdims: 1 },
    }),
  gradient: (node, [dy]) => [broadcastTo(dy!, node.inputs[0]!.shape)],
};

const meanOperator: Operator = {
  name: "mean",
  infer: sumOperator.infer,
  // Axes are an attribute of ReduceMean, and an input of ReduceSum, in operator set 17.
  emit: (node, inputs, emitter) =>
    emitter.node("ReduceMean", inputs, { attributes: { axes: node.attributes["axes"] as number[], keepdims: 1 } }),
  gradient: (node, [dy]) => {
    const { shape } = node.inputs[0]!;
    const count = (node.attributes["axes"] as number[]).reduce((product, axis) => product * shape[axis]!, 1);
    return [broadcastTo(mul(dy!, scalar(1 / count)), shape)];
  },
};

/** Sum over `axes`, which stay with length 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : apply(sumOperator, [x], { axes: [...axes] });
}

/** Mean over `axes`, which stay with length 1. */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : apply(meanOperator, [x], { axes: [...axes] });
}

/** Sum of the rows of a matrix, as a product with ones: several times faster than a reduction.  [n, m] -> [1, m] */
export function sumRows(x: Tensor): Tensor {
  const rows = x.shape[0]!;
  return matmul(constant(new Float32Array(rows).fill(1), [1, rows]), x);
}

/** Sum of all elements, shape []. */
export function sumAll(x: Tensor): Tensor {
  return reshape(
    sum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );
}

/** Sums `x` down to `shape`, from which it was broadcast. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  if (axes.length === 0) return reshape(x, shape);
  const onlyRows = x.shape.length === 2 && axes.length === 1 && axes[0] === 0;
  return reshape(onlyRows ? sumRows(x) : sum(x, axes), shape);
}
