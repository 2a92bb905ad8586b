// Leaves of a graph: inputs fed at run time, parameters that are trained, and constants.
import { apply, type Operator, type Shape, sizeOf, type Tensor } from "../tensor.ts";

const leaf = (name: string): Operator => ({
  name,
  infer: (_, attributes) => [{ shape: attributes["shape"] as Shape, type: "float32" }],
  emit: () => {
    throw new Error(`${name}: leaves are emitted by the graph`);
  },
});

const inputOperator = leaf("input");
const parameterOperator = leaf("parameter");
const constantOperator = leaf("constant");

/** A tensor fed at run time under `name`. No gradient flows into it. */
export function input(name: string, shape: Shape): Tensor {
  return apply(inputOperator, [], { name, shape });
}

/** A trained tensor. Its name is its name in the model's weights. */
export function parameter(name: string, shape: Shape): Tensor {
  return apply(parameterOperator, [], { name, shape });
}

/** A constant tensor, row-major. */
export function constant(values: ArrayLike<number>, shape: Shape): Tensor {
  if (values.length !== sizeOf(shape)) throw new Error(`constant: ${values.length} values for shape [${shape}]`);
  return apply(constantOperator, [], { values: Float32Array.from(values), shape });
}

/** A constant scalar of shape []. */
export function scalar(value: number): Tensor {
  return constant([value], []);
}

/** Constant zeros. */
export function zeros(shape: Shape): Tensor {
  return constant(new Float32Array(sizeOf(shape)), shape);
}
