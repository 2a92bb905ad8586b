import { expect, test } from "vitest";
import { tinyConfig, tinyMetadata } from "../../test/helpers/tiny-model.ts";
import { fleetContract } from "../contract/index.ts";
import { modelCard } from "./model-card.ts";
import { parseEvaluation } from "./training-metadata.ts";

const evaluation = parseEvaluation(
  {
    formatVersion: 1,
    windows: 180,
    methods: [
      { name: "model", measures: { CRPS: 0.29134, MASE: 0.66 } },
      { name: "last value", measures: { CRPS: 0.4, MASE: null } },
    ],
    coverage: [{ target: "cpu_pct", nominal: 0.8, observed: 0.793 }],
    breaches: [{ rule: "cpu_high", onsets: 120, skill: 0.12 }],
  },
  "evaluation.json",
);

test("the card says what config, metadata and evaluation say", () => {
  const card = modelCard(tinyConfig("tft_a"), fleetContract, tinyMetadata("tft_a"), evaluation);
  for (const line of [
    "# Model tft_a",
    "that reads 1d of a server's metrics\nand forecasts the next 8h in steps of 5m.",
    "| Forecast metrics | cpu_pct |",
    "| Data | 1000 rows of 3 servers, 2025-11-13T02:13Z to 2025-11-20T00:53Z, fingerprint `f00d` |",
    "| Duration | 1m1s |",
    "| Method | CRPS | MASE |\n| --- | --- | --- |\n| model | 0.2913 | 0.6600 |\n| last value | 0.4000 | - |",
    "| cpu_pct | 80.0 % | 79.3 % |",
    "| cpu_high | 120 | 0.1200 |",
  ]) {
    expect(card).toContain(line);
  }
});

test("the card of a model that was not evaluated says so", () => {
  const card = modelCard(tinyConfig("tft_a"), fleetContract, tinyMetadata("tft_a"), null);
  expect(card).toContain("This model was not evaluated on held-out data.");
});

test("an evaluation of another form is refused", () => {
  const document = { ...evaluation, windows: "many" };
  expect(() => parseEvaluation(document, "evaluation.json")).toThrow(/evaluation\.json: windows/);
});
