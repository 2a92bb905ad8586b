// The training step's gradient is that of the loss: elements of every parameter against central differences of the
// reference's loss in double precision.
import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import {
  type Case,
  candidateCase,
  flatten,
  fullDropout,
  optimiserInputs,
  paperCase,
  randomProblem,
  runOnce,
  vary,
} from "../../test/support/tft.ts";
import type { AdamOptions, TensorData } from "../graph/index.ts";
import { lossGraph, trainingGraph } from "./graphs.ts";
import { referenceForward } from "./reference/forward.ts";
import { referencePinball, referenceSurvival } from "./reference/loss.ts";

/** Without memory and without clipping the new first moment is the gradient. */
const REVEALING: AdamOptions = {
  beta1: 0,
  beta2: 0,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1e9,
};

/** Share of the survival loss in the loss. */
const SURVIVAL_WEIGHT = 0.2;

type Problem = ReturnType<typeof randomProblem>;

function referenceLoss(
  { architecture, dimensions, batch }: Case,
  { inputs, targets }: Problem,
  weights: ReadonlyMap<string, ArrayLike<number>>,
): number {
  const outputs = referenceForward(architecture, dimensions, weights, inputs, batch);
  const pinball = referencePinball(architecture, dimensions, outputs, targets);
  return dimensions.rules > 0 ? pinball + SURVIVAL_WEIGHT * referenceSurvival(outputs, targets) : pinball;
}

async function analyticGradient(
  network: Case,
  { weights, inputs, targets }: Problem,
): Promise<Map<string, Float32Array>> {
  const { architecture, dimensions, batch } = network;
  const graph = trainingGraph(architecture, dimensions, batch, REVEALING);
  const { nextM } = await runOnce(graph.model, {
    ...inputs,
    ...(targets as TensorData),
    ...optimiserInputs(flatten(weights), 0),
    dropout: fullDropout(network),
  });
  return new Map(
    graph.slots.map(({ name, offset }) => [name, nextM!.slice(offset, offset + weights.get(name)!.length)]),
  );
}

/** Central difference along one element of one tensor. */
function numericSlope(network: Case, problem: Problem, name: string, element: number): number {
  const step = 1e-5;
  const at = (distance: number) => {
    const moved = Float64Array.from(problem.weights.get(name)!);
    moved[element]! += distance;
    return referenceLoss(network, problem, new Map<string, ArrayLike<number>>(problem.weights).set(name, moved));
  };
  return (at(step) - at(-step)) / (2 * step);
}

/** Up to `count` places, spread over a tensor. */
function spread(size: number, count: number): number[] {
  return Array.from({ length: Math.min(size, count) }, (_, i) =>
    Math.floor(((i + 0.5) * size) / Math.min(size, count)),
  );
}

const cases: [string, Case][] = [
  ["the paper's model", paperCase],
  ["patch tokens, candidates and breach rules", candidateCase],
  ["several targets, the direct head, one window", vary(candidateCase, { head: "direct" }, {}, 1)],
];

describe.each(cases)("%s", (_, network) => {
  const problem = randomProblem(network, 11);

  test("the gradient of every tensor matches central differences at three of its elements", async () => {
    for (const [name, gradient] of await analyticGradient(network, problem)) {
      const elements = spread(gradient.length, 3);
      expect(
        elements.map((element) => gradient[element]!),
        `${name}, elements ${elements}`,
      ).toBeAllclose(
        elements.map((element) => numericSlope(network, problem, name, element)),
        { rtol: 1e-3, atol: 2e-5 },
      );
    }
  });

  test("every parameter receives a gradient", async () => {
    const untrained = [...(await analyticGradient(network, problem))]
      .filter(([, gradient]) => Math.hypot(...gradient) < 1e-5)
      .map(([name]) => name);
    expect(untrained).toEqual([]);
  });

  test("the loss graph and the reference agree on the loss and on its slope along the gradient", async () => {
    const { architecture, dimensions, batch } = network;
    const loss = async (vector: Float32Array) =>
      (
        await runOnce(lossGraph(architecture, dimensions, batch).model, {
          ...problem.inputs,
          ...(problem.targets as TensorData),
          p: vector,
        })
      )["loss"]![0]!;
    const start = flatten(problem.weights);
    expect(await loss(start)).toBeCloseTo(referenceLoss(network, problem, problem.weights), 4);
    const gradient = flatten(await analyticGradient(network, problem));
    const length = Math.hypot(...gradient);
    const moved = (distance: number) => start.map((value, i) => value + (distance * gradient[i]!) / length);
    const step = 0.01;
    const slope = ((await loss(moved(step))) - (await loss(moved(-step)))) / (2 * step);
    expect(slope / length).toBeCloseTo(1, 2);
  });
});
