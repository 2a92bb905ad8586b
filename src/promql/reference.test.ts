// The evaluator against plain references that look at one step at a time and share no code with it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { memorySource, rangeQuery, type SourceSeries } from "./index.ts";

const STEP_MS = 30_000;
const STEPS = 12;
const WINDOW_MS = 120_000;

/** A sample as [time, value]. */
type Sample = readonly [number, number];

const samples: fc.Arbitrary<Sample[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: STEPS * STEP_MS }), { minLength: 0, maxLength: 40 })
  .chain((times) => {
    const sorted = times.toSorted((a, b) => a - b);
    return fc
      .array(fc.integer({ min: 0, max: 20 }), { minLength: sorted.length, maxLength: sorted.length })
      .map((values) => sorted.map((time, i): Sample => [time, values[i]!]));
  });

function toSeries(labels: Record<string, string>, all: readonly Sample[]): SourceSeries {
  return {
    labels,
    timesMs: Float64Array.from(all, ([time]) => time),
    values: Float64Array.from(all, ([, value]) => value),
  };
}

async function answers(query: string, series: SourceSeries[]): Promise<Map<string, Map<number, number>>> {
  const range = { startMs: 0, endMs: STEPS * STEP_MS, stepMs: STEP_MS };
  const { result } = await rangeQuery(query, memorySource(series), range);
  return new Map(
    result.map(({ metric, values }) => [
      Object.values(metric).join(),
      new Map(values.map(([seconds, value]) => [seconds * 1000, Number(value)])),
    ]),
  );
}

/** Prometheus' rate in its own words: slope of the counter, carried to the ends of the range where samples are near. */
function plainRate(all: readonly Sample[], atMs: number): number | undefined {
  const inside = all.filter(([time]) => time > atMs - WINDOW_MS && time <= atMs);
  if (inside.length < 2) return undefined;
  const [first, last] = [inside[0]!, inside.at(-1)!];
  const steps = inside.slice(1).map(([, value], i) => (value < inside[i]![1] ? value : value - inside[i]![1]));
  const increase = steps.reduce((total, step) => total + step, 0);
  const span = last[0] - first[0];
  const average = span / (inside.length - 1);
  const reach = (gap: number) => (gap < average * 1.1 ? gap : average / 2);
  const toZero = increase > 0 ? (span * first[1]) / increase : Infinity;
  const covered = span + Math.min(reach(first[0] - (atMs - WINDOW_MS)), toZero) + reach(atMs - last[0]);
  return (increase * covered) / span / (WINDOW_MS / 1000);
}

it("rates are those of the reference", async () => {
  await fc.assert(
    fc.asyncProperty(samples, async (all) => {
      const found = (await answers("rate(m[2m])", [toSeries({ __name__: "m" }, all)])).get("") ?? new Map();
      for (let step = 0; step <= STEPS; step++) {
        const expected = plainRate(all, step * STEP_MS);
        if (expected === undefined) expect(found.get(step * STEP_MS)).toBeUndefined();
        else expect(found.get(step * STEP_MS)).toBeCloseTo(expected, 9);
      }
    }),
  );
});

const AGGREGATES: Record<string, (values: number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
  stdvar: (values) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  },
};

it.each(Object.keys(AGGREGATES))("%s is that of the reference, over series and over time", async (name) => {
  await fc.assert(
    fc.asyncProperty(fc.array(samples, { minLength: 1, maxLength: 6 }), async (fleet) => {
      const series = fleet.map((all, i) => toSeries({ __name__: "m", group: String(i % 2), i: String(i) }, all));
      const across = await answers(`${name} by (group) (m)`, series);
      const over = await answers(`${name}_over_time(m[2m])`, series);
      for (let atMs = 0; atMs <= STEPS * STEP_MS; atMs += STEP_MS) {
        for (const group of ["0", "1"]) {
          const members = fleet.filter((_, i) => String(i % 2) === group);
          const values = members.flatMap(
            (all) => all.findLast(([time]) => time <= atMs && time > atMs - 300_000)?.[1] ?? [],
          );
          expectSame(across.get(group)?.get(atMs), values.length === 0 ? undefined : AGGREGATES[name]!(values));
        }
        fleet.forEach((all, i) => {
          const values = all.filter(([time]) => time > atMs - WINDOW_MS && time <= atMs).map(([, value]) => value);
          const expected = values.length === 0 ? undefined : AGGREGATES[name]!(values);
          expectSame(over.get(`${i % 2},${i}`)?.get(atMs), expected);
        });
      }
    }),
    { numRuns: 30 },
  );
});

function expectSame(found: number | undefined, expected: number | undefined): void {
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(expected, 9);
}
