import { expect, test } from "vitest";
import { INTERVAL } from "../../test/support/alerts.ts";
import { fakeServices, NOW_MS, servedForecast } from "../../test/support/fake-services.ts";
import { fleetContract } from "../contract/index.ts";
import type { OutgoingSample } from "../prometheus/index.ts";
import type { ServedForecast } from "../server/index.ts";
import { createWriteBackSeries, type WriteBackSeries } from "./write-back-series.ts";

/** 3 targets x 3 quantiles x 5 horizons, and 3 rules x 5 horizons. */
const AHEAD = 45;
const PROBABILITIES = 15;
const { scoreboard } = fakeServices();

/** A forecast of the tick `ticks` after the first. */
function forecast(server: string, ticks: number, change: Partial<ServedForecast["record"]> = {}): ServedForecast {
  const { record, dataMs } = servedForecast(server, 0.5);
  const moved = { issuedAtMs: NOW_MS + ticks * INTERVAL, originMs: NOW_MS + ticks * INTERVAL };
  return { record: { ...record, ...moved, ...change }, dataMs };
}
function tick(series: WriteBackSeries, ticks: number, forecasts: ServedForecast[]): OutgoingSample[] {
  const written = { issuedAtMs: NOW_MS + ticks * INTERVAL, forecasts, scoreboard };
  const samples = [...series.samplesOf(written)];
  series.keep(written);
  return samples;
}
const named = (samples: OutgoingSample[], name: string) => samples.filter(({ labels }) => labels["__name__"] === name);
const stale = (samples: OutgoingSample[]) => samples.filter(({ value }) => value === null);

test("a forecast is written once, at its issue", () => {
  const series = createWriteBackSeries(fleetContract, null);
  const a = forecast("a", 0);
  const samples = tick(series, 0, [a]);
  expect(samples).toHaveLength(AHEAD + PROBABILITIES);
  expect(samples).toContainEqual({
    labels: {
      ...{ __name__: "forewarn_forecast_ahead", profile: "database", server: "a" },
      ...{ metric: "cpu_pct", quantile: "0.9", horizon_seconds: "28800" },
    },
    timestampMs: NOW_MS,
    value: 60.2,
  });
  expect(samples).toContainEqual({
    labels: {
      ...{ __name__: "forewarn_breach_probability", profile: "database", server: "a" },
      ...{ rule: "cpu_high", metric: "cpu_pct", threshold: "90", horizon_seconds: "1800" },
    },
    timestampMs: NOW_MS,
    value: 0.5,
  });
  expect(tick(series, 1, [a])).toEqual([]);
  expect(tick(series, 2, [forecast("a", 2)]).map(({ timestampMs }) => timestampMs)).toEqual(
    Array(AHEAD + PROBABILITIES).fill(NOW_MS + 2 * INTERVAL),
  );
});

test("values at the time that they are for, within the limit of the store", () => {
  const eightHours = 8 * 3_600_000;
  const samples = named(tick(createWriteBackSeries(fleetContract, eightHours), 0, [forecast("a", 0)]), VALID);
  expect(samples).toHaveLength(AHEAD);
  for (const { labels, timestampMs } of samples) {
    expect(timestampMs - NOW_MS).toBe(1000 * Number(labels["horizon_seconds"]));
  }
  const limited = tick(createWriteBackSeries(fleetContract, eightHours - 1), 0, [forecast("a", 0)]);
  expect(named(limited, VALID)).toHaveLength((AHEAD / 5) * 4);
});
const VALID = "forewarn_forecast_valid";

test("series of a server without a forecast end, and begin again with it", () => {
  const series = createWriteBackSeries(fleetContract, 8 * 3_600_000);
  tick(series, 0, [forecast("a", 0), forecast("b", 0)]);
  const over = tick(series, 1, [forecast("b", 1)]);
  expect(stale(over)).toHaveLength(2 * AHEAD + PROBABILITIES);
  expect(new Set(stale(over).map(({ labels }) => labels["server"]))).toEqual(new Set(["a"]));
  for (const { labels, timestampMs } of stale(over)) {
    const isValid = labels["__name__"] === VALID;
    // One interval after the last sample of its series.
    expect(timestampMs).toBe(NOW_MS + INTERVAL + (isValid ? 1000 * Number(labels["horizon_seconds"]) : 0));
  }
  expect(stale(tick(series, 2, [forecast("b", 2)]))).toEqual([]);
  expect(stale(tick(series, 3, [forecast("a", 3), forecast("b", 3)]))).toEqual([]);
  expect(stale(tick(series, 4, []))).toHaveLength(2 * (2 * AHEAD + PROBABILITIES));
});

test("another model ends what it does not forecast, another label all of the old series", () => {
  const series = createWriteBackSeries(fleetContract, null);
  const before = forecast("a", 0);
  tick(series, 0, [before]);
  const targets = before.record.targets.slice(1);
  const other = tick(series, 1, [forecast("a", 1, { modelId: "tft_2", targets })]);
  expect(stale(other)).toHaveLength(AHEAD / 3);
  expect(new Set(stale(other).map(({ labels }) => labels["metric"]))).toEqual(new Set(["cpu_pct"]));
  const moved = tick(series, 2, [forecast("a", 2, { modelId: "tft_2", targets, labels: { profile: "batch" } })]);
  expect(stale(moved)).toHaveLength((AHEAD / 3) * 2 + PROBABILITIES);
});

test("scores are written at the tick, with the labels of the daemon, and end with the forecasts", () => {
  const series = createWriteBackSeries(fleetContract, null, { shard: "3" });
  const { scoreboard } = fakeServices();
  const a = forecast("a", 0);
  scoreboard.add(a.record);
  scoreboard.observe({ server: "a", metric: "cpu_pct", timeMs: NOW_MS, value: 50 });
  const at = (ticks: number, forecasts: ServedForecast[]) => {
    const written = { issuedAtMs: NOW_MS + ticks * INTERVAL, forecasts, scoreboard };
    const samples = named([...series.samplesOf(written)], "forewarn_score_coverage");
    series.keep(written);
    return samples;
  };
  const labels = { __name__: "forewarn_score_coverage", metric: "cpu_pct", window: "7d", shard: "3" };
  expect(at(0, [a])).toEqual([{ labels, timestampMs: NOW_MS, value: 1 }]);
  expect(at(1, [a])).toEqual([{ labels, timestampMs: NOW_MS + INTERVAL, value: 1 }]);
  expect(at(2, [])).toEqual([{ labels, timestampMs: NOW_MS + 2 * INTERVAL, value: null }]);
  expect(at(3, [])).toEqual([]);
});

test("what was not written is written with the next tick, and a clock that went back writes nothing", () => {
  const series = createWriteBackSeries(fleetContract, null);
  tick(series, 0, [forecast("a", 0), forecast("b", 0)]);
  // Lost: it was never kept.
  [...series.samplesOf({ issuedAtMs: NOW_MS + INTERVAL, forecasts: [forecast("b", 1)], scoreboard })];
  expect(stale(tick(series, 2, [forecast("b", 2)]))).toHaveLength(AHEAD + PROBABILITIES);
  expect(tick(series, 1, [forecast("b", 1)])).toEqual([]);
});
