import fc from "fast-check";
import { expect, test } from "vitest";
import { type BreachSteps, breachOnsets } from "../../contract/index.ts";
import { createBreachTracker } from "./breach-tracker.ts";

const STEP_MS = 300_000;

test("finds the breaches that breachOnsets finds on the finished grid, whatever is missing", () => {
  const rule = fc.record({
    op: fc.constantFrom<BreachSteps["op"]>(">=", "<="),
    threshold: fc.constant(5),
    forSteps: fc.integer({ min: 1, max: 4 }),
    clearSteps: fc.integer({ min: 1, max: 5 }),
  });
  const values = fc.array(fc.oneof(fc.integer({ min: 3, max: 7 }), fc.constant(Number.NaN)), { maxLength: 60 });
  fc.assert(
    fc.property(rule, values, (steps, series) => {
      const tracker = createBreachTracker<string>(steps, STEP_MS);
      series.forEach((value, step) => {
        if (Number.isNaN(value)) return;
        // Two rows a step, whose mean is the value.
        tracker.add(step * STEP_MS, value - 0.5, "cause");
        tracker.add(step * STEP_MS + STEP_MS / 2, value + 0.5, "cause");
      });
      const onsets = [...breachOnsets(Float64Array.from(series), steps).onset].flatMap((flag, step) =>
        flag === 1 ? [step * STEP_MS] : [],
      );
      const found = tracker.finish();
      expect(found.map(({ startMs }) => startMs)).toEqual(onsets);
      for (const { startMs, endMs } of found) expect(endMs - startMs).toBeGreaterThanOrEqual(steps.forSteps * STEP_MS);
    }),
  );
});
