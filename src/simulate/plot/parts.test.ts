import { expect, test } from "vitest";
import { linearScale } from "../../sheet/index.ts";
import { DAY_MS, MINUTE_MS } from "../random.ts";
import { traceLine } from "./chart-parts.ts";
import { largestCascade, median } from "./choose.ts";
import type { PastIncident } from "./history.ts";
import { gapsOf, type Trace, traceFleet } from "./trace.ts";
import { kindInWords } from "./words.ts";

const fleet = { servers: 2, seed: 3, startMs: Date.UTC(2026, 0, 5), intervalMs: 5 * MINUTE_MS };

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
  expect(kindInWords("memory_leak")).toBe("Memory leak");
  expect(median([5, 1, 3, 2], (value) => value)).toBe(3);
});
