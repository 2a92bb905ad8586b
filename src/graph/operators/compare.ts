// Selection without arithmetic: values behind a false mask cannot leak, not even NaN.
import { apply, broadcastShapes, type Operator, type Tensor } from "../tensor.ts";
import { zeros } from "./leaves.ts";
import { sumTo } from "./reduce.ts";

const greaterOperator: Operator = {
  name: "greater",
  infer: ([a, b]) => [{ shape: broadcastShapes(a!.shape, b!.shape), type: "bool" }],
  emit: (_, inputs, emitter) => emitter.node("Greater", inputs),
};

const whereOperator: Operator = {
  name: "where",
  infer: ([condition, a, b]) => [
    { shape: broadcastShapes(condition!.shape, broadcastShapes(a!.shape, b!.shape)), type: "float32" },
  ],
  emit: (_, inputs, emitter) => emitter.node("Where", inputs),
  gradient: (node, [dy]) => {
    const [condition, a, b] = node.inputs as [Tensor, Tensor, Tensor];
    return [
      undefined,
      a.requiresGradient ? sumTo(where(condition, dy!, zeros([])), a.shape) : undefined,
      b.requiresGradient ? sumTo(where(condition, zeros([]), dy!), b.shape) : undefined,
    ];
  },
};

/** a > b, element by element. */
export function greater(a: Tensor, b: Tensor): Tensor {
  return apply(greaterOperator, [a, b]);
}

/** a where the condition holds, b elsewhere. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return apply(whereOperator, [condition, a, b]);
}

/** The smaller of a and b, element by element. */
export function minimum(a: Tensor, b: Tensor): Tensor {
  return where(greater(a, b), b, a);
}

/** The larger of a and b, element by element. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return where(greater(a, b), a, b);
}
