import { describe, expect, test } from "vitest";
import { createRng } from "../base/index.ts";
import { loadAt } from "./load.ts";
import { PROFILES } from "./profiles.ts";
import { type Batch, batchLevel, type Leak, leakLevel, planTroubles } from "./troubles.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test("a leak rises from the base to its full level and stays there", () => {
  const leak: Leak = {
    startMs: 0,
    fullMs: 10 * HOUR_MS,
    endMs: 11 * HOUR_MS,
    backMs: 11 * HOUR_MS,
    shape: 2,
    fullPct: 100,
    caught: false,
  };
  expect(leakLevel(leak, 40, 0)).toBe(40);
  expect(leakLevel(leak, 40, 5 * HOUR_MS)).toBe(55);
  expect(leakLevel(leak, 40, 10.5 * HOUR_MS)).toBe(100);
});

test("a batch rises for 40 min, holds, falls for 10 min, and grows day by day until its cycle begins again", () => {
  const batch: Batch = {
    offsetMs: 23 * HOUR_MS,
    holdMs: HOUR_MS,
    cycleDays: 3,
    cycleStartDay: 0,
    lowPct: 40,
    highPct: 100,
  };
  const level = (day: number, minutes: number): number => {
    return batchLevel(batch, day * DAY_MS + 23 * HOUR_MS + minutes * MINUTE_MS);
  };
  expect([level(3, -1), level(3, 20), level(3, 40), level(3, 100), level(3, 105), level(3, 110)]).toEqual([
    0, 20, 40, 40, 20, 0,
  ]);
  expect([level(3, 60), level(4, 60), level(5, 60), level(6, 60)]).toEqual([40, 70, 100, 40]);
});

describe("planTroubles", () => {
  const start = 20_000 * DAY_MS;
  const plans = Array.from({ length: 50 }, (_, seed) =>
    planTroubles(createRng(seed), PROFILES.web_api, start, start + 14 * DAY_MS),
  );

  test("leaks follow one another, take hours to fill, and a crash is followed by a gap", () => {
    for (const { memoryLeaks, gaps } of plans) {
      memoryLeaks.forEach((leak, i) => {
        const rampHours = (leak.fullMs - leak.startMs) / HOUR_MS;
        expect(rampHours).toBeGreaterThanOrEqual(3);
        expect(rampHours).toBeLessThanOrEqual(20);
        if (i > 0) expect(leak.startMs).toBeGreaterThan(memoryLeaks[i - 1]!.backMs);
        const hasGap = gaps.some((gap) => gap.startMs === leak.endMs && gap.endMs === leak.backMs);
        expect(hasGap).toBe(!leak.caught);
      });
    }
  });

  test("some leaks are caught in time, so that a ramp alone is no certain sign", () => {
    const leaks = plans.flatMap((plan) => plan.memoryLeaks);
    const caught = leaks.filter((leak) => leak.caught).length / leaks.length;
    expect(caught).toBeGreaterThan(0.1);
    expect(caught).toBeLessThan(0.3);
  });
});

test("load peaks where the profile says and falls at the weekend", () => {
  const monday = Date.UTC(2026, 0, 5);
  const at = (day: number, hour: number): number => loadAt(PROFILES.web_api, monday + day * DAY_MS + hour * HOUR_MS);
  expect(at(0, 10)).toBeGreaterThan(0.9);
  expect(at(0, 3)).toBeLessThan(0.1);
  expect(at(5, 10) / at(4, 10)).toBeCloseTo(PROFILES.web_api.weekendLoad);
});
