// The parts of a server's page that need no browser.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ServerEvent } from "../../web/data/types.ts";
import { byWeight, markOf, titleOf } from "../../web/lib/events.ts";
import { halfOf, variableText } from "../../web/lib/explain.ts";
import { fanData } from "../../web/lib/fan-data.ts";
import { bandOf } from "../../web/lib/quantiles.ts";

test("history, forecast and what was forecast before stand on one axis, each at its own time", () => {
  const step = 60_000;
  const band = (startMs: number, values: (number | null)[]) => {
    const shift = (by: number) => values.map((value) => value && value + by);
    return { startMs, low: shift(-1), median: values, high: shift(1) };
  };
  const past = { startMs: 10 * step, values: [1, null, 3, 4] };
  const data = fanData(past, band(13 * step, [5, 6]), band(8 * step, [90, 91, 92, null, 94, 95, 96]), step);
  expect(data.times).toEqual([10, 11, 12, 13, 14].map((minute) => minute * 60));
  expect(data.past).toEqual([1, null, 3, null, null]); // measured after the origin: the forecast stands there
  expect(data.median).toEqual([null, null, null, 5, 6]);
  expect(data.high).toEqual([null, null, null, 6, 7]);
  expect(data.earlier).toEqual({
    low: [91, null, 93, null, null],
    median: [92, null, 94, null, null],
    high: [93, null, 95, null, null],
  });
  expect(data.originSeconds).toBe(780);
});

test("without forecast and record there is the history alone", () => {
  const { past, median, earlier, originSeconds } = fanData({ startMs: 0, values: [1, 2] }, null, null, 1000);
  expect([past, median, earlier.high, originSeconds]).toEqual([[1, 2], [null, null], [null, null], 0]);
});

test("the band is made of the nearest levels that there are", () => {
  const { low, median, high } = bandOf({ quantiles: { "0.05": [1], "0.5": [3], "0.95": [null], "0.99": [9] } }, 0);
  expect([low, median, high]).toEqual([[1], [3], [null]]);
});

test.each([
  [[1], [0, 1]],
  [
    [1, 1, 6, 1, 1],
    [2, 3],
  ],
  [
    [0, 4, 4, 0, 0],
    [1, 2],
  ],
  [
    [1, 2, 2, 1],
    [1, 3],
  ],
  [
    [5, 0, 0, 0, 5],
    [0, 1],
  ],
])("half of %j lies within %j", (shares, place) => expect(halfOf(shares)).toEqual(place));

test("no shorter run than that found holds half", () => {
  const shares = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(shares, (list) => {
      const sumOf = (from: number, end: number) => list.slice(from, end).reduce((sum, share) => sum + share, 0);
      const half = sumOf(0, list.length) / 2;
      fc.pre(half > 0);
      const [first, end] = halfOf(list);
      expect(sumOf(first, end)).toBeGreaterThanOrEqual(half);
      for (let from = 0; from + (end - first) - 1 <= list.length; from++)
        expect(sumOf(from, from + end - first - 1)).toBeLessThan(half);
    }),
  );
});

test.each([
  ["observed", "cpu", "cpu", "cpu, as measured"],
  ["lags", "lag_cpu", "cpu", "cpu a day and a week before"],
  ["statistics", "stats_cpu", "cpu", "level and habits of cpu"],
  ["calendar", "time_of_day", null, "time of day"],
  ["calendar", "relative_step", null, "distance from now"],
  ["label", "profile", "profile", "label profile"],
  ["server", "server", null, "which server it is"],
] as const)("an input of kind %s is named in words", (kind, variable, subject, text) => {
  expect(variableText({ kind, variable, subject })).toBe(text);
});

test("what came goes before what was foretold, and a change of state is its own name", () => {
  const event = (kind: ServerEvent["kind"], note = ""): ServerEvent => {
    return { at: "2026-01-05T00:00:00Z", until: null, kind, rule: null, leadMs: null, note };
  };
  const events = [event("state", "ok to ill"), event("predicted"), event("missed"), event("confirmed")];
  expect(byWeight(events).map(markOf)).toEqual(["missed", "came true", "predicted", "ok to ill"]);
  expect(titleOf(event("missed"))).toBe("incident began without a prediction");
});
