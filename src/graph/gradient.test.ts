import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { evaluate } from "../../test/support/evaluate.ts";
import { gradients, topologicalOrder } from "./gradient.ts";
import {
  abs,
  add,
  concat,
  constant,
  elu,
  exp,
  greater,
  input,
  lstm,
  maximum,
  mul,
  parameter,
  relu,
  scalar,
  sigmoid,
  sign,
  softmax,
  softplus,
  sort,
  split,
  sub,
  sum,
  sumAll,
  type Tensor,
  tanh,
  where,
} from "./index.ts";

/** Gradients by the names of the parameters. */
function gradientsOf(loss: Tensor, parameters: readonly Tensor[], feeds: Record<string, number[]>) {
  const outputs = gradients(loss, parameters).map((gradient, i) => [parameters[i]!.node.attributes["name"], gradient]);
  return evaluate(Object.fromEntries(outputs) as Record<string, Tensor>, feeds);
}

describe("gradients", () => {
  const x = parameter("x", [3]);
  const y = parameter("y", [3]);
  const feeds = { x: [1, 2, 3], y: [4, 5, 6] };

  test("sum over every path of a shared subexpression", async () => {
    const shared = mul(x, y);
    const loss = sumAll(add(mul(shared, shared), sub(shared, x))); // x^2 y^2 + x y - x
    const got = await gradientsOf(loss, [x, y], feeds);
    expect(got["x"]).toBeAllclose([2 * 16 + 4 - 1, 2 * 2 * 25 + 5 - 1, 2 * 3 * 36 + 6 - 1]);
    expect(got["y"]).toBeAllclose([2 * 4 + 1, 2 * 4 * 5 + 2, 2 * 9 * 6 + 3]);
  });

  test("reach a tensor that stands twice in one operator", async () => {
    expect((await gradientsOf(sumAll(mul(x, x)), [x], feeds))["x"]).toBeAllclose([2, 4, 6]);
    const [, middle] = split(concat([x, x], 0), 0, [2, 2, 2]) as [Tensor, Tensor, Tensor];
    expect((await gradientsOf(sumAll(exp(middle)), [x], feeds))["x"]).toBeAllclose([Math.E, 0, Math.exp(3)]);
  });

  test("can be taken with respect to a tensor on the way", async () => {
    const product = mul(x, y);
    const [gradient] = gradients(sumAll(mul(product, product)), [product]);
    expect((await evaluate({ gradient: gradient! }, feeds)).gradient).toBeAllclose([8, 20, 36]);
  });

  test("can be taken of gradients", async () => {
    const [first] = gradients(sumAll(mul(mul(x, x), x)), [x]);
    expect((await gradientsOf(sumAll(first!), [x], feeds))["x"]).toBeAllclose([6, 12, 18]);
  });

  test("accept a loss of one element of any rank", async () => {
    const loss = sum(mul(x, x), [0]);
    expect(loss.shape).toEqual([1]);
    expect((await gradientsOf(loss, [x], feeds))["x"]).toBeAllclose([2, 4, 6]);
    expect(() => gradients(x, [x])).toThrow("gradients: Expected a scalar loss, got [3]");
  });

  test("survive a chain of thousands of operators", () => {
    let long = x;
    for (let i = 0; i < 5000; i++) long = add(long, y);
    expect(topologicalOrder([long])).toHaveLength(5002);
    expect(gradients(sumAll(long), [x, y]).map(({ shape }) => shape)).toEqual([[3], [3]]);
  });
});

