import { describe, expect, it } from "vitest";
import { type AlertContract, formatAlertContract, parseAlertContract } from "./alert-contract.ts";
import { chooseThreshold } from "./choose-threshold.ts";
import { candidateThresholds, precisionRecallCurve } from "./curves.ts";
import type { WarningSeries } from "./warning-series.ts";

describe("alert contract", () => {
  it.each<[string, AlertContract]>([
    ["recall >= 80%", { kind: "recall", atLeast: 0.8 }],
    ["recall at least 0.8", { kind: "recall", atLeast: 0.8 }],
    [" Recall>=99.5 % ", { kind: "recall", atLeast: 0.995 }],
    ["at most 1 false alarm per server-week", { kind: "false-alarms", atMostPerServerWeek: 1 }],
    ["<= .5 false alarms per host-week", { kind: "false-alarms", atMostPerServerWeek: 0.5 }],
  ])("%s", (text, contract) => {
    expect(parseAlertContract(text, "--contract")).toEqual(contract);
    expect(parseAlertContract(formatAlertContract(contract), "--contract")).toEqual(contract);
  });

  it.each([
    "",
    "recall",
    "recall >= 120%",
    "recall >= 0",
    "recall <= 80%",
    "precision >= 80%",
    "at most 1 alarm",
    "1e9",
  ])("refuses %j", (text) => {
    expect(() => parseAlertContract(text, "--contract")).toThrow(/--contract: Expected a contract such as "recall/);
  });
});

/** Hourly steps, decisions at each of 40; a claim is "within 4 h". Events at 10, 20, 30, announced by 0.9, 0.6, 0.3. */
const options = { horizonSteps: 4, usefulSteps: 1 };
function makeSeries(onsets: number[]): WarningSeries {
  const probability = new Float32Array(40);
  for (const [step, value] of [
    [7, 0.9],
    [17, 0.6],
    [27, 0.3],
    [2, 0.6], // false alarms
    [23, 0.3],
    [34, 0.2],
  ] as const) {
    probability[step] = value;
  }
  return {
    server: "a",
    rule: "r",
    intervalMs: 3_600_000,
    steps: 60,
    onsets: Int32Array.from(onsets),
    knownAfterSteps: 0,
    causes: null,
    decisionSteps: Int32Array.from({ length: 40 }, (_, i) => i),
    decisionEverySteps: 1,
    signal: null,
    probability,
  };
}
const series = [makeSeries([10, 20, 30])];
const week = 168 / 40; // one false alarm in these 40 hours, per week

describe("chooseThreshold", () => {
  it.each<[string, AlertContract, number, number, number]>([
    ["recall of a third: the only alarm is right", { kind: "recall", atLeast: 0.3 }, 0.9, 1 / 3, 1],
    ["recall of two thirds costs a false alarm", { kind: "recall", atLeast: 0.5 }, 0.6, 2 / 3, 2 / 3],
    ["no false alarm", { kind: "false-alarms", atMostPerServerWeek: 0 }, 0.9, 1 / 3, 1],
    ["one false alarm", { kind: "false-alarms", atMostPerServerWeek: week }, 0.6, 2 / 3, 2 / 3],
  ])("%s", (_, contract, threshold, recall, precision) => {
    const { score, isMet, summary } = chooseThreshold(series, contract, options);
    expect(isMet).toBe(true);
    expect(score.threshold).toBeCloseTo(threshold, 6);
    expect(score.events.recall).toBeCloseTo(recall, 12);
    expect(score.precision).toBeCloseTo(precision, 12);
    expect(summary).toContain("is kept: recall");
  });

  it("says the nearest when no threshold keeps the contract", () => {
    // The event at 11 follows so soon on the one at 10 that no claim can be useful for both.
    const missed = chooseThreshold([makeSeries([10, 11])], { kind: "recall", atLeast: 1 }, options);
    expect(missed.isMet).toBe(false);
    expect(missed.summary).toMatch(/^No threshold keeps "recall >= 100%"; the nearest: recall 50 % \(of 2 events\)/);

    // The highest score, 0.9, is a false alarm, so even the fewest alarms are one too many.
    const noFalseAlarm = { kind: "false-alarms", atMostPerServerWeek: 0 } as const;
    const wrong = chooseThreshold([makeSeries([20])], noFalseAlarm, options);
    expect(wrong.isMet).toBe(false);
    expect(wrong.score.falseAlarmsPerServerWeek).toBeCloseTo(week, 12);
  });

  it("without events only limits false alarms, as low as that allows", () => {
    const quiet = [makeSeries([])];
    const { score, isMet } = chooseThreshold(quiet, { kind: "false-alarms", atMostPerServerWeek: 3 * week }, options);
    expect(isMet).toBe(true);
    expect(score.threshold).toBeCloseTo(0.6, 6);
    expect(chooseThreshold(quiet, { kind: "recall", atLeast: 0.5 }, options).isMet).toBe(false);
  });

  it("refuses data without a scored decision", () => {
    const none = series.map((s) => ({ ...s, steps: 3 }));
    expect(() => chooseThreshold(none, { kind: "recall", atLeast: 0.5 }, options)).toThrow("got none");
  });
});

describe("curves", () => {
  it("candidates are the scores that were given, highest first", () => {
    expect([...candidateThresholds(series, options)]).toEqual([0.9, 0.6, 0.3, 0.2, 0].map(Math.fround));
    expect([...candidateThresholds(series, options, 2)]).toEqual([0.9, 0].map(Math.fround));
    expect(candidateThresholds([], options)).toHaveLength(0);
  });

  it("recall of single decisions grows as the threshold falls", () => {
    const recalls = precisionRecallCurve(series, candidateThresholds(series, options), options).map(
      ({ decisions }) => decisions.recall,
    );
    expect(recalls).toEqual([...recalls].sort((x, y) => x - y));
    expect(recalls.at(-1)).toBe(1);
  });
});
