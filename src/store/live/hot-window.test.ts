// A ring is hard to see through, so it is compared with a map of bins that forgets what lies too far back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createHotWindow } from "./hot-window.ts";

const METRICS = 2;
const MOST_BINS = 40;
const put = fc.record({ first: fc.integer({ min: 0, max: 120 }), length: fc.integer({ min: 1, max: 60 }) });

const cellOf = (put: number, metric: number, bin: number) => put * 1000 + bin + metric / 4;

test("holds the newest bins whatever comes in which order", () => {
  fc.assert(
    fc.property(fc.array(put, { minLength: 1, maxLength: 12 }), (puts) => {
      const window = createHotWindow(METRICS, MOST_BINS);
      const known = new Map<number, number>();
      let [first, end] = [Number.POSITIVE_INFINITY, 0];
      for (const [number, { first: begin, length }] of puts.entries()) {
        const column = (metric: number) => Float32Array.from({ length }, (_, i) => cellOf(number, metric, begin + i));
        [first, end] = [Math.min(first, begin), Math.max(end, begin + length)];
        first = Math.max(first, end - MOST_BINS);
        for (let bin = begin; bin < begin + length; bin++) known.set(bin, number);
        for (const bin of known.keys()) if (bin < first) known.delete(bin);
        window.put(begin, [column(0), column(1)]);

        expect(window.range()).toEqual({ first, end });
        expect(window.firstValue()).toBe(Math.min(...known.keys()));
        const expected = [0, 1].map((metric) =>
          Array.from({ length: end - first }, (_, i) => {
            const from = known.get(first + i);
            return from === undefined ? Number.NaN : cellOf(from, metric, first + i);
          }),
        );
        expect(window.read({ first, end }).map((column) => [...column])).toEqual(expected);
      }
    }),
  );
});

test("what was read stays as it was", () => {
  const window = createHotWindow(1, 4);
  window.put(0, [Float32Array.of(1, 2, 3, 4)]);
  const [before] = window.read({ first: 0, end: 4 });
  window.put(4, [Float32Array.of(5, 6)]);
  expect([...before!]).toEqual([1, 2, 3, 4]);
  expect(window.read({ first: 2, end: 6 }).map((column) => [...column])).toEqual([[3, 4, 5, 6]]);
});
