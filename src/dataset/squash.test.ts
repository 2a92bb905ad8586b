import fc from "fast-check";
import { expect, it } from "vitest";
import { bound, squash } from "./squash.ts";

it("squash is asinh within 1e-6, odd, and bounded by 10", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (x) => {
      expect(Math.abs(squash(x) - Math.asinh(x))).toBeLessThan(1e-6);
    }),
  );
  expect([squash(1e9), squash(-1e9), squash(Number.POSITIVE_INFINITY), squash(Number.NaN), squash(0)]).toEqual([
    10, -10, 10, 0, 0,
  ]);
});

it("bound clips to 10 and turns NaN into 0", () => {
  expect([bound(11), bound(-11), bound(3), bound(Number.NaN)]).toEqual([10, -10, 3, 0]);
});
