import fc from "fast-check";
import { expect, it } from "vitest";
import { WARNING_BASELINES } from "./baselines.ts";
import { breachWarningTask, type WarningTask } from "./warning-series.ts";

// A day of 24 steps; an event between 1 and 4 hours ahead.
const HOUR_MS = 3_600_000;
const options = { horizonSteps: 4, usefulSteps: 1 };
const rule = { id: "high", op: ">=", threshold: 90, forSteps: 2, clearSteps: 2 } as const;

function makeTask(values: number[], decisions: number[]): WarningTask {
  const task = breachWarningTask("a", Float32Array.from(values), rule, HOUR_MS, { first: 0, last: 0, every: 1 });
  return { ...task, decisionSteps: Int32Array.from(decisions) };
}
const answer = (name: string, task: WarningTask) => [...WARNING_BASELINES[name]!(task, options)!];

/** 96 hours at 10, with a breach of 2 hours from each of these steps on. */
const withBreaches = (...onsets: number[]) =>
  Array.from({ length: 96 }, (_, t) => (onsets.some((s) => t === s || t === s + 1) ? 95 : 10));

it("breachWarningTask finds onsets, when they are known, and the times of decision", () => {
  const times = { first: 3, last: 10, every: 3 };
  const task = breachWarningTask("a", Float32Array.from(withBreaches(5, 30)), rule, HOUR_MS, times);
  expect([[...task.onsets], task.knownAfterSteps, [...task.decisionSteps]]).toEqual([[5, 30], 1, [3, 6, 9]]);
});

it("breaches of the last 24 h: each counts from when it is known, 24 h long", () => {
  const half = [0, 0, 0.5, 0.5, 0];
  expect(answer("breaches of the last 24 h", makeTask(withBreaches(40), [39, 40, 41, 64, 65]))).toEqual(half);
  expect(answer("breaches of the last 24 h", makeTask(withBreaches(40, 50, 60), [64]))).toEqual([0.75]);
});

it("same window yesterday: 1 to 4 hours after the same time", () => {
  // The onset 40 lies lead + 1 steps after the decision 24 h before: leads 0, 1, 4, 5 at 63, 62, 59, 58.
  expect(answer("same window yesterday", makeTask(withBreaches(40), [63, 62, 59, 58]))).toEqual([0, 1, 1, 0]);
});

it("climatology: share of past days with an event in the window of this time of day", () => {
  // Breaches on day 0 and day 2 at 10:00. Decision at the end of 07:00: days before 1, 2 and 3.
  const task = makeTask(withBreaches(10, 58), [7, 31, 55, 79, 80, 83]);
  const third = Math.fround(2 / 3);
  expect(answer("climatology", task)).toEqual([0, 1, 0.5, third, third, 0]);
});

it("latest value near the threshold: by the distance relative to it, a missing value is no warning", () => {
  const task = makeTask([90, 99, 45, 81, Number.NaN, -90], [0, 1, 2, 3, 4, 5]);
  expect(answer("latest value near the threshold", task)).toEqual([1, 1, 0.5, Math.fround(0.9), 0, 0]);
  const low = { ...task, signal: { values: Float32Array.of(15, 10, 5), op: "<=" as const, threshold: 10 } };
  expect(answer("latest value near the threshold", { ...low, decisionSteps: Int32Array.of(0, 1, 2) })).toEqual([
    0.5, 1, 1,
  ]);
});

it("straight line: sooner at the threshold, higher score", () => {
  // Two steps of history each: +20 a step from 50 reaches 90 in 2 of 4 hours; +5 only in 8; falling never.
  const line = (values: number[]) => answer("straight line to the threshold", makeTask(values, [values.length - 1]))[0];
  expect(line([30, 50])).toBeCloseTo(1 - 2 / 5, 6);
  expect(line([45, 50])).toBe(0);
  expect(line([60, 50])).toBe(0);
  expect(line([50, 50])).toBe(0);
  expect(line([80, 95])).toBe(1);
  expect(line([Number.NaN, 50])).toBe(0);
});

it("those that read a signal have no answer for labelled incidents, the others do", () => {
  const task = { ...makeTask(withBreaches(5), [30]), signal: null };
  const answers = Object.values(WARNING_BASELINES).map((baseline) => baseline(task, options));
  expect(answers.map((scores) => scores === null)).toEqual([false, false, false, true, true, false]);
});

it("none reads the future: what comes after a decision changes no answer", () => {
  const values = fc.array(fc.constantFrom(10, 60, 95, Number.NaN), { minLength: 80, maxLength: 80 });
  fc.assert(
    fc.property(values, values, fc.integer({ min: 0, max: 79 }), (past, future, step) => {
      const changed = past.map((value, t) => (t <= step ? value : future[t]!));
      for (const [name, baseline] of Object.entries(WARNING_BASELINES)) {
        const [before, after] = [past, changed].map((v) => baseline(makeTask(v, [step]), options)![0]!);
        expect(after, name).toBe(before);
        expect(before! >= 0 && before! <= 1, name).toBe(true);
      }
    }),
  );
});
