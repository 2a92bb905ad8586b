import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, rocAuc } from "./discrimination.ts";
import { brierScore, brierSkill, logScore } from "./probability-scores.ts";
import { createProbabilityTally } from "./probability-tally.ts";
import { expectedCalibrationError, reliabilityTable, wilsonInterval } from "./reliability.ts";

const NONE = Number.NaN;
const probabilities = [0.05, 0.08, 0.55, 1, 0.5];
const outcomes = [0, 1, 1, 1, NONE];
const nothing = [[0.5], [NONE]] as const;

describe("scores of probabilities by hand", () => {
  it("Brier score, skill and log score", () => {
    const score = (0.0025 + 0.8464 + 0.2025) / 4;
    expect(brierScore(probabilities, outcomes)).toBeCloseTo(score, 9);
    expect(brierSkill(probabilities, outcomes, new Array(5).fill(0.75))).toBeCloseTo(1 - score / 0.1875, 9);
    expect(brierSkill([0.5], [1], [1])).toBeNaN();
    const expected = -(Math.log(0.95) + Math.log(0.08) + Math.log(0.55) + 0) / 4;
    expect(logScore(probabilities, outcomes)).toBeCloseTo(expected, 9);
    expect(logScore([0], [1])).toBeCloseTo(-Math.log(1e-6), 9);
  });

  it("reliability table and expected calibration error", () => {
    const table = reliabilityTable(probabilities, outcomes);
    expect(table.map(({ count }) => count)).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(table[0]).toMatchObject({ from: 0, to: 0.1, meanProbability: 0.065, eventShare: 0.5 });
    expect(table[1]).toMatchObject({ eventShare: NONE, eventShareLow: NONE });
    expect(table[9]).toMatchObject({ meanProbability: 1, eventShare: 1 });
    expect(expectedCalibrationError(table)).toBeCloseTo((2 * 0.435 + 0.45 + 0) / 4, 9);
  });

  it("Wilson interval: 1 of 10, as in the tables", () => {
    const { low, high } = wilsonInterval(1, 10);
    expect(low).toBeCloseTo(0.0179, 4);
    expect(high).toBeCloseTo(0.4042, 4);
    expect(wilsonInterval(0, 5).low).toBe(0);
  });

  it("AUC and average precision, ties together", () => {
    // Pairs (event, other): 0.9 > 0.5, 0.9 > 0.1, 0.5 = 0.5, 0.5 > 0.1 -> 3.5 of 4.
    expect(rocAuc([0.9, 0.5, 0.5, 0.1, 0.7], [1, 1, 0, 0, NONE])).toBeCloseTo(3.5 / 4, 12);
    expect(averagePrecision([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  it("NaN without a known outcome", () => {
    for (const score of [brierScore, logScore, rocAuc, averagePrecision]) expect(score(...nothing)).toBeNaN();
    expect(expectedCalibrationError(reliabilityTable(...nothing))).toBeNaN();
    expect(rocAuc([0.5, 0.6], [1, 1])).toBeNaN();
  });
});

describe("scores of probabilities, against plain definitions", () => {
  const cases = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.constantFrom(0, 1, NONE)), { minLength: 1, maxLength: 30 });

  it("AUC compares every pair, average precision every threshold", () => {
    fc.assert(
      fc.property(cases, (pairs) => {
        const p = pairs.map(([value]) => value / 5);
        const y = pairs.map(([, outcome]) => outcome);
        const of = (outcome: number) => p.filter((_, i) => y[i] === outcome);
        const [events, others] = [of(1), of(0)];
        const wins = events.flatMap((e) => others.map((o) => (e > o ? 1 : e === o ? 0.5 : 0)));
        const auc = rocAuc(p, y);
        if (wins.length > 0) expect(auc).toBeCloseTo(wins.reduce<number>((a, b) => a + b, 0) / wins.length, 9);
        else expect(auc).toBeNaN();
        if (events.length === 0) return;
        const precisionAt = (threshold: number) => {
          const [hits, alarms] = [events, others].map((list) => list.filter((value) => value >= threshold).length);
          return hits! / (hits! + alarms!);
        };
        const expected = events.reduce((sum, value) => sum + precisionAt(value), 0) / events.length;
        expect(averagePrecision(p, y)).toBeCloseTo(expected, 9);
      }),
    );
  });

  it("the tally agrees, goes on from its state exactly, and merges", () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 30 }), (pairs, cut) => {
        const add = (tally: ReturnType<typeof createProbabilityTally>, some: typeof pairs) => {
          for (const [value, outcome] of some) tally.add(value / 5, outcome, 0.6);
          return tally;
        };
        const whole = add(createProbabilityTally(), pairs);
        const p = pairs.map(([value]) => value / 5);
        const y = pairs.map(([, outcome]) => outcome);
        const scores = whole.scores();
        expect(scores.brierScore).toBe(brierScore(p, y));
        expect(scores.logScore).toBe(logScore(p, y));
        expect(scores.reliability).toEqual(reliabilityTable(p, y));
        expect(scores.hits).toBe(p.filter((value, i) => value >= 0.6 && y[i] === 1).length);
        expect(scores.hits + scores.misses).toBe(scores.events);
        const first = add(createProbabilityTally(), pairs.slice(0, cut));
        const stored = JSON.parse(JSON.stringify(first.state()));
        expect(add(createProbabilityTally(stored), pairs.slice(cut)).state()).toEqual(whole.state());
        first.merge(add(createProbabilityTally(), pairs.slice(cut)).state());
        expect(first.scores().falseAlarms).toBe(scores.falseAlarms);
        expect(first.state().bins.counts).toEqual(whole.state().bins.counts);
      }),
    );
  });
});
