import { expect, test } from "vitest";
import { createIncidentWatch, incidentsIn } from "./incidents.ts";

const MINUTE_MS = 60_000;
const event = {
  id: "high",
  text: "cpu >= 90",
  metric: "cpu",
  op: ">=",
  threshold: 90,
  forSteps: 2,
  clearSteps: 3,
} as const;
const seriesOf = (startMinute: number, ...cpu: number[]) => ({
  server: "a",
  labels: {},
  startMs: startMinute * MINUTE_MS,
  steps: cpu.length,
  values: [Float32Array.from(cpu)],
});
const watchOf = (sinceMinute: number, lasting: { server: string; event: string; onsetMs: number }[] = []) =>
  createIncidentWatch({
    events: [event],
    columns: [0],
    intervalMs: MINUTE_MS,
    sinceMs: sinceMinute * MINUTE_MS,
    lasting,
  });
const told = (onsetMinute: number, endMinute: number | null) => ({
  server: "a",
  event: "high",
  onsetMs: onsetMinute * MINUTE_MS,
  endMs: endMinute === null ? null : endMinute * MINUTE_MS,
});

test("finds every incident with its end and the time when it was known", () => {
  const series = seriesOf(0, 95, 95, 1, 1, 1, 1, 95, 1, 1, 1, 1, 95, 95, 95);
  expect(incidentsIn(series, event, 0, MINUTE_MS)).toEqual([
    { ...told(0, 5), knownAtMs: 2 * MINUTE_MS },
    { ...told(11, null), knownAtMs: 13 * MINUTE_MS },
  ]);
});

test("tells what lasts, and what ended since the last tick, once", () => {
  const watch = watchOf(0);
  const cpu = [1, 95, 95, 1, 1, 1, 1];
  const ticks = [2, 3, 6, 7, 8].map((steps) => {
    watch.visit(seriesOf(0, ...cpu.slice(0, steps)));
    return watch.take(steps * MINUTE_MS);
  });
  expect(ticks).toEqual([[], [told(1, null)], [told(1, null)], [told(1, 6)], []]);
});

test("what was over before the watch began is not told", () => {
  const watch = watchOf(9);
  watch.visit(seriesOf(0, 95, 95, 1, 1, 1, 1, 1, 1, 1, 1));
  expect(watch.take(10 * MINUTE_MS)).toEqual([]);
});

test("an incident keeps its onset when late rows move it and when the window has moved past it", () => {
  const watch = watchOf(0);
  watch.visit(seriesOf(0, 1, Number.NaN, 95, 95));
  expect(watch.take(4 * MINUTE_MS)).toEqual([told(2, null)]);
  watch.visit(seriesOf(0, 1, 95, 95, 95, 95));
  expect(watch.take(5 * MINUTE_MS)).toEqual([told(2, null)]);
  watch.visit(seriesOf(4, 95, 95, 95));
  expect(watch.take(7 * MINUTE_MS)).toEqual([told(2, null)]);
  watch.visit(seriesOf(5, 95, 95, 1, 1, 1, 1, 1));
  expect(watch.take(12 * MINUTE_MS)).toEqual([told(2, 10)]);
});

test("an incident that lasted before a restart is the same one after it", () => {
  const watch = watchOf(10, [{ server: "a", event: "high", onsetMs: 3 * MINUTE_MS }]);
  watch.visit(seriesOf(5, 95, 95, 95, 95, 95, 95));
  expect(watch.take(11 * MINUTE_MS)).toEqual([told(3, null)]);
});
