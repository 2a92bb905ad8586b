import { expect, it } from "vitest";
import type { BitbrainsReport, IncidentReport } from "../../evaluate/index.ts";
import { bitbrainsText, incidentsText } from "./benchmark.ts";

const scores = { mase: 1.5, crps: 0.4, nd: 0.5, coverage: null };
const row = (name: string) => ({ name, all: scores, byMetric: { mhz: scores } });
const report: BitbrainsReport = {
  formatVersion: 1,
  benchmark: "bitbrains_rnd/5T",
  testBins: { first: 7776, last: 8639 },
  horizonSteps: 48,
  windows: 18,
  servers: 500,
  dataFingerprint: "f00d",
  isOfficial: true,
  models: [row("Forewarn, seed 1")],
  baselines: [row("last value (point)")],
};

it("puts our row under the published ones on the official windows only", () => {
  const text = bitbrainsText(report);
  expect(text).toContain("These are the official test windows (bins 7776..8639)");
  expect(text).toMatch(/best of any kind +1\.561 {2}0\.356\nForewarn, seed 1 +1\.500 {2}0\.400\n/);
  const other = bitbrainsText({ ...report, testBins: { first: 6336, last: 7199 }, isOfficial: false });
  expect(other).toContain("NOT comparable");
  expect(other).toMatch(/best of any kind +1\.561 {2}0\.356\n$/);
});

it("shows missing scores as a dash", () => {
  expect(bitbrainsText(report)).toMatch(/Forewarn, seed 1 +1\.500 +0\.400 +0\.500 +- +1\.500 \/ 0\.400/);
});

it("says what was found ahead, at what cost, and which limit was not kept", () => {
  const incidents: IncidentReport = {
    formatVersion: 1,
    benchmark: "asd",
    servers: 6,
    incidents: 38,
    incidentsBefore: 2,
    falseAlarmsPerServerWeek: 1,
    dataFingerprint: "f00d",
    rows: [
      {
        name: "always on",
        quietFalseAlarms: 21,
        isMet: false,
        falseClaimsDuringIncidents: 7,
        score: {
          threshold: 1,
          servers: 6,
          serverWeeks: 12,
          events: { count: 37, detected: 30, detectedLate: 3, recall: 30 / 37 },
          unforeseeable: { count: 0, detected: 0, detectedLate: 0, recall: Number.NaN },
          kinds: [],
          claims: 100,
          trueClaims: 30,
          lateClaims: 3,
          falseClaims: 67,
          precision: 0.3,
          falseAlarmsPerServerWeek: 5.58,
          leadMinutes: { p10: 60, p50: 210.4, p90: Number.NaN },
          decisions: { decisions: 1, prevalence: 0.1, precision: 0.1, recall: 1, f1: 0.2 },
        },
      },
    ],
  };
  const text = incidentsText(incidents);
  expect(text).toContain("37 of 38 labelled incidents begin where decisions are scored (2 more begin before the test)");
  expect(text).toMatch(/always on +0\.811 +0\.300 +5\.580 +210 \(60\) +3 +100 +7 +21\.000/);
  expect(text).toContain("no threshold keeps the limit on the quiet days: always on");
});
