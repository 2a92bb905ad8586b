// A small report of a backtest with every part filled, of which tests change what they are about.
import { type EvaluationReport, evaluationReportSchema } from "../../src/evaluate/evaluation-report.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 12);
const METHODS = ["model", "last value", "drift"];

type Methods = EvaluationReport["byMetric"][number]["methods"];
type Claims = EvaluationReport["earlyWarning"][number]["methods"][number];

/** Scores of the model, of the last value and of drift, with these pinball losses. */
export function methodScores(...pinball: (number | null)[]): Methods {
  return METHODS.map((method, m) => {
    const loss = pinball[m] ?? null;
    return {
      method,
      count: loss === null ? 0 : 480,
      weightedQuantileLoss: loss,
      meanAbsoluteScaledError: loss,
      meanAbsoluteError: loss,
      pinball: loss,
      coverage: loss === null ? null : 0.79 - m / 10,
      width: loss === null ? null : 4,
      crossings: 0,
    };
  });
}

/** A report over one metric, two servers, one label and one breach rule; the model beats last value and not drift. */
export function sampleReport(): EvaluationReport {
  const difference = (baseline: string, estimate: number, verdict: "better" | "no difference") => ({
    ...{ metric: "cpu", baseline, measure: "pinball" as const, betterShare: 0.5, servers: 2, verdict },
    difference: { estimate: estimate - 1, low: estimate - 1.1, high: estimate - 0.9 },
    ratio: { estimate, low: estimate - 0.1, high: estimate + 0.1 },
  });
  const claims = (method: string, recall: number, precision: number): Claims => ({
    ...{ method, threshold: 0.4, alertMet: method === "model", onsets: 4, caught: 4 * recall, recall, precision },
    ...{ claims: 8, trueClaims: 4 * recall, lateClaims: 1, falseClaims: 3, falseAlarmsPerServerWeek: 1.5 },
    unforeseeable: { onsets: 1, caught: 0 },
    kinds: [
      { kind: "memory_leak", foreseeable: true, onsets: 4, caught: 4 * recall },
      { kind: "power_loss", foreseeable: false, onsets: 1, caught: 0 },
    ],
    leadMinutes: { p10: 40, p50: 95, p90: 230 },
    decisions: { decisions: 96, prevalence: 0.1, precision: 0.5, recall: 0.6, f1: 0.545 },
  });
  const spread = { p10: 0, p50: 0.5, p90: 1 };
  return evaluationReportSchema.parse({
    formatVersion: 2,
    kind: "backtest",
    forewarnVersion: "1.2.3",
    contract: { id: "fleet/9.1", hash: "c0ffee" },
    breachRules: [{ id: "cpu_high", metric: "cpu", op: ">=", threshold: 20, forMs: 900_000 }],
    data: {
      fingerprint: "f00d",
      servers: 2,
      rows: 5000,
      startMs: START_MS - 100 * HOUR_MS,
      endMs: START_MS + 60 * HOUR_MS,
    },
    folds: [{ modelId: "tft_1", trainedUntilMs: START_MS, fromMs: START_MS, toMs: START_MS + 50 * HOUR_MS }],
    seenInTraining: "no",
    intervalMs: 300_000,
    horizonMs: HOUR_MS,
    strideMs: HOUR_MS,
    seed: 1,
    quantileLevels: [0.1, 0.5, 0.9],
    times: { asked: 48, scored: 48, fromMs: START_MS, toMs: START_MS + 50 * HOUR_MS },
    windows: { scored: 1234, withoutTruth: 3, refused: { stale_input: 2 } },
    methods: METHODS,
    verdict: ["cpu: the model is better than most."],
    notes: ["windows overlap"],
    relativeToSeasonalNaive: METHODS.map((method) => ({ method, ratio: 0.9, series: 2 })),
    byMetric: [{ metric: "cpu", unit: "percent", methods: methodScores(1, 1.5, 1.01) }],
    byProfile: [
      { metric: "cpu", label: "role", value: "web", servers: 1, windows: 600, methods: methodScores(1, 2, 1.5) },
      { metric: "cpu", label: "role", value: null, servers: 1, windows: 634, methods: methodScores(3, 2, 4) },
    ],
    byLeadTime: [
      { metric: "cpu", fromMs: 0, toMs: HOUR_MS / 2, methods: methodScores(0.5, 0.4, 0.6) },
      { metric: "cpu", fromMs: HOUR_MS / 2, toMs: HOUR_MS, methods: methodScores(1.5, 2, 1.9) },
    ],
    pit: [{ metric: "cpu", expected: [0.1, 0.4, 0.4, 0.1], observed: [0.2, 0.4, 0.3, 0.1], count: 480 }],
    differences: [difference("last value", 0.7, "better"), difference("drift", 0.99, "no difference")],
    worstServers: [{ server: "web1", windows: 600, ratioToBest: 1.3, meanAbsoluteScaledError: 0.9 }],
    fanCharts: [
      {
        ...{ title: "best", server: "web1", metric: "cpu", unit: "percent", originMs: START_MS },
        history: [10, 11, null, 12],
        ...{ truth: [12, null, 19], lower: [11, 11, 10], middle: [12, 13, 13], upper: [13, 15, 17] },
      },
    ],
    breaches: [
      {
        ...{ rule: "cpu_high", withinMs: HOUR_MS, windows: 90, events: 9, brier: 0.08, logScore: 0.3, skill: 0.1 },
        ...{ expectedCalibrationError: 0.02, skillOverPast: 0.05, areaUnderRoc: 0.8, averagePrecision: 0.4 },
        reliability: [
          {
            ...{ from: 0, to: 0.5, count: 80, meanProbability: 0.05 },
            ...{ eventShare: 0.06, eventShareLow: 0.02, eventShareHigh: 0.13 },
          },
          {
            ...{ from: 0.5, to: 1, count: 0, meanProbability: null },
            ...{ eventShare: null, eventShareLow: null, eventShareHigh: null },
          },
        ],
      },
    ],
    earlyWarning: [
      {
        ...{ rule: "cpu_high", alert: "recall >= 80%", usefulMs: HOUR_MS / 2, truthKnown: true },
        chosenOn: { fromMs: START_MS, toMs: START_MS + 20 * HOUR_MS, onsets: 6 },
        scoredOn: { fromMs: START_MS + 24 * HOUR_MS, toMs: START_MS + 48 * HOUR_MS, onsets: 4, serverWeeks: 2 },
        methods: [claims("model", 0.75, 0.5), claims("climatology", 0.5, 0.25), claims("always on", 0.5, 0.25)],
        curve: [
          ...[0.9, 0.4].map((threshold) => ({
            ...{ threshold, recall: 1 - threshold, precision: threshold },
            ...{ falseAlarmsPerServerWeek: 1, leadMinutesP50: 90 },
          })),
        ],
        leadCurve: [
          { leadMs: HOUR_MS / 2, recall: 0.75 },
          { leadMs: HOUR_MS, recall: 0.25 },
        ],
        spread: { recall: spread, precision: spread, falseAlarmsPerServerWeek: spread },
      },
    ],
    coldStart: [
      {
        ...{ historyMs: 6 * HOUR_MS, servers: 2, windows: 10, refused: 4 },
        comparisons: [{ metric: "cpu", methods: methodScores(2, 3, 2.5) }],
      },
    ],
  });
}
