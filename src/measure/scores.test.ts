import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createForecastTally } from "./forecast-tally.ts";
import { meanAbsoluteError, pinball, scoreBand, seasonalScale, weightedQuantileLoss } from "./point-scores.ts";
import { brierScore, reliabilityTable } from "./probability-scores.ts";

const NONE = Number.NaN;
const truth = Float32Array.of(10, NONE, 20);
const levels = [0.1, 0.5, 0.9];
const forecasts = Float32Array.of(8, 12, 14, 0, 0, 0, 10, 16, 18); // [3, 3]

describe("scores of quantiles", () => {
  it("pinball weighs misses by level", () => {
    expect(pinball(10, 8, 0.1)).toBeCloseTo(0.2, 12);
    expect(pinball(10, 12, 0.1)).toBeCloseTo(1.8, 12);
    expect(pinball(10, 10, 0.3)).toBe(0);
  });

  it("is lowest, on average, at the quantile itself", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const loss = (forecast: number) => values.reduce((sum, y) => sum + pinball(y, forecast, 0.75), 0);
    fc.assert(fc.property(fc.double({ min: -5, max: 15, noNaN: true }), (q) => loss(7) <= loss(q) + 1e-9));
  });

  it("sums up by hand, missing truth left out", () => {
    // Step 0: 0.1*2 + 0.5*2 + 0.1*4 = 1.6; step 2: 0.1*10 + 0.5*4 + 0.9*2 = 4.8.
    const expected = (2 * 6.4) / 3 / 30;
    expect(weightedQuantileLoss(truth, forecasts, levels)).toBeCloseTo(expected, 6);
    expect(meanAbsoluteError(truth, Float32Array.of(12, 0, 16))).toBe(3);
    const band = scoreBand(truth, Float32Array.of(8, 0, 10), Float32Array.of(14, 0, 18));
    expect(band).toEqual({ coverage: 0.5, width: 7, count: 2 });

    const tally = createForecastTally(levels);
    tally.add(truth, forecasts, 2);
    tally.add(Float32Array.of(NONE), Float32Array.of(1, 2, 3), 2);
    tally.add(Float32Array.of(4), Float32Array.of(4, 4, 4), 0);
    const scores = tally.scores();
    expect(scores).toMatchObject({ count: 3, meanAbsoluteError: 2, meanAbsoluteScaledError: 1.5 });
    expect(scores.weightedQuantileLoss).toBeCloseTo((2 * 6.4) / 3 / 34, 6);
    expect(scores.pinball).toBeCloseTo(6.4 / 9, 6);
    expect(scores.coverage).toBeCloseTo(2 / 3, 6);
    expect(scores.width).toBeCloseTo(14 / 3, 6);
  });

  it("is NaN without truth, not 0", () => {
    const nothing = Float32Array.of(NONE);
    expect(weightedQuantileLoss(nothing, Float32Array.of(1), [0.5])).toBeNaN();
    expect(meanAbsoluteError(nothing, Float32Array.of(1))).toBeNaN();
    expect(scoreBand(nothing, nothing, nothing)).toEqual({ coverage: NONE, width: NONE, count: 0 });
    expect(createForecastTally([0.5]).scores().weightedQuantileLoss).toBeNaN();
  });

  it("scales MASE by the change over a day", () => {
    expect(seasonalScale(Float32Array.of(1, 2, 4, NONE, 9, 8), 2)).toBeCloseTo((3 + 5) / 2, 6);
    expect(seasonalScale(Float32Array.of(1, 2), 2)).toBeNaN();
  });
});

describe("scores of probabilities", () => {
  const probabilities = [0.05, 0.08, 0.55, 1, 0.5];
  const outcomes = [0, 1, 1, 1, NONE];

  it("Brier score by hand", () => {
    expect(brierScore(probabilities, outcomes)).toBeCloseTo((0.0025 + 0.8464 + 0.2025) / 4, 9);
    expect(brierScore([0.5], [NONE])).toBeNaN();
  });

  it("reliability table by hand", () => {
    const table = reliabilityTable(probabilities, outcomes);
    expect(table.map(({ count }) => count)).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(table[0]).toMatchObject({ from: 0, to: 0.1, meanProbability: 0.065, eventShare: 0.5 });
    expect(table[1]!.eventShare).toBeNaN();
    expect(table[9]).toMatchObject({ meanProbability: 1, eventShare: 1 });
  });
});
