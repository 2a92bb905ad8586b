// When a row waits, sample by sample: what senders of every kind do, and what they do not do.
import { expect, test } from "vitest";
import { INTERVAL_MS, labelSet, START_MS } from "../../test/support/receive.ts";
import { holdBacks } from "./hold-backs.ts";
import { createSampleIndex } from "./sample-index.ts";
import { createSeriesTable } from "./series-table.ts";

const END_S = INTERVAL_MS / 1000;
const every = (stepS: number, fromS: number, toS: number): number[] =>
  Array.from({ length: Math.floor((toS - fromS) / stepS) + 1 }, (_, at) => fromS + at * stepS);
const scrapes = every(15, -290, END_S + 20);
const until = (limitS: number) => scrapes.filter((seconds) => seconds <= limitS);
const without = (fromS: number, toS: number) => scrapes.filter((seconds) => seconds < fromS || seconds > toS);

/** Whether the row waits: at once, and when gaps have been waited for. @param staleS Time of a stale marker. */
function verdict(timesS: readonly number[], { staleS = Number.NaN, server = "a" } = {}): [boolean, boolean] {
  const table = createSeriesTable({ maxSeries: 9, isNeeded: () => true, serverOf: () => server });
  const index = createSampleIndex(table, INTERVAL_MS, 10_000);
  const series = table.resolve(labelSet("up", { instance: "a" }));
  if (typeof series === "string") throw new Error(series);
  for (const seconds of timesS) {
    const timeMs = START_MS + seconds * 1000;
    index.add(series, timeMs, 1, seconds === staleS, timeMs);
  }
  const interval = index.interval(START_MS)!;
  const look = (nowMs: number) => holdBacks(interval, table, index, INTERVAL_MS, nowMs, 60_000).isHeld("a");
  const dueMs = START_MS + INTERVAL_MS + 10_000;
  return [look(dueMs), look(dueMs + 2 * INTERVAL_MS)];
}

test.each<[string, readonly number[], object, [boolean, boolean]]>([
  ["a sender that is up to date", scrapes, {}, [false, false]],
  ["one whose next sample comes after the end", until(END_S - 4), {}, [false, false]],
  ["one that stopped in the interval", until(200), {}, [true, true]],
  ["one that stopped in it, by a stale marker", until(200), { staleS: 190 }, [false, false]],
  ["one with a hole in it that may be filled", without(100, 200), {}, [true, false]],
  ["one that lacks the beginning", without(-100, 60), {}, [true, false]],
  ["one that lacks the end", without(230, END_S + 8), {}, [true, false]],
  ["a series that began in it", scrapes.filter((seconds) => seconds > 120), {}, [false, false]],
  ["a single sample", [100], {}, [true, true]],
  ["samples rarer than intervals", [-500, 100, 700], {}, [false, false]],
  ["samples that jitter around the bounds", [-1, 14.9, ...every(15, 30, 285), 300.1, 315], {}, [false, false]],
  ["minutes that drift", every(60.3, -241, END_S + 60), {}, [false, false]],
  ["a server that no label names, whose series has passed the end", without(100, 200), { server: "" }, [false, false]],
  ["one of those that has not", until(280), { server: "" }, [true, true]],
])("%s", (_, timesS, options, expected) => {
  expect(verdict(timesS, options)).toEqual(expected);
  // Whatever the order in which they came.
  expect(verdict(timesS.toReversed(), options)).toEqual(expected);
});
