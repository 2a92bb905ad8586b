import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import {
  BASELINES,
  type Baseline,
  driftQuantiles,
  exponentialSmoothingQuantiles,
  last24hQuantiles,
  lastHourQuantiles,
  lastValueQuantiles,
  lastWeekQuantiles,
  seasonalNaiveQuantiles,
  yesterdayQuantiles,
} from "./index.ts";

const NONE = Number.NaN;
const levels = [0, 0.5, 1];
const rows = (forecasts: Float32Array): number[][] =>
  Array.from({ length: forecasts.length / levels.length }, (_, i) => [...forecasts.subarray(i * 3, i * 3 + 3)]);

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

  it("last week: value of the same step 7 days before, changes over a week", () => {
    // A day of one step: the last week is 3, 4, ..., 8, 12; changes over a week: 8 - 1 and 12 - 2.
    const history = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 12);
    expect(rows(lastWeekQuantiles(history, 2, levels, 1))).toEqual([
      [3 + 7, 3 + 8.5, 3 + 10],
      [4 + 7, 4 + 8.5, 4 + 10],
    ]);
  });

  it("last 24 h: its quantiles, gaps carried forward", () => {
    const history = Float32Array.of(50, 7, NONE, 1, 3);
    expect(rows(last24hQuantiles(history, 2, levels, 4))).toEqual([
      [1, 5, 7],
      [1, 5, 7],
    ]);
  });

  it("last 1 h: the last 24th part of a day", () => {
    expect(rows(lastHourQuantiles(Float32Array.of(9, 2, NONE, 6), 1, levels, 72))).toEqual([[2, 2, 6]]);
    expect(rows(lastHourQuantiles(Float32Array.of(9, 2, 6), 1, levels, 4))).toEqual([[6, 6, 6]]);
  });

  it("seasonal naive: normal quantiles by its own errors, wider by sqrt(k) in day k", () => {
    // Errors over a day of 2 steps: 3, 4 -> root mean square sqrt(12.5).
    const forecasts = seasonalNaiveQuantiles(Float32Array.of(1, 2, 4, 6), 3, [0.1, 0.5, 0.9], 2);
    const width = 1.2815516 * Math.sqrt(12.5);
    const expected = [4 - width, 4, 4 + width, 6 - width, 6, 6 + width, 4 - width * Math.SQRT2, 4];
    for (const [i, value] of expected.entries()) expect(forecasts[i]).toBeCloseTo(value, 5);
  });

  it("drift: the line of the mean change, changes over half the horizon less their drift", () => {
    // Slope (6 - 0) / 3 = 2; lag 1: changes 1, 4, 1 less 2: -1, -1, 2; times sqrt(lead).
    const [first, second] = rows(driftQuantiles(Float32Array.of(0, 1, 5, 6), 2, levels, 4));
    expect(first).toEqual([7, 7, 10]);
    for (const [q, value] of [10 - Math.SQRT2, 10 - Math.SQRT2, 10 + 2 * Math.SQRT2].entries()) {
      expect(second![q]).toBeCloseTo(value, 5);
    }
  });

  it("a history shorter than a season repeats its last value", () => {
    for (const baseline of [yesterdayQuantiles, lastWeekQuantiles, seasonalNaiveQuantiles]) {
      expect([...baseline(Float32Array.of(3, 9), 2, [0.1, 0.9], 4)]).toEqual([9, 9, 9, 9]);
    }
    expect(rows(lastValueQuantiles(Float32Array.of(9), 4, levels, 4))[3]).toEqual([9, 9, 9]);
  });
});

