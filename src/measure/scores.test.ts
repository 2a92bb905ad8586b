import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanAbsoluteError, meanAbsoluteScaledError, normalizedDeviation, seasonalScale } from "./point-scores.ts";
import { addToPit, pinball, pitWidths, scoreBand, weightedQuantileLoss } from "./quantile-scores.ts";

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

  it("pinball is lowest, on average, at the quantile itself", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const loss = (forecast: number) => values.reduce((sum, y) => sum + pinball(y, forecast, 0.75), 0);
    fc.assert(fc.property(fc.double({ min: -5, max: 15, noNaN: true }), (q) => loss(7) <= loss(q) + 1e-9));
  });

  it("sums up by hand, missing truth left out", () => {
    // Step 0: 0.1*2 + 0.5*2 + 0.1*4 = 1.6; step 2: 0.1*10 + 0.5*4 + 0.9*2 = 4.8.
    expect(weightedQuantileLoss(truth, forecasts, levels)).toBeCloseTo((2 * 6.4) / 3 / 30, 6);
    const band = scoreBand(truth, Float32Array.of(8, 0, 10), Float32Array.of(14, 0, 18));
    expect(band).toEqual({ coverage: 0.5, width: 7, count: 2 });
  });

  it("is NaN without truth, not 0", () => {
    const nothing = Float32Array.of(NONE);
    expect(weightedQuantileLoss(nothing, Float32Array.of(1), [0.5])).toBeNaN();
    expect(scoreBand(nothing, nothing, nothing)).toEqual({ coverage: NONE, width: NONE, count: 0 });
  });

  it("puts a truth between two quantiles into one bin, and shares a tie by the width of the bins it touches", () => {
    const widths = pitWidths(levels);
    expect(widths).toEqual([0.1, 0.4, 0.4, expect.closeTo(0.1, 12)]);
    const counts = [0, 0, 0, 0];
    addToPit(counts, widths, 1, 1);
    expect(counts).toEqual([0, 1, 0, 0]);
    addToPit(counts, widths, 0, 2); // equal to the two lowest quantiles
    const shares = [0.1 / 0.9, 1 + 0.4 / 0.9, 0.4 / 0.9, 0];
    for (const [bin, share] of shares.entries()) expect(counts[bin]).toBeCloseTo(share, 12);
  });
});

describe("scores of points", () => {
  const point = Float32Array.of(12, 0, 16);

  it("by hand", () => {
    expect(meanAbsoluteError(truth, point)).toBe(3);
    expect(meanAbsoluteScaledError(truth, point, 2)).toBe(1.5);
    expect(normalizedDeviation(truth, point)).toBeCloseTo(6 / 30, 12);
  });

  it("scales MASE by the change over a season", () => {
    expect(seasonalScale(Float32Array.of(1, 2, 4, NONE, 9, 8), 2)).toBeCloseTo((3 + 5) / 2, 6);
    expect(seasonalScale(Float32Array.of(1, 2), 2)).toBeNaN();
  });

  it("is undefined, not 0 or infinite, for a constant history, no truth and a truth of zeros", () => {
    const scale = seasonalScale(new Float32Array(10).fill(3), 2);
    expect(scale).toBe(0);
    expect(meanAbsoluteScaledError(truth, point, scale)).toBeNaN();
    expect(meanAbsoluteScaledError(truth, point, NONE)).toBeNaN();
    expect(meanAbsoluteError(Float32Array.of(NONE), Float32Array.of(1))).toBeNaN();
    expect(normalizedDeviation(Float32Array.of(0), Float32Array.of(1))).toBeNaN();
  });
});
