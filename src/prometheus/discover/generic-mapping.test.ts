import { describe, expect, it } from "vitest";
import { contractId } from "../../contract/index.ts";
import { openMapping } from "../mapping/read-mapping.ts";
import type { Candidate } from "./candidates.ts";
import { genericMapping } from "./generic-mapping.ts";
import { shortcomings } from "./shortcomings.ts";

const gauge = (name: string, low: number, high: number, seriesPerServer = 1): Candidate => {
  return { name, kind: "gauge", help: "", servers: 3, seriesPerServer, low, high };
};
const counter = (name: string): Candidate => ({ ...gauge(name, 0, 5, 4), kind: "counter" });

describe("a generic mapping", () => {
  const document = genericMapping(
    [
      gauge("queue_length", 0, 40, 2),
      gauge("room_temperature_celsius", -3, 20, 2),
      gauge("pool_usage_ratio", 0, 0.9),
      gauge("heap_percent", 10, 90),
      counter("Http_Requests_total"),
      counter("http_requests"),
      gauge("truth_x", 0, 1),
    ],
    "host",
    "^(.+)$",
  );
  const { contract, metrics, serverLabel } = openMapping(document, "generic");

  it("is a valid contract whose first gauges are targets", () => {
    expect([contractId(contract), serverLabel]).toEqual(["discovered/1.0", "host"]);
    expect(contract.metrics.filter(({ role }) => role === "target").map(({ name }) => name)).toEqual([
      "queue_length",
      "room_temperature_celsius",
      "pool_usage_ratio",
    ]);
  });

  it("sums what adds up, averages what does not, and takes rates of counters", () => {
    expect(Object.fromEntries(metrics.map(({ metric, expression }) => [metric.name, expression]))).toEqual({
      queue_length: "sum by (host) (avg_over_time(queue_length[5m]))",
      room_temperature_celsius: "avg by (host) (avg_over_time(room_temperature_celsius[5m]))",
      pool_usage_ratio: "sum by (host) (avg_over_time(pool_usage_ratio[5m]))",
      heap_percent: "sum by (host) (avg_over_time(heap_percent[5m]))",
      http_requests_per_s: "sum by (host) (rate(Http_Requests_total[5m]))",
      http_requests_per_s_2: "sum by (host) (rate(http_requests[5m]))",
      metric_truth_x: "sum by (host) (avg_over_time(truth_x[5m]))",
    });
  });

  it("takes ranges from names and values; only what is not forecast becomes a logarithm", () => {
    const ranges = contract.metrics.map(({ name, unit, min, max, transform }) => [name, unit, min, max, transform]);
    expect(ranges.slice(0, 5)).toEqual([
      ["queue_length", "count", 0, null, "identity"],
      ["room_temperature_celsius", "celsius", null, null, "identity"],
      ["pool_usage_ratio", "ratio", 0, 1, "identity"],
      ["heap_percent", "percent", 0, 100, "identity"],
      ["http_requests_per_s", "requests/s", 0, null, "log1p"],
    ]);
  });
});

it("shortcomings say what is missing and what follows", () => {
  const mapping = openMapping(genericMapping([gauge("load", 0, 1), gauge("heat", 0, 1)], "host", "^(.+)$"), "generic");
  const metric = { isTarget: true, isRequired: false, problem: null };
  const coverage = {
    metrics: [
      { ...metric, metric: "load", servers: 2 },
      { ...metric, metric: "heat", servers: 0, isRequired: true },
      { ...metric, metric: "wind", servers: 3 },
    ],
    servers: 3,
    share: 0.5,
    sinceMs: 0,
    scrapeIntervalMs: 180_000,
  };
  expect(shortcomings(mapping, coverage, 5 * 86_400_000)).toEqual([
    "no data for heat, which the contract requires",
    "load: only 2 of 3 servers have it",
    "5.0 days of history: enough to train, but a weekly course needs 14",
    "a sample every 3m: rates over 5m need two, so scrape every 2m30s or more often, or use a contract of a longer interval",
    "the contract has no breach rules: add some, or there is nothing to be warned of",
  ]);
});
