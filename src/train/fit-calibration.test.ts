import { describe, expect, test } from "vitest";
import { createRng } from "../base/index.ts";
import { fitHazards, fitShifts } from "./fit-calibration.ts";
import { learningRateAt } from "./schedule.ts";

const levels = [0.1, 0.5, 0.9];

describe("shifts of quantiles", () => {
  test("undo a constant bias and a band that is too narrow", () => {
    const rng = createRng(1);
    const residuals = Array.from({ length: 4000 }, (_, i) => {
      const truth = 2 + rng.normal();
      return { values: [truth, truth, truth], weight: 1, fold: i % 2 };
    });
    const [low, middle, high] = fitShifts(residuals, levels) as [number, number, number];
    expect(low).toBeCloseTo(2 - 1.2816, 0.5);
    expect(middle).toBeCloseTo(2, 0.5);
    expect(high).toBeCloseTo(2 + 1.2816, 0.5);
  });

  test("are zero where one half's shift does not help the other", () => {
    const residuals = Array.from({ length: 100 }, (_, i) => ({
      values: i % 2 === 0 ? [1, 1, 1] : [-1, -1, -1],
      weight: 1,
      fold: i % 2,
    }));
    expect(fitShifts(residuals, levels)).toEqual([0, 0, 0]);
    expect(fitShifts([], levels)).toEqual([0, 0, 0]);
  });
});

describe("logits of hazards", () => {
  const drawn = (slope: number, intercept: number) => {
    const rng = createRng(2);
    return Array.from({ length: 20_000 }, (_, i) => {
      const logit = 2 * rng.normal() - 1;
      const p = 1 / (1 + Math.exp(-(slope * logit + intercept)));
      return { logit, event: rng.uniform() < p ? 1 : 0, fold: i % 2 };
    });
  };

  test("find the slope and intercept that the events were drawn with", () => {
    const { slope, intercept } = fitHazards(drawn(0.5, -1));
    expect(Math.abs(slope - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(intercept + 1)).toBeLessThan(0.06);
  });

  test("stay as they are with fewer than 20 onsets", () => {
    const few = drawn(0.5, -1).filter(({ event }, i) => event === 0 || i < 20);
    expect(fitHazards(few)).toEqual({ slope: 1, intercept: 0 });
  });
});

test("the learning rate warms up, peaks and falls to 1 %", () => {
  expect(learningRateAt(0, 100, 0, 1)).toBeCloseTo(0.01, 6);
  expect(learningRateAt(99, 100, 0, 1)).toBeCloseTo(1, 6);
  expect(learningRateAt(500, 100, 0.5, 1)).toBeCloseTo(0.505, 6);
  expect(learningRateAt(1000, 100, 1, 1)).toBeCloseTo(0.01, 6);
});
