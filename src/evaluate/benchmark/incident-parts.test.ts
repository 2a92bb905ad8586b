import { expect, it } from "vitest";
import { parseContract } from "../../contract/index.ts";
import type { DataSet, Series } from "../../store/index.ts";
import { decisionStepsOf, quietPart, testPart } from "./incident-parts.ts";
import type { LabelledData } from "./labelled-data.ts";

const contract = parseContract(
  {
    name: "one",
    version: "1.0",
    interval: "5m",
    labels: [],
    state: null,
    metrics: [
      {
        name: "x",
        unit: "u",
        kind: "gauge",
        role: "target",
        min: null,
        max: null,
        required: true,
        transform: "identity",
      },
    ],
    texts: [],
    breachRules: [],
  },
  "test",
);
const data: LabelledData = {
  dataSet: { meta: { contract } } as DataSet,
  trainSteps: 24,
  testFirst: 60,
  incidents: new Map([
    [
      "a",
      [
        { first: 40, last: 41 },
        { first: 70, last: 80 },
        { first: 95, last: 95 },
      ],
    ],
  ]),
};
const series: Series = { server: "a", labels: {}, startMs: 0, steps: 100, values: [new Float32Array(100)] };

it("decides hourly from the first quiet day on, and never counts a label of the quiet days", () => {
  const decisions = decisionStepsOf(data, series);
  expect([...decisions]).toEqual([35, 47, 59, 71, 83, 95]);
  const scores = Float32Array.from(decisions);
  const quiet = quietPart(data, series, scores);
  expect([quiet.steps, [...quiet.onsets], [...quiet.decisionSteps]]).toEqual([60, [], [35, 47, 59]]);
  const test = testPart(data, series, scores);
  expect([test.steps, [...test.onsets], [...test.decisionSteps]]).toEqual([100, [70, 95], [71, 83, 95]]);
  expect([...test.probability]).toEqual([71, 83, 95]);
  expect(test.decisionEverySteps).toBe(12);
});

it("has no decision in a series that ends before the quiet days", () => {
  expect([...decisionStepsOf(data, { ...series, steps: 20 })]).toEqual([]);
});
