import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTickLoop } from "./tick-loop.ts";

const schedule = { everyMs: 60_000, delayMs: 1000 };

/** A clock that moves by what is waited for. */
function setUp(run: (boundaryMs: number, clock: { nowMs: number }) => void) {
  const clock = { nowMs: 0 };
  const made: number[] = [];
  let skips = 0;
  const loop = startTickLoop({
    schedule,
    now: () => clock.nowMs,
    async wait(ms) {
      clock.nowMs += ms;
      await nextTurn();
    },
    async run({ boundaryMs }) {
      made.push(boundaryMs);
      run(boundaryMs, clock);
    },
    onOverrun(skipped) {
      skips += skipped;
    },
  });
  const until = async (count: number): Promise<void> => {
    while (made.length < count) await nextTurn();
    await loop.stop();
  };
  return { loop, made, until, skips: () => skips };
}

test("ticks on the grid; a slow tick costs the ticks that it covers, and they are counted", async () => {
  const { made, until, skips } = setUp((boundaryMs, clock) => {
    clock.nowMs += boundaryMs === 120_000 ? 200_000 : 5000;
  });
  await until(6);
  expect(made.slice(0, 6)).toEqual([-60_000, 0, 60_000, 120_000, 300_000, 360_000]);
  expect(skips()).toBe(2);
});

test("a clock set back does not stop the ticks", async () => {
  const { made, until } = setUp((boundaryMs, clock) => {
    if (boundaryMs === 120_000) clock.nowMs = -3_600_000;
  });
  await until(6);
  expect(made.slice(3, 6)).toEqual([120_000, -3_600_000, -3_540_000]);
});

test("what a tick throws ends the loop and is told", async () => {
  const { loop } = setUp(() => {
    throw new Error("fault");
  });
  await expect(loop.ended).rejects.toThrow("fault");
  await loop.stop();
});
