import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  FIXTURE_MODEL,
  FLEET_INTERVAL_MS,
  FLEET_START_MS,
  SERVERS,
  writeFleet,
} from "../../../test/helpers/written-fleet.ts";
import { prepareSeries } from "../../dataset/index.ts";
import { chooseOrigin, forecastDataSet, loadModel, openForecaster } from "../../forecast/index.ts";
import { meanAbsoluteError, scoreBand, weightedQuantileLoss } from "../../measure/index.ts";
import { openDataSet } from "../../store/index.ts";
import { type EvaluationReport, evaluationReportSchema } from "../evaluation-report.ts";
import { type BacktestRequest, runBacktest } from "./run-backtest.ts";
import { columnOf } from "./server-scorer.ts";

const HOUR_MS = 3_600_000;
const STEPS = 5 * 288;
const END_MS = FLEET_START_MS + STEPS * FLEET_INTERVAL_MS;
const work = mkdtempSync(join(tmpdir(), "forewarn-backtest-"));
const fleet = join(work, "fleet");
const request: BacktestRequest = {
  dataDirectory: fleet,
  source: { modelDirectory: FIXTURE_MODEL },
  windows: 20,
  strideMs: HOUR_MS,
  fromMs: null,
  untilMs: null,
  alert: { kind: "recall", atLeast: 0.8 },
  coldStart: true,
  seed: 1,
  threads: 1,
  memoryBytes: 1 << 26,
  forewarnVersion: "0.0.0",
};
let report: EvaluationReport;