describe("gradients refuse", () => {
  const used = parameter("decoder.weight", [2]);
  const idle = parameter("encoder.gate.weight", [2]);

  test.each([
    ["a parameter beside the loss", sumAll(used)],
    ["a parameter that only steers a condition", sumAll(where(greater(idle, scalar(0)), used, scalar(0)))],
    ["a parameter of which only the sign is used", sumAll(mul(used, sign(idle)))],
  ])("%s, by name", (_, loss) => {
    expect(() => gradients(loss, [used, idle])).toThrow(
      "encoder.gate.weight: does not influence the loss, so it would never be trained",
    );
  });

  test("an operator on the way without a gradient", () => {
    expect(() => gradients(sumAll(add(used, sort(used))), [used])).toThrow("sort: has no gradient");
  });

  test("an input, which is not trained", () => {
    const fed = input("past", [2]);
    expect(() => gradients(sumAll(mul(used, fed)), [fed])).toThrow("past: does not influence the loss");
  });
});

describe("at kinks and extremes", () => {
  const w = parameter("w", [5]);
  test.each<[string, (x: Tensor) => Tensor, number[]]>([
    ["abs", abs, [-1, -1, 0, 1, 1]],
    ["relu", relu, [0, 0, 0, 1, 1]],
    ["elu", elu, [0, Math.exp(-1), 1, 1, 1]],
    ["sigmoid", sigmoid, [0, 0.19661193, 0.25, 0.19661193, 0]],
    ["softplus", softplus, [0, 0.26894143, 0.5, 0.7310586, 1]],
    ["tanh", tanh, [0, 0.41997434, 1, 0.41997434, 0]],
    ["softmax", (x) => mul(softmax(x), constant([1, 2, 3, 4, 5], [5])), [0, 0, 0, 0, 0]],
  ])("the slope of %s is finite", async (_, f, expected) => {
    const got = await gradientsOf(sumAll(f(w)), [w], { w: [-1000, -1, 0, 1, 1000] });
    expect(got["w"]).toBeAllclose(expected);
  });

  test("one side only gets the gradient of a tie", async () => {
    const other = parameter("other", [1]);
    const got = await gradientsOf(sumAll(maximum(w, other)), [w, other], { w: [0, 1, 2, 1, 0], other: [1] });
    expect(got["w"]).toBeAllclose([0, 0, 1, 0, 0]);
    expect(got["other"]).toBeAllclose([4]);
  });

  test("NaN behind a false condition stays there, in values and in gradients", async () => {
    const mask = input("mask", [5]);
    const y = where(greater(mask, scalar(0)), mul(w, w), scalar(7));
    const feeds = { w: [NaN, 2, Infinity, 4, NaN], mask: [0, 1, 0, 1, 0] };
    expect((await evaluate({ y }, feeds)).y).toBeAllclose([7, 4, 7, 16, 7]);
    const [gradient] = gradients(sumAll(where(greater(mask, scalar(0)), w, scalar(7))), [w]);
    expect((await evaluate({ gradient: gradient! }, feeds)).gradient).toBeAllclose([0, 1, 0, 1, 0]);
  });
});

test("the gradients of one LSTM step are those found by hand", async () => {
  // With all weights 0 the gates are 1/2 and the candidate is 0: cell = cell0 / 2.
  const values = {
    x: [2],
    weight: [0, 0, 0, 0],
    recurrent: [0, 0, 0, 0],
    bias: [0, 0, 0, 0],
    hidden0: [0],
    cell0: [3],
  };
  const shapes = [[1, 1, 1], [4, 1], [4, 1], [4], [1, 1], [1, 1]];
  const tensors = Object.keys(values).map((name, i) => parameter(name, shapes[i]!));
  const { cell } = lstm(...(tensors as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]));
  const got = await gradientsOf(sumAll(cell), tensors, values);
  expect(got["cell0"]).toBeAllclose([0.5]);
  // Input gate: candidate / 4 = 0. Output gate: not on the way. Forget gate: cell0 / 4. Candidate: 1 / 2.
  expect(got["bias"]).toBeAllclose([0, 0, 0.75, 0.5]);
  expect(got["weight"]).toBeAllclose([0, 0, 1.5, 1]);
  for (const name of ["x", "recurrent", "hidden0"]) expect(got[name]!.every((v) => v === 0)).toBe(true);
});