describe("exponential smoothing", () => {
  it("goes on with a daily pattern without error", () => {
    const day = [1, 5, 9, 5];
    const history = Float32Array.from({ length: 32 }, (_, t) => (t === 13 ? NONE : day[t % 4]!));
    for (const [step, row] of rows(exponentialSmoothingQuantiles(history, 8, levels, 4)).entries()) {
      for (const value of row) expect(value).toBeCloseTo(day[step % 4]!, 5);
    }
  });

  it("by hand, one error: the first choice of the grid, quantiles growing with the lead", () => {
    // The first value, 0, is the level. The only error is 1 whatever the choice, so the first is taken: level 0.05, no
    // trend. The level becomes 0.05, the quantile of the errors is 1, then sqrt(1 + 0.05^2).
    const forecasts = exponentialSmoothingQuantiles(Float32Array.of(0, 1), 2, [0.5], 4);
    expect(forecasts[0]).toBeCloseTo(1.05, 6);
    expect(forecasts[1]).toBeCloseTo(0.05 + Math.sqrt(1 + 0.0025), 6);
  });

  it("follows a change of level and of trend", () => {
    const step = Float32Array.from({ length: 64 }, (_, t) => (t < 32 ? 0 : 10));
    expect(exponentialSmoothingQuantiles(step, 1, [0.5], 4)[0]).toBeCloseTo(10, 1);
    const ramp = Float32Array.from({ length: 64 }, (_, t) => t);
    const ahead = exponentialSmoothingQuantiles(ramp, 2, [0.5], 4);
    expect(ahead[0]).toBeGreaterThan(63.5);
    expect(ahead[1]).toBeGreaterThan(ahead[0]!);
  });

  it("covers noise around a daily pattern as its levels say", () => {
    const rng = createRng(1);
    const value = (t: number) => 50 + 20 * Math.sin((2 * Math.PI * t) / 48) + rng.normal();
    const series = Float32Array.from({ length: 60 * 48 }, (_, t) => value(t));
    let inside = 0;
    let median = 0;
    for (let window = 0; window < 50; window++) {
      const origin = (8 + window) * 48;
      const forecasts = exponentialSmoothingQuantiles(
        series.subarray(origin - 8 * 48, origin),
        48,
        [0.1, 0.5, 0.9],
        48,
      );
      for (let step = 0; step < 48; step++) {
        const truth = series[origin + step]!;
        if (truth >= forecasts[step * 3]! && truth <= forecasts[step * 3 + 2]!) inside++;
        median += Math.abs(truth - forecasts[step * 3 + 1]!);
      }
    }
    expect(inside / 2400).toBeGreaterThan(0.72);
    expect(inside / 2400).toBeLessThan(0.88);
    expect(median / 2400).toBeLessThan(1.2);
  });

  it("takes a few milliseconds for 8 days of 5-minute steps", () => {
    const rng = createRng(2);
    const history = Float32Array.from({ length: 8 * 288 }, () => rng.uniform());
    for (let i = 0; i < 20; i++) exponentialSmoothingQuantiles(history, 96, levels, 288);
    const began = performance.now();
    for (let i = 0; i < 20; i++) exponentialSmoothingQuantiles(history, 96, levels, 288);
    expect((performance.now() - began) / 20).toBeLessThan(15); // about 2 ms on a busy 2-core machine
  });
});

describe.each<[string, Baseline]>(Object.entries(BASELINES))("%s", (_, baseline) => {
  const value = fc.oneof(fc.constant(NONE), fc.integer({ min: -100, max: 100 }));
  const history = fc.array(value, { maxLength: 40 }).map((values) => Float32Array.from(values));
  const horizon = fc.integer({ min: 1, max: 9 });

  it("never crosses, and has a number as soon as there is one value", () => {
    fc.assert(
      fc.property(history, horizon, (values, steps) => {
        const forecasts = rows(baseline(values, steps, [0.1, 0.5, 0.9], 4));
        expect(forecasts).toHaveLength(steps);
        // The last hours may be carried forward from earlier, so one value anywhere is enough.
        const any = values.some((v) => !Number.isNaN(v));
        for (const [low, median, high] of forecasts) {
          expect([low, median, high].every((v) => Number.isNaN(v) !== any)).toBe(true);
          if (any) expect(low! <= median! && median! <= high!).toBe(true);
        }
      }),
    );
  });

  it("moves with the series, and leaves its history as it was", () => {
    fc.assert(
      fc.property(history, horizon, (values, steps) => {
        const before = values.slice();
        const forecasts = baseline(values, steps, [0.1, 0.5, 0.9], 4);
        expect(values).toEqual(before);
        const raised = baseline(
          values.map((v) => v + 64),
          steps,
          [0.1, 0.5, 0.9],
          4,
        );
        for (const [i, forecast] of forecasts.entries()) {
          if (!Number.isNaN(forecast)) expect(Math.abs(raised[i]! - forecast - 64)).toBeLessThan(0.01);
        }
      }),
    );
  });
});
