// Training steps: a batch can be learnt by heart, and dropout reaches the loss.
import { describe, expect, test } from "vitest";
import {
  type Case,
  candidateCase,
  flatten,
  fullDropout,
  loadModel,
  optimiserInputs,
  paperCase,
  randomInputs,
  randomProblem,
  randomTargets,
  runOnce,
  vary,
} from "../../test/support/tft.ts";
import { createRng } from "../base/index.ts";
import { type AdamOptions, readModel, type TensorData } from "../graph/index.ts";
import { declareParameters, lossGraph, trainingGraph } from "./graphs.ts";
import { startValues } from "./parameters.ts";

const ADAM: AdamOptions = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
};

interface Losses {
  loss: number;
  pinball: number;
  survival: number;
}

/** Trains on one batch, from the network's own start. @returns The losses before and after. */
async function learnByHeart(network: Case, steps: number, learningRate: number): Promise<[Losses, Losses]> {
  const { architecture, dimensions, batch } = network;
  const rng = createRng(1);
  const batchInputs: TensorData = {
    ...randomInputs(network, rng.fork("inputs")),
    ...(randomTargets(network, rng.fork("targets")) as TensorData),
  };
  const graph = trainingGraph(architecture, dimensions, batch, ADAM);
  let state = optimiserInputs(flatten(startValues(declareParameters(architecture, dimensions), rng)), learningRate);
  const losses = async (): Promise<Losses> => {
    const { loss, pinball, survival } = await runOnce(lossGraph(architecture, dimensions, batch).model, {
      ...batchInputs,
      ...state,
    });
    return { loss: loss![0]!, pinball: pinball![0]!, survival: survival?.[0] ?? 0 };
  };
  const before = await losses();
  await using model = await loadModel(graph.model);
  for (let step = 1; step <= steps; step++) {
    const progress = step / steps;
    const results = await model.run({
      ...batchInputs,
      ...state,
      learningRate: Float32Array.of(learningRate * (1.02 - progress)),
      correction1: Float32Array.of(1 / (1 - ADAM.beta1 ** step)),
      correction2: Float32Array.of(1 / (1 - ADAM.beta2 ** step)),
    });
    state = { ...state };
    for (const [input, output] of Object.entries(graph.carry)) state[input] = results[output]!;
  }
  return [before, await losses()];
}

describe("one batch is learnt by heart", () => {
  // Near zero is a twentieth of the loss at the start: the truth is noise, so a constant forecast keeps most of it.
  test.each<[string, Case]>([
    ["the paper's model", vary(paperCase, { hidden: 8 }, {}, 4)],
    ["patch tokens, candidates and breach rules", vary(candidateCase, { hidden: 8 }, { breachFeatures: 64 }, 4)],
    [
      "the direct head with breach rules",
      vary(candidateCase, { hidden: 8, head: "direct" }, { breachFeatures: 64 }, 4),
    ],
  ])("%s", async (_, network) => {
    const [before, after] = await learnByHeart(network, 300, 0.02);
    expect(after.loss).toBeLessThan(0.05 * before.loss);
    expect(after.pinball).toBeLessThan(0.05 * before.pinball);
    if (network.dimensions.rules > 0) expect(after.survival).toBeLessThan(0.05 * before.survival);
  });
});

describe("dropout", () => {
  const network = vary(candidateCase, { dropout: 0.5 });
  const { architecture, dimensions, batch } = network;
  const { weights, inputs, targets } = randomProblem(network, 3);
  const feeds = { ...inputs, ...(targets as TensorData), ...optimiserInputs(flatten(weights), 0) };

  test("masks of ones leave the loss as it is, and dropping the channels of any site and window changes it", async () => {
    const { loss } = await runOnce(lossGraph(architecture, dimensions, batch).model, feeds);
    await using model = await loadModel(trainingGraph(architecture, dimensions, batch, ADAM).model);
    const trainingLoss = async (dropout: Float32Array) => (await model.run({ ...feeds, dropout }))["loss"]![0]!;
    const whole = await trainingLoss(fullDropout(network));
    expect(whole).toBeCloseTo(loss![0]!, 5);
    const rows = fullDropout(network).length / architecture.hidden;
    for (let row = 0; row < rows; row++) {
      const dropout = fullDropout(network).fill(0, row * architecture.hidden, (row + 1) * architecture.hidden);
      expect(Math.abs((await trainingLoss(dropout)) - whole), `mask ${row}`).toBeGreaterThan(1e-5);
    }
  });

  test("a network that drops nothing reads no masks", () => {
    const graph = trainingGraph({ ...architecture, dropout: 0 }, dimensions, batch, ADAM);
    expect(readModel(graph.model).inputs.map(({ name }) => name)).not.toContain("dropout");
  });
});
