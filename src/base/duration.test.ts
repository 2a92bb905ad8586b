import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["5s", 5000],
    ["5m", 300_000],
    ["250ms", 250],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["1m1ms", 60_001],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text, "--interval")).toBe(ms);
  });

  test.each(["", "5", "5 m", "m", "-5m", "1.5h", "5M", "0s", "0s0m", "9999999999999999d", "5m ", "1w"])(
    "refuses %j",
    (text) => {
      const usage = expect.objectContaining({
        code: "usage_invalid",
        message: expect.stringContaining("--interval: Expected"),
      });
      expect(() => parseDuration(text, "--interval")).toThrow(usage);
    },
  );

  test("never throws anything else", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseDuration(text, "x")).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "usage_invalid" });
        }
      }),
    );
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0s"],
    [5_400_000, "1h30m"],
    [90_061_001, "1d1h1m1s1ms"],
    [172_800_000, "2d"],
  ])("%i ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("is read back as the same duration", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (ms) => parseDuration(formatDuration(ms), "x") === ms));
  });
});
