import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Baseline, last24hQuantiles, lastValueQuantiles, quantileOf, yesterdayQuantiles } from "./baselines.ts";

const NONE = Number.NaN;
const levels = [0, 0.5, 1];
const rows = (forecasts: Float32Array): number[][] =>
  Array.from({ length: forecasts.length / levels.length }, (_, i) => [...forecasts.subarray(i * 3, i * 3 + 3)]);

it("quantileOf interpolates like NumPy", () => {
  const sorted = Float32Array.of(1, 2, 3, 4);
  expect([0, 0.1, 0.5, 1].map((level) => quantileOf(sorted, level))).toEqual([1, expect.closeTo(1.3, 9), 2.5, 4]);
});

describe("baselines by hand, a day of 4 steps", () => {
  it("last value: changes over half the horizon, centred", () => {
    // Changes over 2 steps: 2, 4, 3, 2 -> centred on 2.5: -0.5, 0, 1.5; last value 10.
    expect(rows(lastValueQuantiles(Float32Array.of(1, 4, 3, 8, 6, 10), 4, levels, 2))).toEqual(
      Array.from({ length: 4 }, () => [9.5, 10, 11.5]),
    );
  });

  it("last value: only the last 7 days count", () => {
    const history = Float32Array.of(0, 100, ...new Array(29).fill(5));
    expect(rows(lastValueQuantiles(history, 2, levels, 4))[0]).toEqual([5, 5, 5]);
  });

  it("yesterday: value of the same step, changes over a day", () => {
    // Changes over a day: 1, 3, -2, 0.
    const history = Float32Array.of(1, 2, 3, 4, 2, 5, 1, 4);
    expect(rows(yesterdayQuantiles(history, 6, levels, 4))).toEqual(
      [2, 5, 1, 4, 2, 5].map((value) => [value - 2, value + 0.5, value + 3]),
    );
  });

  it("last 24 h: its quantiles, gaps carried forward", () => {
    const history = Float32Array.of(50, 7, NONE, 1, 3);
    expect(rows(last24hQuantiles(history, 2, levels, 4))).toEqual([
      [1, 5, 7],
      [1, 5, 7],
    ]);
  });

  it("a history shorter than a day repeats its last value", () => {
    expect(rows(yesterdayQuantiles(Float32Array.of(3, 9), 2, levels, 4))).toEqual([
      [9, 9, 9],
      [9, 9, 9],
    ]);
    expect(rows(lastValueQuantiles(Float32Array.of(9), 4, levels, 4))[3]).toEqual([9, 9, 9]);
  });
});

describe.each<[string, Baseline]>([
  ["last value", lastValueQuantiles],
  ["yesterday", yesterdayQuantiles],
  ["last 24 h", last24hQuantiles],
])("%s", (_, baseline) => {
  it("never crosses, and has a number as soon as there is one value", () => {
    const value = fc.oneof(fc.constant(NONE), fc.integer({ min: -100, max: 100 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (history, horizon) => {
        const forecasts = rows(baseline(Float32Array.from(history), horizon, levels, 4));
        expect(forecasts).toHaveLength(horizon);
        const any = history.some((v) => !Number.isNaN(v));
        // The last 24 h may be carried forward from earlier, so one value anywhere is enough.
        for (const [low, median, high] of forecasts) {
          expect([low, median, high].every((v) => Number.isNaN(v) !== any)).toBe(true);
          if (any) expect(low! <= median! && median! <= high!).toBe(true);
        }
      }),
    );
  });
});
