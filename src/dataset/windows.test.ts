import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { column, MONDAY_MS, seriesOf, smallContract, smallSpec } from "../../test/support/series.ts";
import { createRng } from "../base/index.ts";
import { hasEnoughHistory, hasTruth, summarizeContext } from "./history.ts";
import { makeInputSpec } from "./make-input-spec.ts";
import { measureMetrics } from "./metric-statistics.ts";
import { prepareSeries } from "./prepared-series.ts";
import { splitTimes } from "./splits.ts";
import { enumerateWindows, sampleWindow } from "./windows.ts";

const HOUR = 3_600_000;
const spec = smallSpec();
const flat = (steps: number, server: string, startMs = MONDAY_MS) =>
  prepareSeries(
    spec,
    seriesOf([column(steps, (t) => t % 9), column(steps, () => 0), column(steps, () => 1)], server, startMs),
  );

describe("splitTimes", () => {
  it("cuts by time on the grid", () => {
    const options = { validationFraction: 0.2, testFraction: 0.1, horizonMs: 8 * HOUR, intervalMs: HOUR };
    expect(splitTimes(0, 100 * HOUR, options)).toEqual({
      train: { startMs: 0, endMs: 70 * HOUR },
      validation: { startMs: 70 * HOUR, endMs: 90 * HOUR },
      test: { startMs: 90 * HOUR, endMs: 100 * HOUR },
    });
  });

  it("gives every wanted part one horizon, and none to a fraction of 0", () => {
    const split = splitTimes(0, 100 * HOUR, {
      validationFraction: 0.01,
      testFraction: 0,
      horizonMs: 8 * HOUR,
      intervalMs: HOUR,
    });
    expect(split.validation).toEqual({ startMs: 92 * HOUR, endMs: 100 * HOUR });
    expect(split.test).toEqual({ startMs: 100 * HOUR, endMs: 100 * HOUR });
  });

  it("refuses data that leaves nothing to train on", () => {
    const options = { validationFraction: 0.5, testFraction: 0.4, horizonMs: 8 * HOUR, intervalMs: HOUR };
    expect(() => splitTimes(0, 20 * HOUR, options)).toThrowError(
      expect.objectContaining({ code: "insufficient_data" }),
    );
  });
});

describe("windows of a part", () => {
  const split = splitTimes(MONDAY_MS, MONDAY_MS + 400 * HOUR, {
    validationFraction: 0.2,
    testFraction: 0.2,
    horizonMs: 8 * HOUR,
    intervalMs: HOUR,
  });

  it("have their horizon inside it, start on the stride, and share no truth with another part", () => {
    const prepared = [flat(400, "a"), flat(300, "b", MONDAY_MS + 50 * HOUR)];
    const truths = Object.values(split).map((part) => {
      const windows = enumerateWindows(spec, prepared, part, 4);
      expect(windows.length).toBeGreaterThan(10);
      return new Set(
        windows.flatMap(({ series, origin }) =>
          Array.from({ length: 8 }, (_, i) => {
            const ms = series.startMs + (origin + 1 + i) * HOUR;
            expect(ms).toBeGreaterThanOrEqual(part.startMs);
            expect(ms).toBeLessThan(part.endMs);
            if (i === 0) expect((ms / HOUR) % 4).toBe(0);
            return `${series.server} ${ms}`;
          }),
        ),
      );
    });
    expect(new Set(truths.flatMap((truth) => [...truth])).size).toBe(truths.reduce((sum, { size }) => sum + size, 0));
  });

  it("sampling finds the same windows as enumeration, all of them, by seed", () => {
    const prepared = [flat(400, "a"), flat(60, "b"), flat(10, "too short")];
    const key = ({ series, origin }: { series: { server: string }; origin: number }) => `${series.server} ${origin}`;
    const all = new Set(enumerateWindows(spec, prepared, split.train, 1).map(key));
    const draw = (seed: number): string[] => {
      const rng = createRng(seed);
      return Array.from({ length: 6000 }, () => key(sampleWindow(rng, spec, prepared, split.train)));
    };
    expect(new Set(draw(1))).toEqual(all);
    expect(draw(2)).toEqual(draw(2));
    const onB = draw(3).filter((name) => name.startsWith("b")).length;
    expect(onB).toBeGreaterThan(2700);
    expect(onB).toBeLessThan(3300);
  });

  it("sampling says so when there is nothing", () => {
    expect(() => sampleWindow(createRng(1), spec, [flat(10, "a")], split.train)).toThrowError(
      expect.objectContaining({ code: "insufficient_data" }),
    );
  });
});

