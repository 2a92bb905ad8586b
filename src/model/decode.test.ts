// Decoding one window of a batch by hand: units, legal range, order and calibration of quantiles; hazards to probabilities.
import fc from "fast-check";
import { expect, test } from "vitest";
import "../../test/support/allclose.ts";
import type { InputBatch, InputSpec } from "../dataset/index.ts";
import { decodeBreaches, decodeQuantiles, neutralCalibration } from "./decode.ts";

const rule = { metric: "cpu_pct", op: ">=", threshold: 90, forSteps: 3, clearSteps: 6 } as const;

/** Two targets behind a metric that is only read; one step; two rules with three groups. */
const spec: InputSpec = {
  intervalMs: 300_000,
  contextSteps: 4,
  horizonSteps: 1,
  historySteps: 8,
  patchSteps: 1,
  metrics: ["net_in", "cpu_pct", "disk_ms"],
  metricColumns: [0, 1, 2],
  absentMetrics: [],
  targets: ["cpu_pct", "disk_ms"],
  transforms: ["identity", "identity", "log1p"],
  ranges: [
    { min: 0, max: null },
    { min: 0, max: 100 },
    { min: 0, max: null },
  ],
  scaleFloors: [1, 1, 1],
  typicalScales: [1, 1, 1],
  labels: [],
  serverVocabulary: [],
  past: [],
  known: [],
  static: [],
  candidates: [],
  offsetUnit: "deviation",
  breachReadings: "both",
  breachRules: [
    { id: "hot", ...rule },
    { id: "hotter", ...rule },
  ],
  breachGroupEnds: [1, 2, 4],
  breachFeatures: [],
};

/** Two windows; the second has the locations, scales and offset units of the tests. */
const batch = {
  location: Float32Array.of(0, 0, 50, 1),
  scale: Float32Array.of(1, 1, 10, 0.5),
  offsetUnit: Float32Array.of(1, 1, 0.5, 1),
} as InputBatch;

const calibration = neutralCalibration(spec, 3);

/** Decodes the second window. */
const quantilesOf = (quantiles: number[], with_ = calibration) =>
  decodeQuantiles(
    spec,
    with_,
    batch,
    { quantiles: Float32Array.of(9, 9, 9, 9, 9, 9, ...quantiles), hazardLogits: Float32Array.of() },
    1,
  );

test("quantiles are location + scale * output, taken back through the transform, clipped to the legal range", () => {
  // cpu: 50 + 10 * [-6, 0.5, 7]; disk: exp(1 + 0.5 * [-4, 0, 2]) - 1.
  expect(quantilesOf([-6, 0.5, 7, -4, 0, 2])).toBeAllclose([0, 55, 100, 0, Math.E - 1, Math.E ** 2 - 1]);
});

test("calibration moves each target's levels in offset units, and levels that cross by it are put in order", () => {
  const shifted = {
    ...calibration,
    quantileShift: [
      [0, 0, 0],
      [2, 0, -4],
    ],
  };
  expect(quantilesOf([0, 1, 2, -2, 0, 2], shifted)).toBeAllclose([50, 60, 70, 0, Math.E - 1, Math.E - 1]);
  // cpu: an offset unit is half a scale, 5.
  const cpu = { ...calibration, quantileShift: [[0, 0, 2], calibration.quantileShift[1]!] };
  expect(quantilesOf([0, 1, 2, 0, 0, 0], cpu).subarray(0, 3)).toBeAllclose([50, 60, 80]);
});

/** Decodes a window whose logits are the same for both rules. */
const breachesOf = (logits: number[], with_ = calibration) =>
  decodeBreaches(spec, with_, { quantiles: Float32Array.of(), hazardLogits: Float32Array.of(...logits, ...logits) }, 0);

const logit = (p: number) => Math.log(p / (1 - p));

test("breach probabilities are one minus the product of what the hazards leave", () => {
  const expected = [0.1, 1 - 0.9 * 0.8, 1 - 0.9 * 0.8 * 0.5];
  expect(breachesOf([0.1, 0.2, 0.5].map(logit))).toBeAllclose([...expected, ...expected]);
});

test("calibration of hazards is a slope and an intercept on the logit, per rule", () => {
  const fitted = { ...calibration, breachSlope: [1, 0.5], breachIntercept: [0, -1] };
  const halves = 1 / (1 + Math.exp(1)); // of logits 0
  const [first, second] = [breachesOf([0, 0, 0], fitted).slice(0, 3), breachesOf([0, 0, 0], fitted).slice(3)];
  expect(first).toBeAllclose([0.5, 0.75, 0.875]);
  expect(second).toBeAllclose([halves, 1 - (1 - halves) ** 2, 1 - (1 - halves) ** 3]);
  expect(breachesOf([2, 0, 0], fitted)[3]).toBeCloseTo(0.5);
});

test("breach probabilities are probabilities that never fall with time, for any logits", () => {
  const logits = fc.array(fc.float({ min: -500, max: 500, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(logits, (values) => {
      const [first, second, third] = breachesOf(values) as unknown as [number, number, number];
      expect(first).toBeGreaterThanOrEqual(0);
      expect(second).toBeGreaterThanOrEqual(first);
      expect(third).toBeGreaterThanOrEqual(second);
      expect(third).toBeLessThanOrEqual(1);
    }),
  );
});
