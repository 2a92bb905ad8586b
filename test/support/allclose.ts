// The matcher for every numeric assertion. Import this module for its effect, then `expect(got).toBeAllclose(expected)`.
import { expect } from "vitest";

/** |got - expected| may be at most atol + rtol * |expected|. */
export interface Tolerance {
  rtol?: number;
  atol?: number;
}

declare module "vitest" {
  interface Matchers<T> {
    /** Compares numbers one by one; NaN equals NaN. Names the worst place. */
    toBeAllclose(expected: ArrayLike<number>, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllclose(got: ArrayLike<number>, expected: ArrayLike<number>, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}) {
    if (got.length !== expected.length) {
      return { pass: false, message: () => `Expected ${expected.length} numbers, got ${got.length}` };
    }
    const excess = (i: number): number => {
      const [a, b] = [got[i]!, expected[i]!];
      if (Object.is(a, b) || a === b) return 0;
      const difference = Math.abs(a - b);
      return Number.isFinite(difference) ? difference / (atol + rtol * Math.abs(b)) : Infinity;
    };
    let worst = 0;
    for (let i = 1; i < got.length; i++) if (excess(i) > excess(worst)) worst = i;
    const pass = got.length === 0 || excess(worst) <= 1;
    return {
      pass,
      message: () =>
        `Expected ${expected[worst]} at index ${worst} of ${got.length}, got ${got[worst]}: ` +
        `${excess(worst).toPrecision(3)} times the tolerance (rtol ${rtol}, atol ${atol})`,
    };
  },
});
