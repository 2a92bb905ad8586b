// Replicas train the same network as one session does, with the same losses and weights, and repeat to the byte.
import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { type Case, candidateCase, flatten, paperCase, randomProblem, vary } from "../../test/support/tft.ts";
import { createRng } from "../base/index.ts";
import type { TensorData } from "../graph/index.ts";
import { DROPOUT_SITES } from "../model/index.ts";
import { replicaCount } from "./replicas.ts";
import { openTrainer } from "./trainer.ts";

// A large epsilon, so that gradients that are zero but for rounding move no weight.
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 0.01, weightDecay: 0.01, clipNorm: 0.5 };
const STEPS = 4;

test.each([
  [64, 1, 1],
  [64, 2, 2],
  [64, 4, 4],
  [64, 16, 8],
  [64, 3, 2],
  [64, 7, 4],
  [30, 2, 2],
  [33, 2, 1],
  [8, 2, 1],
])("a batch of %i windows on %i threads has %i replicas", (batch, threads, replicas) => {
  expect(replicaCount(batch, threads)).toBe(replicas);
});

interface Trained {
  losses: number[];
  vectors: TensorData;
}

/** Trains some steps on batches of unequal weights, with dropout, on a number of threads. */
async function trained(network: Case, threads: number): Promise<Trained> {
  const { architecture, dimensions, batch } = network;
  const { weights, inputs, targets } = randomProblem(network, 5);
  const feeds: TensorData = { ...inputs, ...(targets as TensorData) };
  if (architecture.dropout > 0) {
    const rng = createRng(2);
    const masks = new Float32Array(DROPOUT_SITES * batch * architecture.hidden);
    feeds["dropout"] = masks.map(() => (rng.uniform() < 0.3 ? 0 : 1.4));
  }
  const vector = flatten(weights);
  await using trainer = await openTrainer({
    architecture,
    dimensions,
    adam: ADAM,
    batchSize: batch,
    threads,
    device: "cpu",
    start: () => ({ p: vector, m: vector.map(() => 0), v: vector.map(() => 0), average: vector }),
  });
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const rates = {
      learningRate: Float32Array.of(0.01),
      correction1: Float32Array.of(1 / (1 - ADAM.beta1 ** step)),
      correction2: Float32Array.of(1 / (1 - ADAM.beta2 ** step)),
      averageDecay: Float32Array.of(0.5),
    };
    losses.push(await trainer.step(trainer.deal(feeds), rates));
  }
  return { losses, vectors: await trainer.vectors() };
}

describe.each<[string, Case]>([
  ["the paper's model", vary(paperCase, {}, {}, 32)],
  ["dropout, candidates and breach rules", vary(candidateCase, { dropout: 0.3 }, {}, 32)],
])("%s", (_, network) => {
  test("two replicas have the losses and weights of one session", async () => {
    const [one, two] = [await trained(network, 1), await trained(network, 2)];
    expect(two.losses).toBeAllclose(one.losses, { rtol: 1e-5, atol: 1e-6 });
    for (const name of ["p", "m", "v", "average"]) {
      expect(two.vectors[name], name).toBeAllclose(one.vectors[name]!, { rtol: 1e-4, atol: 1e-5 });
    }
  });

  test("two replicas repeat to the byte", async () => {
    expect(await trained(network, 2)).toEqual(await trained(network, 2));
  });
});

test("what a worker throws reaches the caller", async () => {
  const network = vary(candidateCase, {}, {}, 32);
  const { architecture, dimensions, batch } = network;
  const { weights, inputs, targets } = randomProblem(network, 5);
  const vector = flatten(weights);
  const state = { p: vector, m: vector, v: vector, average: vector };
  await using trainer = await openTrainer({
    ...{ architecture, dimensions, adam: ADAM, batchSize: batch, threads: 2, device: "cpu" as const },
    start: () => state,
  });
  const dealt = () => trainer.deal({ ...inputs, ...(targets as TensorData) });
  const lacking = dealt().map(({ past: _, ...rest }) => rest);
  await expect(trainer.step(lacking, {})).rejects.toThrow(/'past'.*missing/);
  // The update of this step has no rates, which the next call reports.
  await trainer.step(dealt(), {});
  await expect(trainer.vectors()).rejects.toThrow(/missing/);
});
