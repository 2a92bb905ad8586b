import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../random.ts";
import { traceLine } from "./chart-parts.ts";
import { largestCascade, median } from "./choose.ts";
import type { PastIncident } from "./history.ts";
import { element } from "./markup.ts";
import { linearScale, logBounds, logScale, logTicks, timeTicks } from "./scales.ts";
import { gapsOf, type Trace, traceFleet } from "./trace.ts";
import { kindInWords, lengthInWords } from "./words.ts";

const fleet = { servers: 2, seed: 3, startMs: Date.UTC(2026, 0, 5), intervalMs: 5 * MINUTE_MS };

test("text and attributes are escaped, markup is not escaped twice", () => {
  const inner = element("b", { title: 'a "<" & b' }, "1 < 2 & 3 > 2");
  expect(element("p", {}, inner, null).markup).toBe(
    '<p><b title="a &quot;&lt;&quot; &amp; b">1 &lt; 2 &amp; 3 &gt; 2</b></p>',
  );
});

test("coarse columns hold the lowest and highest of the fine ones", () => {
  const span = { server: "ppweb001", startMs: fleet.startMs + DAY_MS, endMs: fleet.startMs + 2 * DAY_MS };
  const [fine, coarse] = traceFleet(fleet, [
    { ...span, mostColumns: 1000 },
    { ...span, mostColumns: 48 },
  ]);
  expect([fine!.columnMs, coarse!.columnMs]).toEqual([5 * MINUTE_MS, 30 * MINUTE_MS]);
  for (let column = 0; column < 48; column++) {
    const values = [...fine!.highest[0]!.subarray(column * 6, column * 6 + 6)].filter((value) => !Number.isNaN(value));
    expect(coarse!.highest[0]![column]).toBe(values.length === 0 ? Number.NaN : Math.max(...values));
    expect(coarse!.lowest[0]![column]).toBe(values.length === 0 ? Number.NaN : Math.min(...values));
  }
});

test("a line shows its spikes and stays open at gaps", () => {
  const trace: Trace = {
    startMs: 0,
    endMs: 4,
    columnMs: 1,
    lowest: [Float64Array.of(10, 10, Number.NaN, 10)],
    highest: [Float64Array.of(10, 90, Number.NaN, 10)],
    notes: [],
  };
  const line = traceLine(trace, 0, linearScale(0, 4, 0, 40), linearScale(0, 100, 100, 0), "cpu")!;
  expect(line.markup).toBe('<path class="line cpu" d="M5 90V90.1L15 90V10.1M35 90V90.1"/>');
  expect(gapsOf(trace)).toEqual([{ startMs: 2, endMs: 3 }]);
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

test("the largest cascade is walked from its root, each parent before what it caused", () => {
  const incident = (incidentId: string, parentId: string | null, beganMs: number) =>
    ({ incidentId, parentId, beganMs }) as PastIncident;
  const cascade = largestCascade({
    startMs: 0,
    endMs: 1,
    servers: [],
    incidents: [
      incident("small", null, 0),
      incident("only", "small", 1),
      incident("d", "b", 9),
      incident("c", "a", 7),
      incident("b", "a", 5),
      incident("a", null, 3),
      incident("alone", null, 0),
    ],
  });
  expect(cascade.map(({ incident: { incidentId }, parent }) => [incidentId, parent])).toEqual([
    ["a", null],
    ["b", 0],
    ["d", 1],
    ["c", 0],
  ]);
});

test("words", () => {
  expect([20_000, 35 * MINUTE_MS, 9 * HOUR_MS, 560 * MINUTE_MS, 2.5 * DAY_MS].map(lengthInWords)).toEqual([
    "20 s",
    "35 min",
    "9 h",
    "9 h 20 min",
    "2.5 d",
  ]);
  expect(kindInWords("memory_leak")).toBe("Memory leak");
  expect(median([5, 1, 3, 2], (value) => value)).toBe(3);
});