beforeAll(async () => {
  await writeFleet(fleet, STEPS);
  report = await runBacktest(request);
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("a backtest", () => {
  it("is a document of its schema, the same every time and for every size of memory", async () => {
    expect(evaluationReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(await runBacktest({ ...request, memoryBytes: 1 })).toEqual(report);
  });

  it("forecasts the last times that have a whole horizon of truth", () => {
    expect(report.times).toEqual({ asked: 20, scored: 20, fromMs: END_MS - 21 * HOUR_MS, toMs: END_MS });
    expect(report.seenInTraining).toBe("no");
  });

  it("refuses what production refuses, and counts it", () => {
    expect(report.windows).toEqual({ scored: 60, withoutTruth: 0, refused: { stale_input: 20 } });
    expect(report.notes.join("\n")).toContain("20 stale_input");
  });

  it("agrees with a plain computation of the model's scores", async () => {
    const model = await loadModel(FIXTURE_MODEL);
    const { inputs: spec, architecture } = model.config;
    const levels = architecture.quantiles;
    const dataSet = await openDataSet(fleet);
    await using forecaster = await openForecaster(model, { batchSize: 7, threads: 1 });
    const truth: number[] = [];
    const quantiles: number[] = [];
    for (const series of await dataSet.readSeries(["db", "quiet", "web"])) {
      const prepared = prepareSeries(spec, series);
      for (let time = report.times.fromMs; time < END_MS - HOUR_MS; time += HOUR_MS) {
        const origin = chooseOrigin(spec, prepared, time);
        const [forecast] = await forecaster.forecast([{ prepared, origin }]);
        truth.push(...series.values[0]!.subarray(origin + 1, origin + 1 + spec.horizonSteps));
        quantiles.push(...columnOf(forecast!.quantiles, spec, levels.length, 0));
      }
    }
    dataSet.close();
    const [y, all] = [Float32Array.from(truth), Float32Array.from(quantiles)];
    const level = (q: number) => y.map((_, i) => all[i * levels.length + q]!);
    const [scores] = report.byMetric[0]!.methods;
    expect(scores).toMatchObject({ method: "model", count: 60 * 24, crossings: 0 });
    expect(scores!.weightedQuantileLoss).toBeCloseTo(weightedQuantileLoss(y, all, levels), 6);
    expect(scores!.meanAbsoluteError).toBeCloseTo(meanAbsoluteError(y, level(4)), 4);
    expect(scores!.coverage).toBeCloseTo(scoreBand(y, level(0), level(8)).coverage, 6);
  });

  it("counts every window for every method, in all tables alike", () => {
    for (const { metric, methods } of report.byMetric) {
      const counts = methods.map(({ count }) => count);
      expect(new Set(counts).size).toBe(1);
      const sum = (tables: EvaluationReport["byLeadTime"] | EvaluationReport["byProfile"]) =>
        tables.filter((table) => table.metric === metric).reduce((total, table) => total + table.methods[0]!.count, 0);
      expect(sum(report.byLeadTime)).toBe(counts[0]);
      expect(sum(report.byProfile)).toBe(counts[0]);
    }
    expect(report.byProfile.filter(({ metric }) => metric === "cpu_pct")).toMatchObject([
      { label: "profile", value: null, servers: 1, windows: 20 },
      { label: "profile", value: "database", servers: 1, windows: 20 },
      { label: "profile", value: "web_api", servers: 1, windows: 20 },
    ]);
    expect(report.byLeadTime.slice(0, 3).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, HOUR_MS / 2],
      [HOUR_MS / 2, HOUR_MS],
      [HOUR_MS, 2 * HOUR_MS],
    ]);
  });

  it("sees that a constant series has no MASE, and says so", () => {
    expect(report.notes.join("\n")).toContain("cpu_pct: MASE is not defined for 20 of 60 windows");
  });

  it("scores a metric on the servers that have it", () => {
    expect(report.notes.join("\n")).toContain("40 pairs of window and metric without any history");
    expect(report.byMetric[2]!.methods[0]!).toMatchObject({ method: "model", count: 20 * 24 });
  });

  it("knows the baseline that fits a day's rhythm, and the model's loss against it", () => {
    const found = report.differences.find(
      ({ metric, baseline, measure }) =>
        metric === "cpu_pct" && baseline === "same time yesterday" && measure === "pinball",
    )!;
    expect(found.servers).toBe(3);
    const [model, yesterday] = ["model", "same time yesterday"].map(
      (name) => report.byMetric[0]!.methods.find(({ method }) => method === name)!.pinball!,
    );
    expect(found.difference.estimate).toBeCloseTo(model! - yesterday!, 9);
    expect(found.ratio.estimate).toBeCloseTo(model! / yesterday!, 9);
    expect(found.verdict).toBe("worse");
  });

  it("scores breaches and early warning of the rule that has incidents", () => {
    const within2h = report.breaches.find(({ rule, withinMs }) => rule === "cpu_high" && withinMs === 2 * HOUR_MS)!;
    expect(within2h.events).toBeGreaterThan(0);
    expect(within2h.reliability.reduce((sum, { count }) => sum + count, 0)).toBe(within2h.windows);
    const early = report.earlyWarning.find(({ rule }) => rule === "cpu_high")!;
    expect(early.methods.map(({ method }) => method)).toContain("same window yesterday");
    expect(early.chosenOn.toMs + 2 * HOUR_MS).toBeLessThanOrEqual(early.scoredOn.fromMs);
    expect(early.truthKnown).toBe(false);
  });

  it("draws the best, the median and the worst server", () => {
    expect(report.fanCharts.map(({ title }) => title)).toEqual(["best", "median", "worst"].flatMap((t) => [t, t, t]));
    expect(report.fanCharts[0]).toMatchObject({ metric: "cpu_pct", originMs: END_MS - 2 * HOUR_MS });
    expect(report.fanCharts[0]!.middle).toHaveLength(24);
  });

  it("forecasts what `forewarn forecast` forecasts at that time", async () => {
    const { server, metric, originMs, lower, middle, upper } = report.fanCharts[0]!;
    const options = { modelDirectory: FIXTURE_MODEL, dataDirectory: fleet, threads: 1 };
    const { forecasts } = await forecastDataSet({ ...options, servers: [server], atMs: originMs });
    const { quantiles } = forecasts[0]!.targets.find((target) => target.metric === metric)!;
    expect(quantiles.map((step) => [step[0], step[4], step[8]])).toEqual(
      lower.map((low, i) => [low, middle[i], upper[i]]),
    );
  });

  it("forecasts new servers as soon as production does: half a context is 8 h here", () => {
    expect(report.coldStart!.map(({ historyMs, windows, refused }) => [historyMs / HOUR_MS, windows, refused])).toEqual(
      [
        [1, 0, 80],
        [6, 0, 80],
        [24, 60, 20],
      ],
    );
    expect(report.coldStart![2]!.comparisons[0]!.methods[0]!.count).toBe(60 * 24);
  });
});

describe("what cannot be scored", () => {
  const missing = join(work, "missing");
  const lastSteps = "step >= 1400";

  beforeAll(() =>
    writeFleet(
      missing,
      STEPS,
      SERVERS.map((server) => ({
        ...server,
        exists: "true",
        cpu: `if(${lastSteps}, NULL, 1)`,
        mem: `if(${lastSteps}, NULL, 1)`,
        disk: "NULL",
      })),
    ),
  );

  it("windows without any truth are counted, and an error when there are no others", async () => {
    const fromMs = FLEET_START_MS + 1392 * FLEET_INTERVAL_MS; // 20:00: 8 steps of truth are left, an hour later none
    const data = { ...request, dataDirectory: missing, coldStart: false, windows: null };
    const some = await runBacktest({ ...data, fromMs, strideMs: 300_000, untilMs: fromMs + 2.75 * HOUR_MS });
    expect(some.windows).toEqual({ scored: 32, withoutTruth: 8, refused: {} });
    expect(some.byMetric[0]!.methods[0]!.count).toBe(4 * (8 + 7 + 6 + 5 + 4 + 3 + 2 + 1));
    const none = runBacktest({ ...data, fromMs: fromMs + 2 * HOUR_MS });
    await expect(none).rejects.toMatchObject({
      code: "insufficient_data",
      message: expect.stringMatching(/refused with stale_input/),
    });
  });
});
