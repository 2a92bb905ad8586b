import fc from "fast-check";
import { expect, it } from "vitest";
import { formatLabelValue, formatValue } from "./format-value.ts";

it.each([
  [0, "0", "0"],
  [-0, "-0", "-0"],
  [0.1, "0.1", "0.1"],
  [1e-6, "0.000001", "0.000001"],
  [1.5e-7, "1.5e-07", "0.00000015"],
  [1e20, "100000000000000000000", "100000000000000000000"],
  [1e21, "1e+21", "1000000000000000000000"],
  [-1.25e22, "-1.25e+22", "-12500000000000000000000"],
  [5e-324, "5e-324", `0.${"0".repeat(323)}5`],
  [Number.NaN, "NaN", "NaN"],
  [Infinity, "+Inf", "+Inf"],
  [-Infinity, "-Inf", "-Inf"],
])("%d", (value, text, label) => {
  expect(formatValue(value)).toBe(text);
  expect(formatLabelValue(value)).toBe(label);
});

it("loses nothing", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(formatValue(value))).toBe(value);
      expect(Number(formatLabelValue(value))).toBe(value);
    }),
  );
});
