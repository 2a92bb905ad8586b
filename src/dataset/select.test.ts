import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherObserved, nearestRank, selectRanks, sortSmall } from "./select.ts";

const levels = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1];

describe("selectRanks", () => {
  it("puts every wanted rank where sorting would put it", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.float({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), (array) => {
        const values = Float32Array.from(array);
        const sorted = values.slice().sort();
        const ranks = levels.map((level) => nearestRank(level, values.length));
        selectRanks(values, values.length, ranks);
        for (const rank of ranks) expect(values[rank] === sorted[rank]).toBe(true);
      }),
    );
  });

  it("leaves what lies behind `count` alone", () => {
    const values = Float32Array.from([3, 1, 2, -9]);
    selectRanks(values, 3, [0, 2]);
    expect([...values]).toEqual([1, 2, 3, -9]);
  });
});

it("sortSmall sorts a span", () => {
  const values = Float32Array.from([9, 3, 1, 2, 0]);
  sortSmall(values, 1, 3);
  expect([...values]).toEqual([9, 1, 2, 3, 0]);
});

it("gatherObserved takes every n-th step back from the last, without gaps", () => {
  const out = new Float32Array(4);
  const count = gatherObserved(Float32Array.from([0, 1, 2, Number.NaN, 4, 5]), 0, 5, 2, out);
  expect([count, ...out.subarray(0, count)]).toEqual([2, 5, 1]);
});
