import { expect, test } from "vitest";
import { createScoreSampling } from "./score-sampling.ts";

const STEP_MS = 300_000;
const names = Array.from({ length: 600 }, (_, i) => `server-${i}`);
/** Servers that are scored at each of the first boundaries. */
const counts = (servers: number, most: number, boundaries: number) => {
  const isScored = createScoreSampling({ stepMs: STEP_MS, everyMs: 6 * STEP_MS, most });
  return Array.from({ length: boundaries }, (_, step) =>
    names.slice(0, servers).filter((name) => isScored(name, step * STEP_MS, servers, 96)),
  );
};

test("in a small fleet every server has its turn every half hour", () => {
  const turns = counts(10, 4000, 12);
  for (const name of names.slice(0, 10)) {
    const steps = turns.flatMap((chosen, step) => (chosen.includes(name) ? [step] : []));
    expect(steps).toEqual([steps[0]!, steps[0]! + 6]);
  }
});

test("in a large fleet turns come less often, so that no more forecasts are open than there may be", () => {
  const turns = counts(600, 1200, 96);
  expect(turns.flat()).toHaveLength(1200);
  const most = Math.max(...turns.map(({ length }) => length));
  expect(most).toBeLessThan(3 * (1200 / 96));
});