describe("history", () => {
  it("needs a whole context of which half is observed by any target", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (present) => {
        const cpu = column(40, (t) => (present[t] ? 1 : Number.NaN));
        const nothing = column(40, () => Number.NaN);
        const prepared = prepareSeries(spec, seriesOf([cpu, nothing, nothing]));
        for (const origin of [22, 23, 30, 39, 40]) {
          const context = present.slice(Math.max(0, origin - 23), origin + 1);
          const enough = origin >= 23 && origin < 40 && context.filter(Boolean).length >= 12;
          expect(hasEnoughHistory(spec, prepared, origin)).toBe(enough);
          expect(hasTruth(spec, prepared, origin)).toBe(present.slice(origin + 1, origin + 9).some(Boolean));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is summarised for reports", () => {
    const prepared = prepareSeries(
      spec,
      seriesOf([column(40, (t) => (t >= 34 ? Number.NaN : 1)), column(40, () => 0), column(40, () => 1)]),
    );
    expect(summarizeContext(spec, prepared, 39)).toEqual({
      startMs: MONDAY_MS + 16 * HOUR,
      endMs: MONDAY_MS + 40 * HOUR,
      missingShares: [0.25, 0],
    });
  });
});

describe("the spec of a contract", () => {
  const contract = smallContract();
  const sizes = { contextSteps: 24, horizonSteps: 8, patchSteps: 2, historySteps: 168, serverEmbedding: false };

  it("learns scales from rows before the end of training only", () => {
    const nothing = column(300, () => Number.NaN);
    const sample = [seriesOf([column(300, (t) => (t < 200 ? 10 * (t % 2) : 1e6)), nothing, column(300, () => 0)])];
    const statistics = measureMetrics(contract, sample, 168, MONDAY_MS + 200 * HOUR);
    expect(statistics.map(({ present }) => present)).toEqual([true, false, true]);
    expect(statistics[0]!.typicalScale).toBeCloseTo(5.05, 1);
    expect(statistics[2]!.typicalScale).toBe(1);
    const made = makeInputSpec(contract, statistics, sizes);
    expect(made.scaleFloors[0]).toBeCloseTo(0.2, 6); // 0.2 % of 0 .. 100 beats 2 % of 5.05
    expect(made.scaleFloors[1]).toBeCloseTo(0.02, 6);
    expect(made.metricColumns).toEqual([0, 2]);
  });

  it("ends the groups of the breach head at 30 m, 1, 2, 4, 8 h and the horizon", () => {
    expect(spec.breachGroupEnds).toEqual([1, 2, 4, 8]);
    expect(smallSpec({ horizonSteps: 12 }).breachGroupEnds).toEqual([1, 2, 4, 8, 12]);
    const fine = smallSpec({ contextSteps: 288, horizonSteps: 96, historySteps: 2016 }, smallContract("5m"));
    expect(fine.breachGroupEnds).toEqual([6, 12, 24, 48, 96]);
    expect(fine.breachRules[0]).toMatchObject({ forSteps: 36, clearSteps: 72 });
  });

  it.each([
    ["a context that is no multiple of the patch", { contextSteps: 25 }, "usage_invalid"],
    ["a horizon that is no multiple of the patch", { horizonSteps: 7 }, "usage_invalid"],
    ["a patch of 0", { patchSteps: 0 }, "usage_invalid"],
  ])("refuses %s", (_, change, code) => {
    expect(() => smallSpec(change)).toThrowError(expect.objectContaining({ code }));
  });

  it("refuses an interval that does not divide a day, and data without targets", () => {
    expect(() => smallSpec({}, { ...smallContract("7h"), breachRules: [] })).toThrowError(
      expect.objectContaining({ code: "interval_mismatch" }),
    );
    const absent = contract.metrics.map(({ role }) => ({ present: role !== "target", typicalScale: 1 }));
    expect(() => makeInputSpec(contract, absent, sizes)).toThrowError(
      expect.objectContaining({ code: "insufficient_data" }),
    );
  });
});
