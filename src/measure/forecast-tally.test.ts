import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createForecastTally } from "./forecast-tally.ts";
import { meanAbsoluteError, normalizedDeviation } from "./point-scores.ts";
import { pinball, scoreBand, weightedQuantileLoss } from "./quantile-scores.ts";

const NONE = Number.NaN;
const levels = [0.1, 0.5, 0.9];

describe("a forecast tally", () => {
  it("by hand", () => {
    const tally = createForecastTally(levels);
    tally.add(Float32Array.of(10, NONE, 20), Float32Array.of(8, 12, 14, 0, 0, 0, 10, 16, 18), 2);
    tally.add(Float32Array.of(NONE), Float32Array.of(1, 2, 3), 2);
    tally.add(Float32Array.of(4), Float32Array.of(5, 4.5, 4.25), 0); // crossing twice
    const scores = tally.scores();
    expect(scores).toMatchObject({ count: 3, missing: 2, windows: 2, windowsWithoutScale: 1, crossings: 2 });
    expect(scores.meanAbsoluteError).toBeCloseTo(6.5 / 3, 6);
    expect(scores.normalizedDeviation).toBeCloseTo(6.5 / 34, 6);
    expect(scores.meanAbsoluteScaledError).toBe(1.5);
    // p10: 0.2 + 1 + 0.9; p50: 1 + 2 + 0.25; p90: 0.4 + 1.8 + 0.025.
    for (const [q, sum] of [2.1, 3.25, 2.225].entries()) expect(scores.pinballPerLevel[q]).toBeCloseTo(sum / 3, 6);
    expect(scores.pinball).toBeCloseTo(7.575 / 9, 6);
    expect(scores.weightedQuantileLoss).toBeCloseTo((2 * 7.575) / 3 / 34, 6);
    expect(scores.coverage).toBeCloseTo(1 / 3, 6);
    expect(scores.width).toBeCloseTo((6 + 8 - 0.75) / 3, 6);
    expect(scores.pit).toEqual([1 / 3, 1 / 3, 0, 1 / 3]);
  });

  it("is NaN without truth, and refuses levels without a median", () => {
    expect(createForecastTally([0.5]).scores()).toMatchObject({ weightedQuantileLoss: NONE, coverage: NONE, count: 0 });
    expect(() => createForecastTally([0.1, 0.9])).toThrow("0.5");
  });

  const value = fc.oneof(fc.float({ min: -100, max: 100, noNaN: true }), fc.constant(NONE));
  const windows = fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  const forecast = Float32Array.from({ length: 12 }, (_, i) => (i * 37) % 50);

  it("agrees with the plain scores", () => {
    fc.assert(
      fc.property(windows, (rows) => {
        const truth = Float32Array.from(rows.flat());
        const all = Float32Array.from(rows.flatMap(() => [...forecast]));
        const tally = createForecastTally(levels);
        tally.add(truth, all, NONE);
        const column = (q: number) => Float32Array.from(truth, (_, i) => all[i * 3 + q]!);
        const scores = tally.scores();
        const expectClose = (a: number, b: number) => expect(Number.isNaN(a) ? b : a).toBeCloseTo(b, 6);
        if (scores.count === 0) return;
        expectClose(scores.meanAbsoluteError, meanAbsoluteError(truth, column(1)));
        const band = scoreBand(truth, column(0), column(2));
        expectClose(scores.coverage, band.coverage);
        expectClose(scores.width, band.width);
        expectClose(
          scores.pit.reduce((a, b) => a + b, 0),
          1,
        );
        const known = [...truth].flatMap((y, i) => (Number.isNaN(y) ? [] : [pinball(y, all[i * 3 + 2]!, 0.9)]));
        expectClose(scores.pinballPerLevel[2]!, known.reduce((a, b) => a + b, 0) / known.length);
        if (!truth.some((y) => Math.abs(y) > 1)) return;
        expectClose(scores.weightedQuantileLoss, weightedQuantileLoss(truth, all, levels));
        expectClose(scores.normalizedDeviation, normalizedDeviation(truth, column(1)));
      }),
    );
  });

  it("goes on from its state exactly, adds step ranges, and merges", () => {
    fc.assert(
      fc.property(windows, fc.nat({ max: 6 }), (rows, cut) => {
        const add = (tally: ReturnType<typeof createForecastTally>, some: number[][]) => {
          for (const row of some) tally.add(Float32Array.from(row), forecast, 3);
          return tally;
        };
        const whole = add(createForecastTally(levels), rows);
        const first = add(createForecastTally(levels), rows.slice(0, cut));
        const stored = JSON.parse(JSON.stringify(first.state()));
        expect(add(createForecastTally(levels, stored), rows.slice(cut)).state()).toEqual(whole.state());

        first.merge(add(createForecastTally(levels), rows.slice(cut)).state());
        const ranges = createForecastTally(levels);
        for (const row of rows) {
          ranges.add(Float32Array.from(row), forecast, 3, 0, 1);
          ranges.add(Float32Array.from(row), forecast, 3, 1);
        }
        for (const other of [first, ranges]) {
          expect(other.state().pinball[0]).toBeCloseTo(whole.state().pinball[0]!, 6);
          expect(other.state().pit[1]).toBeCloseTo(whole.state().pit[1]!, 6);
          expect(other.scores()).toMatchObject({ count: whole.scores().count, missing: whole.scores().missing });
        }
      }),
    );
  });
});
