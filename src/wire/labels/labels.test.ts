import fc from "fast-check";
import { expect, test } from "vitest";
import { REMOTE_WRITE_LIMITS } from "../limits.ts";
import { createBoundedMap } from "./bounded-map.ts";
import { createLabelCache, numberOf, renumberIfNeeded } from "./label-cache.ts";
import { isFault, type Label, labelSetOf } from "./label-set.ts";
import { createRejections, describeRejections, REASONS } from "./rejections.ts";

test("a bounded map forgets what was not used, keeps what is, and never grows beyond its bounds", () => {
  const map = createBoundedMap<number>({ entries: 100, keyCharacters: 1000 });
  map.set("kept", -1);
  for (let count = 0; count < 10_000; count++) {
    map.set(`key ${count}`, count);
    expect(map.get("kept")).toBe(-1);
    expect(map.get(`key ${count}`)).toBe(count);
    expect(map.size()).toBeLessThanOrEqual(100);
  }
  expect(map.get("key 0")).toBeUndefined();
  for (let count = 0; count < 50; count++) map.set(`${"x".repeat(400)} ${count}`, count);
  expect(map.size()).toBeLessThanOrEqual(2);
  map.set("y".repeat(501), 1);
  expect(map.get("y".repeat(501))).toBeUndefined();
  map.clear();
  expect(map.size()).toBe(0);
});

test("a symbol keeps its number; no number comes twice until all begin anew", () => {
  const cache = createLabelCache({ entries: 4, keyCharacters: 100 });
  const first = numberOf(cache, "a");
  expect(numberOf(cache, "a")).toBe(first);
  const numbers = ["b", "c", "d", "e", "f", "a"].map((symbol) => numberOf(cache, symbol));
  expect(new Set([first, ...numbers]).size).toBe(7);
  renumberIfNeeded(cache);
  expect(cache.nextSymbol).toBe(8);
  cache.remoteWrite2.set("key", { name: "up", labels: [] });
  cache.nextSymbol = 2 ** 31 + 1;
  renumberIfNeeded(cache);
  expect(cache.nextSymbol).toBe(1);
  expect(cache.remoteWrite2.get("key")).toBeUndefined();
  expect(cache.symbols.size()).toBe(0);
});

test("rejections are counted by reason and told with the first place", () => {
  const rejections = createRejections();
  rejections.add({ reason: REASONS.labelEmpty, detail: 'job=""' }, "timeseries (byte 3)", 2);
  rejections.add({ reason: REASONS.labelEmpty, detail: "another" }, "timeseries (byte 9)", 1, 1);
  rejections.add({ reason: REASONS.nativeHistogram, detail: "up" }, "timeseries (byte 12)", 0, 4);
  expect(describeRejections(rejections.list())).toBe(
    'label_empty: 2 series, 3 samples, 1 histograms (first: timeseries (byte 3): job="")\n' +
      "native_histogram: 1 series, 0 samples, 4 histograms (first: timeseries (byte 12): up)",
  );
  expect(describeRejections([])).toBe("");
});

test("labels are ordered by the UTF-8 bytes of their names", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4, unit: "binary" }), { maxLength: 30 }),
      (names) => {
        const labels = [...names.filter((name) => name !== "__name__"), "__name__"].map((name): Label => [name, "x"]);
        const set = labelSetOf(labels, REMOTE_WRITE_LIMITS);
        if (isFault(set)) throw new Error(set.reason);
        const bytes = set.labels.map(([name]) => Buffer.from(name));
        expect(bytes).toEqual(bytes.toSorted(Buffer.compare));
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});
