// The network gives the numbers of the reference forward pass, on random weights and inputs.
import { describe, expect, test } from "vitest";
import "../../../test/support/allclose.ts";
import {
  type Case,
  candidateCase,
  paperCase,
  randomInputs,
  randomWeights,
  runOnce,
  vary,
} from "../../../test/support/tft.ts";
import { createRng } from "../../base/index.ts";
import { inferenceGraph } from "../graphs.ts";
import { type ReferenceOutputs, referenceForward } from "./forward.ts";

const TOLERANCE = { rtol: 1e-4, atol: 1e-4 };

const longWindows = { pastTokens: 12, futureTokens: 6, groupEnds: [3, 7, 24] };

const cases: [string, Case][] = [
  ["the paper's model", paperCase],
  ["patch tokens, candidates and breach rules", candidateCase],
  ["a batch of one", vary(candidateCase, {}, {}, 1)],
  ["a batch of three, the paper's model", vary(paperCase, {}, {}, 3)],
  ["a wide network with four heads", vary(candidateCase, { hidden: 16, heads: 4 }, longWindows, 3)],
  ["several targets and rules, the direct head", vary(candidateCase, { head: "direct" }, { targets: 3, rules: 3 })],
  ["patch tokens of two steps", vary(candidateCase, {}, { patchSteps: 2, groupEnds: [1, 4] })],
  ["many static variables", vary(paperCase, {}, { staticWidths: [1, 4, 2, 1, 7] })],
  ["one variable of each kind", vary(paperCase, {}, { pastWidths: [], knownWidths: [3], staticWidths: [2] })],
  ["one past token, one future token", vary(paperCase, {}, { pastTokens: 1, futureTokens: 1 })],
  ["one head", vary(candidateCase, { heads: 1 })],
  ["one quantile", vary(paperCase, { quantiles: [0.5] })],
  ["two quantiles", vary(paperCase, { quantiles: [0.3, 0.7] })],
  ["nine quantiles of candidates", vary(candidateCase, { quantiles: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] })],
];

describe.each(cases)("%s", (_, network) => {
  test.each([
    ["ordinary inputs", 1, 1],
    ["large inputs, half of them masked", 30, 0.5],
    ["no input at all", 0, 1],
  ])("gives the reference's numbers for %s", async (_kind, size, kept) => {
    const rng = createRng(7);
    const { architecture, dimensions, batch } = network;
    const weights = randomWeights(network, rng.fork("weights"));
    const inputs = randomInputs(network, rng.fork("inputs"), size);
    const mask = rng.fork("mask");
    for (const values of Object.values(inputs)) {
      for (let i = 0; i < values.length; i++) if (mask.uniform() >= kept) values[i] = 0;
    }
    const got = await runOnce(inferenceGraph(architecture, dimensions, batch, weights, { explain: true }), inputs);
    const expected = referenceForward(architecture, dimensions, weights, inputs, batch);
    for (const [name, values] of Object.entries(got)) {
      expect(values, name).toBeAllclose(expected[name as Exclude<keyof ReferenceOutputs, "hazardReadings">], TOLERANCE);
    }
    expect(Object.keys(got)).toEqual(expect.arrayContaining(["quantiles", "staticWeights", "attention"]));
    expect("hazardLogits" in got).toBe(dimensions.rules > 0);
  });
});

test("selection weights and attention are shares, and the direct head's levels are in order as they come", () => {
  const rng = createRng(3);
  const { architecture, dimensions, batch } = paperCase;
  const weights = randomWeights(paperCase, rng, 3);
  const outputs = referenceForward(architecture, dimensions, weights, randomInputs(paperCase, rng), batch);
  const sumOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  expect(sumOf(outputs.staticWeights)).toBeCloseTo(batch);
  expect(sumOf(outputs.pastWeights)).toBeCloseTo(batch * dimensions.pastTokens);
  expect(sumOf(outputs.futureWeights)).toBeCloseTo(batch * dimensions.futureTokens);
  expect(sumOf(outputs.attention)).toBeCloseTo(batch * dimensions.futureTokens);
  expect(outputs.unorderedQuantiles).toEqual(outputs.quantiles);
});
