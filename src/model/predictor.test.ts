// A predictor runs the network of an InputSpec in its worker, and gives out nothing that is not finite.
import { expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { type Case, candidateCase, randomInputs, randomWeights } from "../../test/support/tft.ts";
import { createRng } from "../base/index.ts";
import type { InputBatch, InputSpec } from "../dataset/index.ts";
import { modelDimensions } from "./dimensions.ts";
import { openPredictor } from "./predictor.ts";
import { referenceForward } from "./reference/forward.ts";

const variables = (...channels: number[]) => channels.map((count, i) => ({ name: `v${i}`, channels: count }));

/** The InputSpec whose network is that of `candidateCase`; only what fixes shapes. */
const spec = {
  contextSteps: 16,
  horizonSteps: 8,
  patchSteps: 4,
  targets: ["cpu_pct", "mem_pct"],
  past: variables(2, 1),
  known: variables(1, 2, 1),
  static: variables(3, 1, 2),
  candidates: ["last", "day_before", "hour_median"],
  offsetUnit: "deviation",
  breachReadings: "both",
  breachRules: [{ id: "hot" }, { id: "full" }],
  breachGroupEnds: [2, 5, 8],
  breachFeatures: ["gap", "trend"],
} as unknown as InputSpec;

const network: Case = { ...candidateCase, dimensions: modelDimensions(spec) };
const rng = createRng(6);
const weights = randomWeights(network, rng.fork("weights"));
const inputs = randomInputs(network, rng.fork("inputs"));
const options = { batchSize: network.batch, threads: 1, explain: true };

test("dimensions follow from the input specification", () => {
  expect(network.dimensions).toEqual(candidateCase.dimensions);
});

test("predictions and explanations are the reference's", async () => {
  await using predictor = await openPredictor(spec, network.architecture, weights, options);
  const batch = { ...inputs, size: network.batch } as unknown as InputBatch;
  const expected = referenceForward(network.architecture, network.dimensions, weights, inputs, network.batch);
  const explained = await predictor.explain(batch);
  for (const [name, values] of Object.entries(explained)) {
    expect(values, name).toBeAllclose(expected[name as keyof typeof explained], { rtol: 1e-4, atol: 1e-4 });
  }
  expect(Object.keys(explained)).toHaveLength(6);
  const { quantiles, hazardLogits } = explained;
  expect(await predictor.predict(batch)).toEqual({ quantiles, hazardLogits });
});

test("an output that is not finite is refused, and the predictor goes on", async () => {
  await using predictor = await openPredictor(spec, network.architecture, weights, options);
  const batch = { ...inputs, size: network.batch } as unknown as InputBatch;
  const broken = { ...batch, past: batch.past.map((value, i) => (i === 0 ? Number.NaN : value)) };
  await expect(predictor.predict(broken)).rejects.toMatchObject({ code: "output_invalid" });
  expect((await predictor.predict(batch)).quantiles.every(Number.isFinite)).toBe(true);
});
