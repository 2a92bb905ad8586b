import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { column, MONDAY_MS, seriesOf, smallContract, smallSpec } from "../../test/support/series.ts";
import { createRng, ForewarnError } from "../base/index.ts";
import { createTargetBatch } from "./batch.ts";
import { createBatchBuilder } from "./batch-builder.ts";
import { CANDIDATE_INDEX } from "./candidate-layout.ts";
import { requiredHistorySteps } from "./grid.ts";
import { type InputBatch, type InputSpec, totalChannels } from "./input-spec.ts";
import { makeInputSpec } from "./make-input-spec.ts";
import { prepareSeries } from "./prepared-series.ts";
import { STATIC_STATISTICS } from "./static-features.ts";
import type { IdentityOptions } from "./static-identity.ts";

const NAMES = ["past", "future", "static", "candidates", "breachFeatures", "location", "scale", "offsetUnit"] as const;
const MISSING = Number.NaN;

function noisy(steps: number, seed = 1): Float32Array[] {
  const rng = createRng(seed);
  const gap = (value: number): number => (rng.uniform() < 0.1 ? MISSING : value);
  return [
    column(steps, (t) => gap(Math.min(100, Math.max(0, 60 + 35 * Math.sin(t / 4) + 9 * rng.normal())))),
    column(steps, () => gap(rng.uniform())),
    column(steps, () => gap(Math.exp(3 * rng.normal()))),
  ];
}

function inputsOf(spec: InputSpec, values: Float32Array[], origin: number, options?: IdentityOptions): InputBatch {
  const builder = createBatchBuilder(spec, 1);
  const batch = builder.createBatch();
  builder.fill(0, prepareSeries(spec, seriesOf(values)), origin, batch, options);
  return batch;
}

function expectFinite(batch: InputBatch): void {
  for (const name of NAMES) expect([name, batch[name].every(Number.isFinite)]).toEqual([name, true]);
}

/** Channels `[channels]` of a past or known variable at a step (0 = first of the tensor). */
function read(spec: InputSpec, batch: InputBatch, tensor: "past" | "future", name: string, step: number): number[] {
  const variables = tensor === "past" ? [...spec.past, ...spec.known] : spec.known;
  const index = variables.findIndex((variable) => variable.name === name);
  const { channels } = variables[index]!;
  const token = Math.floor(step / spec.patchSteps);
  const start =
    token * totalChannels(variables) * spec.patchSteps +
    totalChannels(variables.slice(0, index)) * spec.patchSteps +
    (step % spec.patchSteps) * channels;
  return [...batch[tensor].subarray(start, start + channels)];
}

function candidate(
  spec: InputSpec,
  batch: InputBatch,
  target: number,
  name: keyof typeof CANDIDATE_INDEX,
  step: number,
) {
  const [T, K, P] = [spec.targets.length, spec.candidates.length, spec.patchSteps];
  const token = Math.floor(step / P);
  const scaled = batch.candidates[((token * T + target) * K + CANDIDATE_INDEX[name]) * P + (step % P)]!;
  return batch.location[target]! + batch.scale[target]! * scaled;
}

describe("the unit of offsets", () => {
  const values = [column(400, (t) => t / 8), column(400, () => 0.5), column(400, () => 7)];

  it("is the deviation's share of the scale, 0 for a history that never moved", () => {
    const [cpu, disk] = inputsOf(smallSpec(), values, 300).offsetUnit;
    expect(cpu).toBeGreaterThan(0.5);
    expect(cpu).toBeLessThan(1);
    expect(disk).toBe(0);
  });

  it("is the scale in specs of models of format 1", () => {
    const spec: InputSpec = { ...smallSpec(), offsetUnit: "scale" };
    expect([...inputsOf(spec, values, 300).offsetUnit]).toEqual([1, 1]);
  });
});

