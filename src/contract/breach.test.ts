import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BreachSteps, breachOnsets, breachRuleSteps, onsetKnownAt } from "./breach.ts";
import { fleetContract } from "./fleet.ts";

const rule: BreachSteps = { op: ">=", threshold: 90, forSteps: 3, clearSteps: 2 };

/** One character per step: x meets the condition, . does not, ? is missing. */
function series(text: string): Float64Array {
  return Float64Array.from(text, (c) => (c === "x" ? 95 : c === "?" ? Number.NaN : 10));
}

function trace(text: string, steps: BreachSteps = rule): { onset: string; active: string } {
  const { onset, active } = breachOnsets(series(text), steps);
  return { onset: onset.join(""), active: active.join("") };
}

describe("breachOnsets", () => {
  test.each([
    ["a run of forSteps begins an incident that closes after clearSteps", "..xxx....", "001000000", "001111100"],
    ["a run that is too short does not", "..xx.....", "000000000", "000000000"],
    ["steps before the series count as clear", "xxx......", "100000000", "111110000"],
    ["a run cut by the end is too short", "......xxx", "000000100", "000000111"],
    ["and with two steps it is none", ".......xx", "000000000", "000000000"],
    ["a second run before the clear time goes on with the incident", "xxx.xxx..", "100000000", "111111111"],
    ["a second run after the clear time is a new one", "xxx..xxx.", "100001000", "111111111"],
    ["a missing value ends a run", "xx?xxx...", "000000000", "000000000"],
    ["missing values count towards clear", "xxx??xxx.", "100001000", "111111111"],
    ["a blip within the clear time hides the run after it", "..x.xxx..", "000000000", "000000000"],
    ["a blip outside the clear time does not", ".x..xxx..", "000010000", "000011111"],
  ])("%s", (_, text, onset, active) => {
    expect(trace(text)).toEqual({ onset, active });
  });

  test("<= rules and the exact threshold", () => {
    const low: BreachSteps = { op: "<=", threshold: 5, forSteps: 1, clearSteps: 1 };
    expect([...breachOnsets(Float32Array.of(6, 5, 4, 6, 5), low).onset]).toEqual([0, 1, 0, 0, 1]);
    expect([...breachOnsets(Float32Array.of(89.99, 90), { ...low, op: ">=", threshold: 90 }).condition]).toEqual([
      0, 1,
    ]);
  });

  const anySeries = fc.string({ unit: fc.constantFrom("x", ".", "?"), maxLength: 60 });
  const anyRule = fc.record({ forSteps: fc.integer({ min: 1, max: 5 }), clearSteps: fc.integer({ min: 1, max: 6 }) });

  test("every onset satisfies the definition, and every step that satisfies it is an onset", () => {
    fc.assert(
      fc.property(anySeries, anyRule, (text, counts) => {
        const steps = { ...rule, ...counts };
        const { onset } = breachOnsets(series(text), steps);
        const padded = ".".repeat(steps.clearSteps) + text;
        const pattern = new RegExp(`^[.?]{${steps.clearSteps}}x{${steps.forSteps}}`);
        for (let t = 0; t < text.length; t++) expect(onset[t] === 1).toBe(pattern.test(padded.slice(t)));
      }),
    );
  });

  test("active begins only at onsets and ends only after clearSteps steps without the condition", () => {
    fc.assert(
      fc.property(anySeries, anyRule, (text, counts) => {
        const { onset, active, condition } = breachOnsets(series(text), { ...rule, ...counts });
        const allClear = new Array(counts.clearSteps).fill(0);
        for (let t = 0; t < text.length; t++) {
          const before = t === 0 ? 0 : active[t - 1];
          if (active[t] === 1 && before === 0) expect(onset[t]).toBe(1);
          if (active[t] === 0 && before === 1) expect([...condition.slice(t - counts.clearSteps, t)]).toEqual(allClear);
          if (onset[t] === 1) expect(active[t]).toBe(1);
        }
      }),
    );
  });

  test("what is known at a step does not change when later values do", () => {
    fc.assert(
      fc.property(anySeries, anyRule, fc.nat(60), (text, counts, cut) => {
        const steps = { ...rule, ...counts };
        const whole = breachOnsets(series(text), steps).onset;
        const prefix = breachOnsets(series(text.slice(0, cut)), steps).onset;
        prefix.forEach((value, t) => {
          if (onsetKnownAt(t, steps) < prefix.length) expect(value).toBe(whole[t]);
        });
      }),
    );
  });
});

test("breachRuleSteps counts durations in steps of the grid", () => {
  expect(breachRuleSteps(fleetContract)[0]).toEqual({
    id: "cpu_high",
    metric: "cpu_pct",
    op: ">=",
    threshold: 90,
    forSteps: 3,
    clearSteps: 12,
  });
});
