import fc from "fast-check";
import { expect, test } from "vitest";
import { lookForTick, newestTick } from "./tick-schedule.ts";

const schedule = { everyMs: 300_000, delayMs: 10_000 };
const BASE_MS = 300_000 * 1000;
const tickOf = (boundaryMs: number) => ({ boundaryMs, atMs: boundaryMs + 10_000 });

test("a tick comes its delay after its boundary", () => {
  expect(newestTick(schedule, BASE_MS + 10_000)).toEqual(tickOf(BASE_MS));
  expect(newestTick(schedule, BASE_MS + 9999)).toEqual(tickOf(BASE_MS - 300_000));
});

test("10,000 ticks stay on the grid, however late each one is noticed and however long it takes", () => {
  let planned = newestTick(schedule, BASE_MS);
  let nowMs = BASE_MS;
  for (let count = 0; count < 10_000; count++) {
    nowMs = Math.max(nowMs, planned.atMs);
    const { due, next, skipped } = lookForTick(schedule, planned, nowMs);
    expect(due).toEqual(tickOf(BASE_MS - 300_000 + count * 300_000));
    expect(skipped).toBe(0);
    planned = next;
    nowMs += (count * 7919) % 250_000;
  }
});

test.each([
  ["it is not time yet", 20_000 - 300_000, null, 0, 0],
  ["it is time", 10_000, 0, 300_000, 0],
  ["it is late but still the newest", 309_999, 0, 300_000, 0],
  ["its time is over: the newest is made", 650_000, 600_000, 900_000, 2],
  ["of many only the newest is made", 3_030_000, 3_000_000, 3_300_000, 10],
  ["a clock set forward by days skips none", 864_020_000, 864_000_000, 864_300_000, 0],
  ["a clock set back by less than an interval makes it wait", -200_000, null, 0, 0],
  ["after a clock set back by more the grid goes on from there", -1_000_000, null, -900_000, 0],
])("%s", (_, sinceMs, due, next, skipped) => {
  expect(lookForTick(schedule, tickOf(BASE_MS), BASE_MS + sinceMs)).toEqual({
    due: due === null ? null : tickOf(BASE_MS + due),
    next: tickOf(BASE_MS + next),
    skipped,
  });
});

test("whatever the clock does, ticks are on the grid, not in the future, never far away, and none is made twice in a row", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4_000_000, max: 4_000_000 }), { maxLength: 50 }), (jumps) => {
      let nowMs = BASE_MS;
      let planned = newestTick(schedule, nowMs);
      let last: number | null = null;
      for (const jump of jumps) {
        nowMs += jump;
        const { due, next } = lookForTick(schedule, planned, nowMs);
        if (due !== null) {
          expect(due.boundaryMs % 300_000).toBe(0);
          expect(due.boundaryMs).not.toBe(last);
          expect(nowMs - due.atMs).toBeGreaterThanOrEqual(0);
          expect(nowMs - due.atMs).toBeLessThan(300_000);
          last = due.boundaryMs;
        }
        expect(next.atMs).toBeGreaterThan(nowMs);
        expect(next.atMs - nowMs).toBeLessThanOrEqual(300_000);
        // The clock was set back: a time comes that was there before.
        if (due === null && next !== planned) last = null;
        planned = next;
      }
    }),
    { endOnFailure: true },
  );
});
