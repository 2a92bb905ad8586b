import { expect, test } from "vitest";
import type { FleetForecast, ServerForecast } from "../../forecast/index.ts";
import { forecastText } from "./forecast.ts";

function server(name: string, risks: Record<string, number>): ServerForecast {
  return {
    server: name,
    labels: {},
    contextStart: "2026-01-04T00:00:00.000Z",
    contextEnd: "2026-01-05T00:00:00.000Z",
    missingShare: { cpu: 0.25 },
    timestamps: [0, 1].map((step) => `2026-01-05T0${step}:00:00.000Z`),
    targets: [
      {
        metric: "cpu",
        unit: "percent",
        quantiles: [
          [10, 20, 30],
          [11, 21, 31],
        ],
        history: [19, Number.NaN, 20],
      },
    ],
    breaches: Object.entries(risks).map(([rule, risk]) => ({
      rule,
      metric: "cpu",
      threshold: 90,
      within: { "1h": risk / 2, "2h": risk },
    })),
  };
}

const fleet: FleetForecast = {
  modelId: "m",
  contractHash: "0123456789abcdef",
  issuedAt: "2026-01-05T00:00:00.000Z",
  intervalMs: 3_600_000,
  quantileLevels: [0.1, 0.5, 0.9],
  forecasts: [
    server("calm", { cpu_high: 0.02, mem_high: 0.01 }),
    server("hot\u001b", { cpu_high: 0.1, mem_high: 0.8 }),
  ],
  refused: [{ server: "gone", code: "stale_input", message: "gone: too old" }],
};

test("servers at risk come first, with their most likely breach; refusals come last", () => {
  const lines = forecastText(fleet, false).split("\n");
  expect(lines).toContain("context    2026-01-04T00:00:00.000Z to 2026-01-05T00:00:00.000Z, 25.0 % missing");
  const rows = lines.filter((line) => line.includes("_high")).map((line) => line.split(/\s{2,}/));
  expect(rows).toEqual([
    ["hot?", "mem_high", "40.0 %", "80.0 %"],
    ["calm", "cpu_high", "1.0 %", "2.0 %"],
  ]);
  expect(lines.at(-2)).toMatch(/^gone +stale_input +gone: too old$/);
});

test("details give the quantiles of the step that ends then, and no control characters", () => {
  const text = forecastText(fleet, true);
  expect(text).toContain("hot?: cpu (percent)\n");
  expect(text).toMatch(/^1h +10\.00 +20\.00 +30\.00$/m);
  expect(text).toMatch(/^2h +11\.00 +21\.00 +31\.00$/m);
  expect(text).not.toContain("NaN");
});

test("a model without breach rules still lists its servers", () => {
  const text = forecastText({ ...fleet, forecasts: [server("plain", {})], refused: [] }, false);
  expect(text).toMatch(/^plain +-$/m);
});
