// How the network behaves whatever its weights: quantiles in order, no look ahead, every weight counts, and the portable
// graph is the same network.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import {
  type Case,
  candidateCase,
  flatten,
  loadModel,
  paperCase,
  randomInputs,
  randomProblem,
  randomWeights,
  runOnce,
  vary,
} from "../../test/support/tft.ts";
import { createRng, type Rng } from "../base/index.ts";
import { checkModel, type TensorData } from "../graph/index.ts";
import { inferenceGraph, lossGraph } from "./graphs.ts";

const cases: [string, Case][] = [
  ["the paper's model", paperCase],
  ["patch tokens, candidates and breach rules", candidateCase],
];

const run = (
  { architecture, dimensions, batch }: Case,
  weights: ReadonlyMap<string, Float32Array>,
  inputs: TensorData,
) => runOnce(inferenceGraph(architecture, dimensions, batch, weights, { explain: true }), inputs);

describe.each(cases)("%s", (_, network) => {
  const { architecture, dimensions, batch } = network;
  const levels = architecture.quantiles.length;

  test("quantiles ascend along the levels for any weights", async () => {
    const seeds = fc.tuple(fc.nat(), fc.constantFrom(0.1, 1, 5));
    await fc.assert(
      fc.asyncProperty(seeds, async ([seed, size]) => {
        const rng = createRng(seed);
        const { quantiles } = await run(network, randomWeights(network, rng, size), randomInputs(network, rng, size));
        for (let i = 0; i < quantiles!.length; i++) {
          expect(quantiles![i]).toBeGreaterThanOrEqual(i % levels === 0 ? -Infinity : quantiles![i - 1]!);
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  test("a token's forecast is the same to the last bit whatever is known of later tokens", async () => {
    const long = vary(
      network,
      {},
      { futureTokens: 5, groupEnds: dimensions.groupEnds.map((_, group) => 4 * (group + 1)) },
    );
    const { futureTokens, patchSteps, targets, knownWidths } = long.dimensions;
    const { weights, inputs } = randomProblem(long, 5);
    const graph = inferenceGraph(long.architecture, long.dimensions, batch, weights, { explain: true });
    await using model = await loadModel(graph);
    const before = await model.run(inputs);
    const tokenSize = patchSteps * targets * levels;
    const knownSize = knownWidths.reduce((a, b) => a + b, 0);
    for (let token = 1; token < futureTokens; token++) {
      // Window 0 is told something else about this token.
      const future = inputs["future"]!.slice();
      for (let i = token * knownSize; i < (token + 1) * knownSize; i++) future[i]! += 3;
      const after = await model.run({ ...inputs, future });
      const earlier = [0, token * tokenSize] as const;
      expect(after["quantiles"]!.slice(...earlier)).toEqual(before["quantiles"]!.slice(...earlier));
      const own = [token * tokenSize, (token + 1) * tokenSize] as const;
      expect(after["quantiles"]!.slice(...own)).not.toEqual(before["quantiles"]!.slice(...own));
      const otherWindows = futureTokens * tokenSize;
      expect(after["quantiles"]!.slice(otherWindows)).toEqual(before["quantiles"]!.slice(otherWindows));
      // Groups of steps that end before this token.
      const groups = long.dimensions.groupEnds.filter((end) => end <= token * patchSteps).length;
      expect(after["hazardLogits"]?.slice(0, groups)).toEqual(before["hazardLogits"]?.slice(0, groups));
    }
  });

  test("attention gives nothing to tokens after the query", async () => {
    const { weights, inputs } = randomProblem(network, 8);
    const { attention } = await run(network, weights, inputs);
    const { pastTokens, futureTokens } = dimensions;
    const tokens = pastTokens + futureTokens;
    for (const [i, weight] of attention!.entries()) {
      const query = Math.floor(i / tokens) % futureTokens;
      if (i % tokens > pastTokens + query) expect(weight).toBe(0);
      else expect(weight).toBeGreaterThan(0);
    }
  });

  test("zeroing or permuting the weights changes every forecast", async () => {
    const { weights, inputs } = randomProblem(network, 21);
    const rng = createRng(22);
    const before = await run(network, weights, inputs);
    const changed = (change: (values: Float32Array) => Float32Array) =>
      run(network, new Map([...weights].map(([name, values]) => [name, change(values)])), inputs);
    for (const after of [
      await changed((values) => new Float32Array(values.length)),
      await changed((values) => permuted(values, rng)),
    ]) {
      for (const name of ["quantiles", "hazardLogits"]) {
        for (const [i, value] of before[name]?.entries() ?? []) {
          expect(Math.abs(after[name]![i]! - value), `${name} ${i}`).toBeGreaterThan(1e-4);
        }
      }
    }
  });

  test("the portable graph gives the same outputs and uses only the ONNX standard's operators", async () => {
    const { weights, inputs } = randomProblem(network, 41);
    const emit = (portable: boolean) =>
      inferenceGraph(architecture, dimensions, batch, weights, { explain: true, portable });
    const { opsets, nodes } = checkModel(emit(true));
    expect(Object.keys(opsets)).toEqual([""]);
    expect(nodes.filter(({ domain }) => domain !== "")).toEqual([]);
    const [portable, fast] = [await runOnce(emit(true), inputs), await runOnce(emit(false), inputs)];
    expect(Object.keys(portable)).toEqual(Object.keys(fast));
    for (const [name, values] of Object.entries(portable)) {
      expect(values, name).toBeAllclose(fast[name]!, { rtol: 1e-5, atol: 1e-5 });
    }
  });
});

test("each tensor of a head changes that head's loss and leaves the other's as it is", async () => {
  const { architecture, dimensions, batch } = candidateCase;
  const { weights, inputs, targets } = randomProblem(candidateCase, 31);
  await using model = await loadModel(lossGraph(architecture, dimensions, batch).model);
  const losses = (changed: ReadonlyMap<string, Float32Array>) =>
    model.run({ ...inputs, ...(targets as TensorData), p: flatten(changed) });
  const before = await losses(weights);
  for (const [prefix, own, other] of [
    ["quantiles.", "pinball", "survival"],
    ["breach.", "survival", "pinball"],
  ] as const) {
    const names = [...weights.keys()].filter((name) => name.startsWith(prefix));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      // Not the same everywhere: softmax does not see a shift of all scores.
      const moved = weights.get(name)!.map((value, i) => value + (i % 3));
      const after = await losses(new Map(weights).set(name, moved));
      expect(Math.abs(after[own]![0]! - before[own]![0]!), name).toBeGreaterThan(1e-3);
      expect(after[other], name).toEqual(before[other]);
    }
  }
});

function permuted(values: Float32Array, rng: Rng): Float32Array {
  const result = values.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
