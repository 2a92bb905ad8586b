// A server that is switched off, or a metric that never moves, is forecast exactly, whatever the weights say.
import { expect, test } from "vitest";
import { column, seriesOf, smallSpec } from "../../test/support/series.ts";
import { randomWeights } from "../../test/support/tft.ts";
import { createRng } from "../base/index.ts";
import { createBatchBuilder, type InputSpec, prepareSeries } from "../dataset/index.ts";
import { DEFAULT_ARCHITECTURE } from "./architecture.ts";
import { decodeQuantiles } from "./decode.ts";
import { modelDimensions } from "./dimensions.ts";
import { openPredictor } from "./predictor.ts";

const ORIGIN = 300;
const architecture = { ...DEFAULT_ARCHITECTURE, hidden: 8, quantiles: [0.1, 0.5, 0.9] };
/** Moves every level by different amounts. */
const calibration = {
  quantileShift: [
    [-3, 1, 2],
    [-3, 1, 2],
  ],
  breachSlope: [1],
  breachIntercept: [0],
};

/** Forecasts of cpu, which wanders, and of disk, which stands at `level`, by a network of random weights. */
async function forecast(spec: InputSpec, level: number) {
  const network = { architecture, dimensions: modelDimensions(spec), batch: 1 };
  const weights = randomWeights(network, createRng(4));
  await using predictor = await openPredictor(spec, architecture, weights, { batchSize: 1, threads: 1 });
  const builder = createBatchBuilder(spec, 1);
  const batch = builder.createBatch();
  const values = [column(400, (t) => 50 + 20 * Math.sin(t)), column(400, () => 0.5), column(400, () => level)];
  builder.fill(0, prepareSeries(spec, seriesOf(values)), ORIGIN, batch);
  const quantiles = decodeQuantiles(spec, calibration, batch, await predictor.predict(batch), 0);
  const ofTarget = (target: number) => [...quantiles].filter((_, i) => Math.floor(i / 3) % 2 === target);
  return { cpu: ofTarget(0), disk: ofTarget(1) };
}

test.each([0, 7, 1234.5])("a history of %s and nothing else", async (level) => {
  const { cpu, disk } = await forecast(smallSpec(), level);
  expect(disk).toHaveLength(8 * 3);
  for (const value of disk) expect(value).toBeCloseTo(level, 3);
  expect(new Set(cpu).size).toBeGreaterThan(12);
});

test("a model of format 1 strays from it", async () => {
  const { disk } = await forecast({ ...smallSpec(), offsetUnit: "scale" }, 7);
  expect(Math.max(...disk.map((value) => Math.abs(value - 7)))).toBeGreaterThan(0.01);
});
