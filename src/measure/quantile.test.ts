import { expect, it } from "vitest";
import { normalQuantile, quantileOf } from "./quantile.ts";

it("quantileOf interpolates like NumPy", () => {
  const sorted = Float32Array.of(1, 2, 3, 4);
  expect([0, 0.1, 0.5, 1].map((level) => quantileOf(sorted, level))).toEqual([1, expect.closeTo(1.3, 9), 2.5, 4]);
  expect(quantileOf(new Float64Array(0), 0.5)).toBeNaN();
});

// Values of Python's statistics.NormalDist().inv_cdf.
it.each([
  [0.5, 0],
  [0.1, -1.2815515655446008],
  [0.9, 1.2815515655446008],
  [0.6, 0.2533471031357998],
  [0.975, 1.9599639845400536],
  [0.0001, -3.7190164854557084],
  [1e-12, -7.034483825301132],
  [0, -Infinity],
  [1, Infinity],
])("normalQuantile of %d is %d", (level, expected) => {
  if (Number.isFinite(expected)) expect(normalQuantile(level)).toBeCloseTo(expected, 5);
  else expect(normalQuantile(level)).toBe(expected);
});
