// Every operator against its plain twin: values through ONNX Runtime, gradients against central differences.
import { describe, expect, test } from "vitest";
import "../../../test/support/allclose.ts";
import { evaluate } from "../../../test/support/evaluate.ts";
import { coin, normal, type OperatorCase, operatorCases } from "../../../test/support/operator-cases.ts";
import type { PlainArray } from "../../../test/support/plain-array.ts";
import { type OperatorName, plain } from "../../../test/support/plain-operators.ts";
import { createRng, type Rng } from "../../base/index.ts";
import * as graph from "../index.ts";

const CASES = 24;
const NOT_OPERATORS = [
  ...["gradients", "flatGradient", "adamStep", "adamUpdate", "layOut", "openSession", "sizeOf"],
  ...["emitModel", "readModel", "checkModel", "describeModel"],
  ...["input", "parameter"],
];

test("every exported operator has cases", () => {
  const operators = Object.keys(graph).filter((name) => !NOT_OPERATORS.includes(name));
  expect(Object.keys(operatorCases).sort()).toEqual(operators.sort());
});

describe.each(Object.keys(operatorCases) as OperatorName[])("%s", (name) => {
  test("has the values of the plain operator", async () => {
    const rng = createRng(1).fork(name);
    for (let i = 0; i < CASES; i++) {
      const { args, apply } = operatorCases[name](rng);
      const tensors = args.map(({ shape }, k) => graph.input(`x${k}`, shape));
      const outputs = Object.fromEntries(apply(graph, ...tensors).map((y, k) => [`y${k}`, y]));
      const got = await evaluate(outputs, feeds(args), { portable: coin(rng), device: coin(rng) ? "webgpu" : "cpu" });
      for (const [k, { shape, values }] of apply(plain, ...args).entries()) {
        expect(outputs[`y${k}`]!.shape, describeCase(i, args)).toEqual(shape);
        expect(got[`y${k}`], describeCase(i, args)).toBeAllclose(values, { rtol: 1e-5, atol: 2e-6 });
      }
    }
  });

  const { args: some, trained: positions } = operatorCases[name](createRng(0));
  test.runIf(some.length > 0 && positions?.length !== 0)("has the gradient of the plain operator", async () => {
    const rng = createRng(2).fork(name);
    for (let i = 0; i < CASES; i++) {
      const drawn = operatorCases[name](rng);
      const trained = someOf(rng, drawn.trained ?? [...drawn.args.keys()]);
      const weights = outputWeights(rng, drawn);
      const tensors = drawn.args.map(({ shape }, k) =>
        trained.includes(k) ? graph.parameter(`x${k}`, shape) : graph.input(`x${k}`, shape),
      );
      const loss = weightedSum(drawn.apply(graph, ...tensors), weights);
      const wanted = trained.map((k) => tensors[k]!);
      const outputs = Object.fromEntries(graph.gradients(loss, wanted).map((dx, j) => [`dx${trained[j]}`, dx]));
      const got = await evaluate(outputs, feeds(drawn.args), {
        portable: coin(rng),
        device: coin(rng) ? "webgpu" : "cpu",
      });
      for (const k of trained) {
        expect(outputs[`dx${k}`]!.shape).toEqual(drawn.args[k]!.shape);
        const place = `${describeCase(i, drawn.args)}, argument ${k}`;
        expect(got[`dx${k}`], place).toBeAllclose(centralDifferences(drawn, weights, k), { rtol: 1e-3, atol: 1e-4 });
      }
    }
  });
});

/** Weights of the outputs in the loss; undefined for an output that the loss leaves out. */
function outputWeights(rng: Rng, { args, apply }: OperatorCase): (PlainArray | undefined)[] {
  const outputs = apply(plain, ...args);
  const used = someOf(rng, [...outputs.keys()]);
  return outputs.map(({ shape }, k) => (used.includes(k) ? normal(rng, shape) : undefined));
}

function weightedSum(outputs: readonly graph.Tensor[], weights: readonly (PlainArray | undefined)[]): graph.Tensor {
  return outputs
    .flatMap((y, k) => {
      const weight = weights[k];
      return weight ? [graph.sumAll(graph.mul(y, graph.constant(weight.values, weight.shape)))] : [];
    })
    .reduce((total, part) => graph.add(total, part));
}

/** Slope of the weighted sum of the plain outputs along each element of an argument. */
function centralDifferences(
  { args, apply }: OperatorCase,
  weights: readonly (PlainArray | undefined)[],
  position: number,
): Float64Array {
  const loss = (argument: PlainArray): number =>
    apply(plain, ...args.with(position, argument)).reduce(
      (total, { values }, k) => total + values.reduce((sum, y, j) => sum + y * (weights[k]?.values[j] ?? 0), 0),
      0,
    );
  const { shape, values } = args[position]!;
  const step = 1e-5;
  return values.map((x, i) => {
    const [above, below] = [x + step, x - step].map((v) => loss({ shape, values: values.with(i, v) }));
    return (above! - below!) / (2 * step);
  });
}

function feeds(args: readonly PlainArray[]): Record<string, Float64Array> {
  return Object.fromEntries(args.map(({ values }, k) => [`x${k}`, values]));
}

/** A random choice, never empty. */
function someOf(rng: Rng, list: readonly number[]): number[] {
  const kept = list.filter(() => rng.integer(3) > 0);
  return kept.length > 0 ? kept : [...list];
}

function describeCase(i: number, args: readonly PlainArray[]): string {
  return `case ${i}, arguments ${args.map(({ shape }) => `[${shape}]`).join(" ")}`;
}