describe("what a window holds", () => {
  const spec = smallSpec();
  // Step t holds t mod 24 + 100 * day / 24 ... distinct enough to recognise every lag.
  const values = [column(400, (t) => t / 8), column(400, () => 0.5), column(400, (t) => Math.expm1(t / 100))];
  values[0]![299] = MISSING;
  const origin = 300; // 12 days and 12 h after Monday 0:00: Saturday 12:00
  const batch = inputsOf(spec, values, origin);
  const scaled = (value: number): number => Math.asinh((value - batch.location[0]!) / batch.scale[0]!);

  it("observed metrics: value carried over gaps, missing flag", () => {
    expect(read(spec, batch, "past", "cpu", 23)).toEqual([expect.closeTo(scaled(300 / 8), 5), 0]);
    expect(read(spec, batch, "past", "cpu", 22)).toEqual([expect.closeTo(scaled(298 / 8), 5), 1]);
    expect(read(spec, batch, "past", "cpu", 0)).toEqual([expect.closeTo(scaled(277 / 8), 5), 0]);
  });

  it("lags of the target, 24 h and 7 days earlier, in the past and in the future", () => {
    const lags = (index: number) => [scaled((index - 24) / 8), 0, scaled((index - 168) / 8), 0];
    for (const [tensor, step, index] of [
      ["past", 0, 277],
      ["past", 23, 300],
      ["future", 0, 301],
      ["future", 7, 308],
    ] as const) {
      expect(read(spec, batch, tensor, "lag_cpu", step)).toEqual(lags(index).map((v) => expect.closeTo(v, 5)));
    }
  });

  it("the UTC calendar", () => {
    const [sine, cosine] = read(spec, batch, "past", "time_of_day", 23) as [number, number];
    expect(sine).toBeCloseTo(0, 6); // 12:00
    expect(cosine).toBeCloseTo(-1, 6);
    expect(read(spec, batch, "past", "day_of_week", 23)[0]).toBeCloseTo(Math.sin((2 * Math.PI * 6) / 7), 6);
    expect(read(spec, batch, "past", "day_of_week", 0)[0]).toBeCloseTo(Math.sin((2 * Math.PI * 5) / 7), 6);
    expect(read(spec, batch, "past", "weekend", 23)).toEqual([1]);
    expect(read(spec, batch, "past", "weekend", 0)).toEqual([0]);
    expect(read(spec, batch, "future", "relative_step", 7)).toEqual([1]);
    expect(read(spec, batch, "past", "relative_step", 0)).toEqual([-23 / 8]);
  });

  it("the day of the month with two months of training data, and no sooner", () => {
    const specOf = (days: number) => smallSpec({ trainingSpanMs: days * 86_400_000 });
    expect(specOf(61).known.map(({ name }) => name)).not.toContain("day_of_month");
    const long = specOf(62);
    const filled = inputsOf(long, values, origin);
    expect(read(long, filled, "past", "day_of_month", 23)[0]).toBeCloseTo(Math.sin((2 * Math.PI * 12) / 31), 6);
    expect(read(long, filled, "past", "weekend", 23)).toEqual([1]);
    expect(read(long, filled, "past", "relative_step", 0)).toEqual([-23 / 8]);
  });

  it("candidates", () => {
    expect(candidate(spec, batch, 0, "last_value", 0)).toBeCloseTo(300 / 8, 4);
    expect(candidate(spec, batch, 0, "day_min", 5)).toBeCloseTo(277 / 8, 4);
    expect(candidate(spec, batch, 0, "day_max", 5)).toBeCloseTo(300 / 8, 4);
    expect(candidate(spec, batch, 0, "lag_1_day", 2)).toBeCloseTo((303 - 24) / 8, 4);
    expect(candidate(spec, batch, 0, "lag_2_days", 7)).toBeCloseTo((308 - 48) / 8, 4);
    expect(candidate(spec, batch, 0, "lag_7_days", 7)).toBeCloseTo((308 - 168) / 8, 4);
    expect(candidate(spec, batch, 0, "lag_horizon", 3)).toBeCloseTo((304 - 8) / 8, 4);
    expect(candidate(spec, batch, 0, "daily_lags_median", 0)).toBeCloseTo((301 - 96) / 8, 4);
    expect(candidate(spec, batch, 0, "daily_lags_q90", 0)).toBeCloseTo((301 - 48) / 8, 4);
    expect(candidate(spec, batch, 0, "daily_profile", 3)).toBeCloseTo((304 - 96) / 8, 4);
    // A step is an hour here, so the hourly profile is the mean of the day: 277 .. 300 without 299.
    expect(candidate(spec, batch, 0, "hourly_profile", 3)).toBeCloseTo((288.5 * 24 - 299) / 23 / 8, 4);
    expect(candidate(spec, batch, 1, "lag_1_day", 2)).toBeCloseTo((303 - 24) / 100, 4);
  });

  it("labels as one-hot with unknown at 0, hidden on request", () => {
    expect([...batch.static.subarray(0, 3)]).toEqual([0, 0, 1]);
    expect([...inputsOf(spec, values, origin, { hideLabels: true }).static.subarray(0, 3)]).toEqual([1, 0, 0]);
  });

  it("server names when the spec has them", () => {
    const named = smallSpec({ serverEmbedding: true, servers: ["s2", "s1"] });
    expect([...inputsOf(named, values, origin).static.subarray(3, 6)]).toEqual([0, 1, 0]);
    expect([...inputsOf(named, values, origin, { hideServer: true }).static.subarray(3, 6)]).toEqual([1, 0, 0]);
  });

  it("statistics that single out the simple forecast that worked", () => {
    const start = totalChannels(spec.static) - 2 * STATIC_STATISTICS.length;
    const statistics = Object.fromEntries(STATIC_STATISTICS.map((name, i) => [name, batch.static[start + i]!]));
    expect(statistics["missing_day"]).toBeCloseTo(1 / 24, 6);
    expect(statistics["log_scale"]).toBeCloseTo(Math.log(batch.scale[0]! / 2), 5);
    expect(statistics["error_last_value"]).toBeLessThan(0);
    expect(statistics["error_lag_7_days"]).toBeGreaterThan(0);
  });
});

