// Element-wise arithmetic of two tensors with NumPy broadcasting.
import { apply, broadcastShapes, type Operator, type Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";
import { neg } from "./unary.ts";

type Gradient = (a: Tensor, b: Tensor, dy: Tensor, y: Tensor) => [() => Tensor, () => Tensor];

function binary(name: string, opType: string, gradient: Gradient): Operator {
  return {
    name,
    infer: ([a, b]) => [{ shape: broadcastShapes(a!.shape, b!.shape), type: "float32" }],
    emit: (_, inputs, emitter) => emitter.node(opType, inputs),
    gradient(node, [dy]) {
      const [a, b] = node.inputs as [Tensor, Tensor];
      const [da, db] = gradient(a, b, dy!, node.outputs[0]!);
      return [
        a.requiresGradient ? sumTo(da(), a.shape) : undefined,
        b.requiresGradient ? sumTo(db(), b.shape) : undefined,
      ];
    },
  };
}

const addOperator = binary("add", "Add", (_a, _b, dy) => [() => dy, () => dy]);
const subOperator = binary("sub", "Sub", (_a, _b, dy) => [() => dy, () => neg(dy)]);
const mulOperator = binary("mul", "Mul", (a, b, dy) => [() => mul(dy, b), () => mul(dy, a)]);
const divOperator = binary("div", "Div", (_a, b, dy, y) => [() => div(dy, b), () => neg(div(mul(dy, y), b))]);

/** a + b. */
export function add(a: Tensor, b: Tensor): Tensor {
  return apply(addOperator, [a, b]);
}

/** a - b. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply(subOperator, [a, b]);
}

/** a * b. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(mulOperator, [a, b]);
}

/** a / b. */
export function div(a: Tensor, b: Tensor): Tensor {
  return apply(divOperator, [a, b]);
}
