// Ascending sort along the last axis, for quantiles at inference only.
import { apply, type Operator, type Tensor } from "../tensor.ts";

const sortOperator: Operator = {
  name: "sort",
  infer: ([x]) => [{ shape: x!.shape, type: "float32" }],
  emit: (node, inputs, emitter) =>
    emitter
      .node("TopK", [...inputs, emitter.int64([node.inputs[0]!.shape.at(-1)!])], {
        attributes: { axis: -1, largest: 0, sorted: 1 },
        outputs: 2,
      })
      .slice(0, 1),
  gradient: () => {
    throw new Error("sort: has no gradient");
  },
};

/** Sorts the last axis in ascending order. Taking a gradient through it throws. */
export function sort(x: Tensor): Tensor {
  return apply(sortOperator, [x]);
}
