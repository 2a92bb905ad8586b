import { describe, expect, it } from "vitest";
import { column } from "../../test/support/series.ts";
import { historyStride, lagIndex } from "./grid.ts";
import { createMetricMeter } from "./metric-window.ts";

const hourly = { intervalMs: 3_600_000, historySteps: 168 };

function measure(values: Float32Array, origin: number, oldest = 0) {
  const meter = createMetricMeter(hourly);
  const window = meter.createWindow();
  meter.measure(window, values, origin, oldest, 0.5, 0);
  return window;
}

describe("location and scale", () => {
  it("are the 24-h median, half of both deviations, 1 % of the level, and the floor", () => {
    // 6 days of 10, then a day that alternates 20 and 40: median by nearest rank (round(11.5) = 12th) is 40.
    const values = column(168, (t) => (t < 144 ? 10 : t % 2 === 0 ? 20 : 40));
    const window = measure(values, 167);
    expect(window.location).toBe(40);
    expect(window.dayDeviation).toBe(10);
    // Every 5th step back from 167: 34 values, of them 167, 162, 157, 152, 147 in the last day (3 odd, 2 even).
    expect(historyStride(hourly)).toBe(5);
    expect(window.sampleCount).toBe(34);
    const historyDeviation = (29 * 30 + 2 * 20) / 34;
    const level = (29 * 10 + 3 * 40 + 2 * 20) / 34;
    expect(window.historyDeviation).toBeCloseTo(historyDeviation, 6);
    expect(window.deviation).toBeCloseTo(0.5 * (10 + historyDeviation), 6);
    expect(window.scale).toBeCloseTo(0.5 * (10 + historyDeviation) + 0.01 * level + 0.5, 6);
    expect([...window.dayQuantiles]).toEqual([20, 20, 20, 40, 40, 40, 40]);
  });

  it("fall back to the history when the day is empty, and to 0 and the floor without any value", () => {
    const empty = measure(
      column(100, () => Number.NaN),
      99,
    );
    expect([empty.location, empty.scale, empty.dayCount]).toEqual([0, 0.5, 0]);
    const gap = measure(
      column(100, (t) => (t < 60 ? 8 : Number.NaN)),
      99,
    );
    expect(gap.location).toBe(8);
    expect(gap.scale).toBeCloseTo(0.01 * 8 + 0.5, 6);
  });

  it("count zeros and missing steps of the last day only", () => {
    const window = measure(
      column(100, (t) => (t % 4 === 0 ? 0 : t % 4 === 1 ? Number.NaN : 5)),
      99,
    );
    expect([window.dayCount, window.zeroCount]).toEqual([18, 6]);
  });
});

describe("lagIndex", () => {
  it("points one period back, and to the latest known multiple beyond a period", () => {
    expect(lagIndex(100, 1, 24)).toBe(77);
    expect(lagIndex(100, 24, 24)).toBe(100);
    expect(lagIndex(100, 25, 24)).toBe(77);
    expect(lagIndex(100, -5, 24)).toBe(71);
  });
});
