import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { comparePaired, type ServerSums } from "./bootstrap.ts";

const sums = (numerators: number[], denominators: number[]): ServerSums => ({ numerators, denominators });

describe("comparePaired", () => {
  it("by hand: pooled scores, their difference and ratio, and the share of servers where better", () => {
    // Scores 6/12 = 0.5 and 12/12 = 1; per server 1/4 < 1/2, 5/8 < 10/8, 0/0 not defined.
    const result = comparePaired(sums([1, 5, 0], [4, 8, 0]), sums([2, 10, 0], [4, 8, 0]), createRng(1));
    expect(result.difference.estimate).toBe(-0.5);
    expect(result.ratio).toEqual({ estimate: 0.5, low: 0.5, high: 0.5 });
    expect(result.betterShare).toBe(1);
    expect(result.servers).toBe(3);
  });

  it("is the same for the same seed", () => {
    const compare = (seed: number) =>
      comparePaired(sums([1, 2, 3, 4], [5, 5, 5, 5]), sums([2, 2, 2, 5], [5, 5, 5, 5]), createRng(seed));
    expect(compare(3)).toEqual(compare(3));
    expect(compare(3).difference.estimate).toBeCloseTo(-1 / 20, 12);
  });

  it("has the width that theory gives for a mean of many servers", () => {
    const rng = createRng(7);
    const servers = 400;
    const ones = new Float64Array(servers).fill(1);
    const own = Float64Array.from({ length: servers }, () => 1 + rng.normal());
    const { difference } = comparePaired(
      { numerators: own, denominators: ones },
      { numerators: ones, denominators: ones },
      createRng(8),
      4000,
    );
    expect(difference.high - difference.low).toBeCloseTo((2 * 1.96) / Math.sqrt(servers), 1);
    expect(difference.low).toBeLessThan(difference.estimate);
    expect(difference.high).toBeGreaterThan(difference.estimate);
  });

  it("says NaN without any truth, and refuses sums of different fleets", () => {
    const none = comparePaired(sums([0, 0], [0, 0]), sums([0, 0], [0, 0]), createRng(1));
    expect(none.difference).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN });
    expect(none.betterShare).toBeNaN();
    expect(() => comparePaired(sums([1], [1]), sums([1, 2], [1, 2]), createRng(1))).toThrow("sums of 1 servers, got 2");
  });
});
