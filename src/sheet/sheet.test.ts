import fc from "fast-check";
import { expect, test } from "vitest";
import { element } from "./markup.ts";
import { linearTicks, logBounds, logScale, logTicks, timeTicks } from "./scales.ts";
import { DAY_MS, HOUR_MS, lengthInWords, MINUTE_MS } from "./words.ts";

test("text and attributes are escaped, markup is not escaped twice", () => {
  const inner = element("b", { title: 'a "<" & b' }, "1 < 2 & 3 > 2");
  expect(element("p", {}, inner, null).markup).toBe(
    '<p><b title="a &quot;&lt;&quot; &amp; b">1 &lt; 2 &amp; 3 &gt; 2</b></p>',
  );
});

test("logarithmic axes keep all values inside and have a label or more", () => {
  const positive = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(positive, positive, (a, b) => {
      const [from, to] = logBounds(Math.min(a, b), Math.max(a, b), 0.01);
      const y = logScale(from, to, 30, 0);
      for (const value of [a, b]) expect(y(value) >= 0 && y(value) <= 30).toBe(true);
      expect(to / from).toBeGreaterThan(9.99);
      expect(logTicks(from, to).length).toBeGreaterThanOrEqual(1);
    }),
  );
  expect(logTicks(3, 40)).toEqual([5, 10, 20]);
  expect(logTicks(0.5, 200)).toEqual([1, 10, 100]);
});

test("linear ticks are round, inside their bounds and few", () => {
  expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearTicks(13, 87, 4)).toEqual([20, 40, 60, 80]);
  expect(linearTicks(3, 3, 4)).toEqual([3]);
  const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(bound, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (from, span) => {
      const ticks = linearTicks(from, from + span, 5);
      expect(ticks.length).toBeLessThanOrEqual(6);
      const room = span * 1e-6;
      for (const tick of ticks) expect(tick >= from - room && tick <= from + span + room).toBe(true);
    }),
  );
});

test("time ticks are round and few", () => {
  const from = Date.UTC(2026, 0, 5, 22, 40);
  const { stepMs, timesMs } = timeTicks(from, from + 5 * HOUR_MS, 6);
  expect(stepMs).toBe(HOUR_MS);
  expect(timesMs.map((timeMs) => new Date(timeMs).toISOString().slice(11, 16))).toEqual([
    "23:00",
    "00:00",
    "01:00",
    "02:00",
    "03:00",
  ]);
  expect(timeTicks(from, from + 30 * DAY_MS, 7).stepMs).toBe(5 * DAY_MS);
});

test("lengths of time", () => {
  expect([20_000, 35 * MINUTE_MS, 9 * HOUR_MS, 560 * MINUTE_MS, 2.5 * DAY_MS].map(lengthInWords)).toEqual([
    "20 s",
    "35 min",
    "9 h",
    "9 h 20 min",
    "2.5 d",
  ]);
});
