import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { evaluate } from "../../test/support/evaluate.ts";
import { type AdamOptions, adamStep, add, emitModel, layOut, mul, parameter, scalar, sub, sumAll } from "./index.ts";
import { checkModel } from "./onnx/check.ts";
import { constant } from "./operators/leaves.ts";

// loss = 3 |a - target|^2 + sum(b): its gradient is 6 (a - target) for a and 1 for b.
const TARGET = [1, -2, 3, -4, 5, -6];
const START = [0, 0, 0, 0, 0, 0, 0.5, -0.5];
const a = parameter("a", [2, 3]);
const b = parameter("b", [2]);
const error = sub(a, constant(TARGET, [2, 3]));
const loss = add(mul(sumAll(mul(error, error)), scalar(3)), sumAll(b));

function gradientAt(p: readonly number[]): number[] {
  return [...TARGET.map((target, i) => 6 * (p[i]! - target)), 1, 1];
}

/** Values of the vectors between steps. */
interface State {
  p: number[];
  m: number[];
  v: number[];
  average: number[];
}

const first: State = { p: START, m: START.map(() => 0), v: START.map(() => 0), average: START };

/** Adam as in Kingma and Ba 2014, algorithm 1, with the decoupled decay of Loshchilov and Hutter 2017, in doubles. */
function plainStep(state: State, options: AdamOptions, t: number, learningRate: number, averageDecay: number): State {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = options;
  const raw = gradientAt(state.p);
  const norm = Math.hypot(...raw);
  const g = raw.map((x) => (norm > clipNorm ? (x * clipNorm) / norm : x));
  const m = state.m.map((x, i) => beta1 * x + (1 - beta1) * g[i]!);
  const v = state.v.map((x, i) => beta2 * x + (1 - beta2) * g[i]! ** 2);
  const p = state.p.map((x, i) => {
    const direction = m[i]! / (1 - beta1 ** t) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon);
    return x - learningRate * (direction + weightDecay * x);
  });
  return { p, m, v, average: state.average.map((x, i) => averageDecay * x + (1 - averageDecay) * p[i]!) };
}

/** A run: what the graph is built with, and the share that it is fed. */
type Run = AdamOptions & { averageDecay: number };

const adam: Run = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1e9, averageDecay: 0.9 };

describe("five steps", () => {
  test.each<[string, Run]>([
    ["Adam", adam],
    ["AdamW", { ...adam, weightDecay: 0.1 }],
    ["Adam with every gradient clipped", { ...adam, clipNorm: 0.5 }],
    ["AdamW with some gradients clipped", { ...adam, weightDecay: 0.01, clipNorm: 50 }],
    ["Adam with a large epsilon", { ...adam, epsilon: 0.1, averageDecay: 0 }],
  ])("of %s equal the plain ones", async (_, options) => {
    const { outputs, carry } = adamStep(loss, [a, b], options);
    let expected = first;
    let state: Record<string, ArrayLike<number>> = { ...first };
    for (let t = 1; t <= 5; t++) {
      const learningRate = 0.5 / t;
      const got: Record<string, Float32Array> = await evaluate(outputs, {
        ...state,
        a: Array.from(state["p"]!).slice(0, 6),
        b: Array.from(state["p"]!).slice(6),
        learningRate: [learningRate],
        correction1: [1 / (1 - options.beta1 ** t)],
        correction2: [1 / (1 - options.beta2 ** t)],
        averageDecay: [options.averageDecay],
      });
      const before = gradientAt(expected.p);
      expect(got["gradientNorm"]).toBeAllclose([Math.hypot(...before)]);
      expected = plainStep(expected, options, t, learningRate, options.averageDecay);
      state = Object.fromEntries(Object.entries(carry).map(([input, output]) => [input, got[output]!]));
      for (const [name, values] of Object.entries(expected)) {
        expect(state[name], `${name} after step ${t}`).toBeAllclose(values as number[], { rtol: 1e-4, atol: 1e-5 });
      }
    }
  });
});

test("a gradient of zero leaves the parameters where they are", async () => {
  const still = sumAll(mul(a, scalar(0)));
  const zeros = TARGET.map(() => 0);
  const got: Record<string, Float32Array> = await evaluate(adamStep(still, [a], adam).outputs, {
    ...{ p: TARGET, m: zeros, v: zeros, average: TARGET, a: TARGET },
    ...{ learningRate: [1], correction1: [10], correction2: [100], averageDecay: [0.9] },
  });
  expect(got["nextP"]).toBeAllclose(TARGET);
  expect(got["nextAverage"]).toBeAllclose(TARGET);
});

test("a step has one loss, a carry for every vector, and one input for parameters and optimiser", () => {
  const { outputs, carry } = adamStep(loss, [a, b], adam);
  const model = checkModel(emitModel({ outputs, parameters: { kind: "vector", name: "p", ...layOut([a, b]) } }));
  const inputs = Object.fromEntries(model.inputs.map(({ name, shape }) => [name, shape]));
  expect(inputs).toEqual({
    ...Object.fromEntries(Object.keys(carry).map((name) => [name, [8]])),
    ...{ learningRate: [1], correction1: [1], correction2: [1], averageDecay: [1] },
  });
  expect(Object.keys(outputs)).toEqual(["loss", "gradientNorm", ...Object.values(carry)]);
});

test("parameters are laid out one after the other", () => {
  expect(layOut([a, b, parameter("c", [])])).toEqual({
    slots: [
      { name: "a", shape: [2, 3], offset: 0 },
      { name: "b", shape: [2], offset: 6 },
      { name: "c", shape: [], offset: 8 },
    ],
    total: 9,
  });
});
