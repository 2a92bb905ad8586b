// The index as a source of series, against promql's own source over the same samples.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INTERVAL_MS, labelSet, START_MS, type TestSample } from "../../test/support/receive.ts";
import {
  createMatcher,
  instantQuery,
  memorySource,
  rangeQuery,
  type SourceSeries,
  STALE_MARKER_BITS,
} from "../promql/index.ts";
import { createSampleIndex } from "./sample-index.ts";
import { createSeriesTable } from "./series-table.ts";

function openIndex(maxSeries = 1000) {
  const table = createSeriesTable({ maxSeries, isNeeded: () => true, serverOf: () => null });
  const index = createSampleIndex(table, INTERVAL_MS, 0);
  const add = ({ set, timeMs, value }: TestSample) => {
    const series = table.resolve(set);
    if (typeof series === "string") return series;
    return index.add(series, timeMs, value === "stale" ? Number.NaN : value, value === "stale", START_MS);
  };
  return { table, index, add };
}

/** The first sample of each series and time, as promql's own source wants them. */
function sourceOf(samples: readonly TestSample[]) {
  const bySet = new Map<TestSample["set"], Map<number, TestSample["value"]>>();
  for (const { set, timeMs, value } of samples) {
    const known = bySet.get(set) ?? new Map<number, TestSample["value"]>();
    bySet.set(set, known);
    if (!known.has(timeMs)) known.set(timeMs, value);
  }
  return memorySource(
    [...bySet].map(([{ labels }, values]): SourceSeries => {
      const times = [...values.keys()].sort((a, b) => a - b);
      const bits = new BigUint64Array(times.length);
      const column = new Float64Array(bits.buffer);
      for (const [at, timeMs] of times.entries()) {
        const value = values.get(timeMs)!;
        if (value === "stale") bits[at] = STALE_MARKER_BITS;
        else column[at] = value;
      }
      return { labels: Object.fromEntries(labels), timesMs: Float64Array.from(times), values: column };
    }),
  );
}

const text = fc.constantFrom("a", "b", "ab", "constructor");
const aSet = fc
  .record({ name: fc.constantFrom("up", "load"), job: fc.option(text), zone: fc.option(text) })
  .map(({ name, job, zone }) => labelSet(name, { ...(job && { job }), ...(zone && { zone }) }));
const aSample = fc.record({
  set: aSet,
  timeMs: fc.nat(80).map((step) => START_MS + step * 15_000),
  value: fc.oneof(fc.constantFrom("stale" as const, Number.NaN, 0, -0, Infinity), fc.integer()),
});
const aMatcher = fc
  .record({
    label: fc.constantFrom("__name__", "job", "zone", "none", "toString"),
    operator: fc.constantFrom("=", "!=", "=~", "!~"),
    value: fc.constantFrom("", "up", "a", "b", "a|b", "a.*", ".+", ".*", "(a)?", "up|load"),
  })
  .map(({ label, operator, value }) => `${label}${operator}"${value}"`);

describe("sample index", () => {
  it("answers queries as promql's own source does: any matchers, any order of samples", async () => {
    const selector = fc
      .array(aMatcher, { minLength: 1, maxLength: 3 })
      .map((all) => `{__name__=~".+",${all.join(",")}}`);
    const shape = fc.constantFrom(
      (one: string) => one,
      (one: string) => `count_over_time(${one}[10m])`,
      (one: string) => `sum by (job) (last_over_time(${one}[5m] offset 2m))`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(aSample, { maxLength: 60 }), selector, shape, async (samples, selected, shaped) => {
        const { index, add } = openIndex();
        for (const sample of samples) add(sample);
        const range = { startMs: START_MS, endMs: START_MS + 25 * 60_000, stepMs: 60_000 };
        const query = shaped(selected);
        const expected = await rangeQuery(query, sourceOf(samples), range).catch(String);
        expect(await rangeQuery(query, index, range).catch(String)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the bits of a stale marker, also when samples come in reverse", async () => {
    const { index, add } = openIndex();
    const set = labelSet("up", {});
    for (const step of [4, 3, 2, 1]) {
      add({ set, timeMs: START_MS + step * 1000, value: step === 3 ? "stale" : step });
    }
    const matchers = [createMatcher("__name__", "=", "up")];
    const [found] = await index.select({
      ...{ matchers, startMs: START_MS, endMs: START_MS + 5000, maxSeries: 1, maxSamples: 9 },
      signal: new AbortController().signal,
    });
    expect([...found!.timesMs]).toEqual([1, 2, 3, 4].map((step) => START_MS + step * 1000));
    const bits = new BigUint64Array(found!.values.slice().buffer);
    expect(bits[2]).toBe(STALE_MARKER_BITS);
  });

  it("takes the first value of a time, tells another one, and tells stale from missing", () => {
    const { add } = openIndex();
    const set = labelSet("up", {});
    const at = (value: TestSample["value"], step = 1) => add({ set, timeMs: START_MS + step, value });
    expect([at(1), at(1), at(2), at("stale")]).toEqual(["added", "known", "other_value", "other_value"]);
    expect([at(Number.NaN, 2), at(Number.NaN, 2), at("stale", 2)]).toEqual(["added", "known", "other_value"]);
    expect([at("stale", 3), at("stale", 3), at(Number.NaN, 3)]).toEqual(["added", "known", "other_value"]);
    expect([at(5, 0), at(5, 0)]).toEqual(["added", "known"]);
  });

  it("forgets series without samples, takes new ones in their place, and finds the old ones again", async () => {
    const { table, index, add } = openIndex(2);
    const [a, b, c] = ["a", "b", "c"].map((job) => labelSet("up", { job }));
    add({ set: a!, timeMs: START_MS + 1, value: 1 });
    add({ set: b!, timeMs: START_MS + 1, value: 2 });
    expect(add({ set: c!, timeMs: START_MS + 1, value: 3 })).toBe("refused");
    add({ set: b!, timeMs: START_MS + INTERVAL_MS + 1, value: 4 });
    index.drop(index.intervals()[0]!);
    expect(table.sweep()).toBe(1);
    expect(add({ set: c!, timeMs: START_MS + INTERVAL_MS + 1, value: 5 })).toBe("added");
    const at = START_MS + INTERVAL_MS + 1;
    const { result } = await instantQuery("up", index, at);
    expect(JSON.stringify(result)).toContain('"job":"c"');
    expect(JSON.stringify(result)).not.toContain('"job":"a"');
    expect(add({ set: a!, timeMs: at, value: 6 })).toBe("refused");
    expect(index.count()).toBe(2);
  });
});