describe("hourly profile", () => {
  it("repeats the same minute of the hour", () => {
    const contract = smallContract("10m");
    contract.breachRules = [];
    const spec = smallSpec({ contextSteps: 12, horizonSteps: 12, patchSteps: 4, historySteps: 1008 }, contract);
    const values = [column(300, (t) => 10 * (t % 6)), column(300, () => 0), column(300, () => 1)];
    const batch = inputsOf(spec, values, 200);
    for (const step of [0, 1, 5, 6, 11]) {
      expect(candidate(spec, batch, 0, "hourly_profile", step)).toBeCloseTo(10 * ((201 + step) % 6), 3);
    }
  });
});

describe("no leak", () => {
  it("nothing after the origin changes a bit of the inputs", () => {
    const spec = smallSpec();
    fc.assert(
      fc.property(fc.integer({ min: 23, max: 290 }), fc.integer({ min: 0, max: 1000 }), (origin, seed) => {
        const before = noisy(300, seed);
        const after = before.map((values, m) => values.map((v, t) => (t <= origin ? v : [99, 0.9, 1e6][m]!)));
        const gone = before.map((values) => values.map((v, t) => (t <= origin ? v : MISSING)));
        const [a, b, c] = [before, after, gone].map((values) => inputsOf(spec, values, origin));
        for (const name of NAMES) {
          expect(b![name]).toEqual(a![name]);
          expect(c![name]).toEqual(a![name]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("history older than requiredHistorySteps changes nothing, so that a forecast may read less than training", () => {
    const spec = smallSpec();
    const values = noisy(400, 5);
    const origin = 380;
    const cut = origin - requiredHistorySteps(spec) + 1;
    const whole = inputsOf(spec, values, origin);
    const builder = createBatchBuilder(spec, 1);
    const batch = builder.createBatch();
    const series = seriesOf(
      values.map((v) => v.subarray(cut)),
      "s1",
      MONDAY_MS + cut * spec.intervalMs,
    );
    builder.fill(0, prepareSeries(spec, series), origin - cut, batch);
    for (const name of NAMES) expect(batch[name]).toEqual(whole[name]);
  });

  it("a window does not depend on its place in the batch or on what the builder did before", () => {
    const spec = smallSpec();
    const prepared = prepareSeries(spec, seriesOf(noisy(300, 2)));
    const builder = createBatchBuilder(spec, 3);
    const batch = builder.createBatch();
    for (const name of NAMES) batch[name].fill(7);
    for (const [i, origin] of [100, 200, 290].entries()) builder.fill(i, prepared, origin, batch);
    const alone = inputsOf(spec, noisy(300, 2), 200);
    for (const name of NAMES) {
      const size = alone[name].length;
      expect(batch[name].subarray(size, 2 * size)).toEqual(alone[name]);
    }
  });
});

describe("thin and odd data", () => {
  const spec = smallSpec();
  const full = noisy(300, 3);
  const cases: [string, Float32Array[], number][] = [
    ["24 h of history only", full.map((v) => v.slice(0, 24)), 23],
    ["a constant metric", [column(300, () => 42), column(300, () => 0), column(300, () => 0)], 299],
    ["a metric that is missing everywhere", [full[0]!, column(300, () => MISSING), full[2]!], 299],
    ["a target that is missing everywhere", [full[0]!, full[1]!, column(300, () => MISSING)], 299],
    ["an extreme spike", [full[0]!, full[1]!, column(300, (t) => (t === 290 ? 1e30 : 0))], 299],
    ["half of the context missing", [full[0]!.map((_v, t) => (t > 287 ? MISSING : 50)), full[1]!, full[2]!], 299],
  ];
  it.each(cases)("%s: all inputs and labels are finite and bounded", (_, values, origin) => {
    const batch = inputsOf(spec, values, origin);
    expectFinite(batch);
    for (const name of ["past", "future", "static", "breachFeatures"] as const) {
      expect(batch[name].every((v) => Math.abs(v) <= 10)).toBe(true);
    }
    expect(batch.scale.every((v) => v > 0)).toBe(true);
    const labels = createTargetBatch(spec, 1);
    const builder = createBatchBuilder(spec, 1);
    builder.fillTargets(0, prepareSeries(spec, seriesOf(values)), origin, batch, labels, { lossScaleExponent: 0.25 });
    expect([...labels.target, ...labels.weight].every(Number.isFinite)).toBe(true);
  });

  it.each([
    ["too short a series", full.map((v) => v.slice(0, 23)), 22],
    ["more than half of the context missing", full.map((v) => v.map((x, t) => (t > 286 ? MISSING : x))), 299],
    ["an origin beyond the data", full, 300],
  ] as const)("%s is refused", (_, values, origin) => {
    expect(() => inputsOf(spec, values as Float32Array[], origin)).toThrowError(
      expect.objectContaining({ constructor: ForewarnError, code: "insufficient_data" }),
    );
  });

  it("a horizon of several days uses the latest known day", () => {
    const long = smallSpec({ contextSteps: 48, horizonSteps: 60 });
    const values = [column(400, (t) => t % 24), column(400, () => 0), column(400, () => 0)];
    const batch = inputsOf(long, values, 300);
    expectFinite(batch);
    for (const step of [0, 23, 24, 59])
      expect(candidate(long, batch, 0, "lag_1_day", step)).toBeCloseTo((301 + step) % 24, 3);
  });

  it("metrics without any value are left out by name", () => {
    const contract = smallContract();
    const statistics = contract.metrics.map(({ name }) => ({ present: name !== "disk", typicalScale: 1 }));
    const sizes = { contextSteps: 24, horizonSteps: 8, patchSteps: 2, historySteps: 168, serverEmbedding: false };
    const thin = makeInputSpec(contract, statistics, sizes);
    expect(thin).toMatchObject({ metrics: ["cpu", "errors"], targets: ["cpu"], absentMetrics: ["disk"] });
    expectFinite(inputsOf(thin, full, 200));
  });
});
