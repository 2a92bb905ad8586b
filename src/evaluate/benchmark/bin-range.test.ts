import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBinRange, windowStarts } from "./bin-range.ts";
import { OFFICIAL_BINS } from "./published.ts";

describe("bin ranges", () => {
  it("include both ends", () => {
    expect(parseBinRange("6336..7199")).toEqual({ first: 6336, last: 7199 });
    expect(parseBinRange("5..5")).toEqual({ first: 5, last: 5 });
  });

  it.each(["", "7199", "7199..6336", "-1..5", "1...5", "1..x", "6336-7199", "1..2..3", " 1..2"])(
    "refuse %j",
    (text) => {
      expect(() => parseBinRange(text)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
    },
  );

  it("give the benchmark's windows: 18 of 48, 2 of 480, 2 of 720", () => {
    const counts = [48, 480, 720].map((horizon) => windowStarts(OFFICIAL_BINS[horizon]!, horizon).length);
    expect(counts).toEqual([18, 2, 2]);
  });

  it("are refused when shorter than a window", () => {
    expect(() => windowStarts({ first: 10, last: 19 }, 11)).toThrow(
      "Expected at least one window of 11 bins, got 10 bins",
    );
  });

  it("hold windows that end with the range, touch, and leave less than one window over", () => {
    const number = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(number, number, number, (first, extra, horizon) => {
        const range = { first, last: first + horizon + extra - 2 };
        const starts = windowStarts(range, horizon);
        expect(starts.at(-1)! + horizon).toBe(range.last + 1);
        expect(starts[0]! - first).toBeGreaterThanOrEqual(0);
        expect(starts[0]! - first).toBeLessThan(horizon);
        for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBe(horizon);
      }),
    );
  });
});
