import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findClaims, findEvents } from "./claims.ts";
import { leadTimeCurve } from "./curves.ts";
import { scoreClaims, spreadOverServers } from "./score.ts";
import type { WarningSeries } from "./warning-series.ts";

const HOUR_MS = 3_600_000;
/** Half an hour of use in a horizon of 4 h, at 10 minutes a step. */
const options = { horizonSteps: 24, usefulSteps: 3 };

/** Decisions every hour (6 steps) from step 5 on; `scores` one character each: "1" warns, "." does not, "?" is none. */
function makeSeries(scores: string, onsets: number[], more: Partial<WarningSeries> = {}): WarningSeries {
  return {
    server: "a",
    rule: "r",
    intervalMs: HOUR_MS / 6,
    steps: 6 * scores.length + 30,
    onsets: Int32Array.from(onsets),
    knownAfterSteps: 0,
    causes: null,
    decisionSteps: Int32Array.from(scores, (_, i) => 5 + 6 * i),
    decisionEverySteps: 6,
    signal: null,
    probability: Float32Array.from(scores, (c) => (c === "?" ? Number.NaN : Number(c === "1"))),
    ...more,
  };
}
const outcomes = (series: WarningSeries) =>
  findClaims(series, 0.5, options).map((c) => `${c.outcome} ${c.decisionStep}`);

describe("claims by hand", () => {
  it.each<[string, string, number[], string[]]>([
    ["no warning, no claim", "....", [20], []],
    ["true 30 min ahead", "1...", [9], ["true 5"]],
    ["late 20 min ahead", "1...", [8], ["late 5"]],
    ["true 4 h ahead", "1.....", [30], ["true 5"]],
    ["false 10 min more than 4 h ahead", "1.....", [31], ["false 5"]],
    ["an event in the step of the decision is past", "1.....", [5], ["false 5"]],
    ["one open claim: the second warning opens none", "11....", [], ["false 5"]],
    ["always on pays for every horizon", "1111111111", [], ["false 5", "false 29", "false 53"]],
    ["the next opens once the event has begun", "111...", [14], ["true 5", "false 17"]],
    ["opening during a breach is allowed, the next event counts", ".1.....", [10, 20], ["true 11"]],
    ["no decision, no claim", "?1", [12, 16], ["late 11"]],
  ])("%s", (_, scores, onsets, expected) => {
    expect(outcomes(makeSeries(scores, onsets))).toEqual(expected);
  });

  it("leaves out decisions whose horizon goes beyond the data", () => {
    expect(outcomes(makeSeries("11", [], { steps: 31 }))).toEqual(["false 5"]);
    expect(outcomes(makeSeries("11", [], { steps: 30 }))).toEqual([]);
  });

  it("an event is one that begins in the time of a scored decision", () => {
    // Decisions at 5, 11 (none), 17: they stand for the steps 6-11 and 18-23.
    const events = findEvents(makeSeries(".?.", [5, 6, 11, 12, 17, 18, 23, 24]), options);
    expect([...events]).toEqual([0, 1, 1, 0, 0, 1, 1, 0]);
  });
});

describe("score by hand", () => {
  // a: true by 40 min, then false; b: a late claim, and a missed event. 20 decisions of an hour.
  const a = makeSeries("1.1.......", [10]);
  const b = makeSeries("1.........", [7, 50], { server: "b" });

  it("counts events, claims, leads and decisions", () => {
    const score = scoreClaims([a, b], 0.5, options);
    expect(score).toMatchObject({ servers: 2, claims: 3, trueClaims: 1, lateClaims: 1, falseClaims: 1 });
    expect(score.events).toEqual({ count: 3, detected: 1, detectedLate: 1, recall: 1 / 3 });
    expect(score.precision).toBeCloseTo(1 / 3, 12);
    expect(score.serverWeeks).toBeCloseTo(20 / 168, 12);
    expect(score.falseAlarmsPerServerWeek).toBeCloseTo(168 / 20, 12);
    expect(score.leadMinutes).toEqual({ p10: 40, p50: 40, p90: 40 });
    // Decisions with an event 3 to 24 steps ahead: a at 5; b at 29, 35, 41 (26 <= d + 1 <= 47). Warned: a 5, a 17, b 5.
    expect(score.decisions).toMatchObject({ decisions: 20, prevalence: 4 / 20, precision: 1 / 3, recall: 1 / 4 });
    expect(score.decisions.f1).toBeCloseTo(2 / 7, 12);
  });

  it("a server under two rules has its weeks once", () => {
    expect(scoreClaims([a, { ...b, server: "a" }], 0.5, options).serverWeeks).toBeCloseTo(10 / 168, 12);
  });

  it("spreads over servers", () => {
    const { recall, precision } = spreadOverServers([a, b], 0.5, options);
    expect(recall).toEqual({ p10: 0.1, p50: 0.5, p90: 0.9 });
    expect(precision.p50).toBe(0.25);
  });

  it("counts unforeseeable events apart, their claims as what they are", () => {
    const score = scoreClaims(
      [
        { ...a, causes: [{ kind: "panic", foreseeable: false }] },
        { ...b, causes: [{ kind: "leak", foreseeable: true }, null] },
      ],
      0.5,
      options,
    );
    expect(score.events).toEqual({ count: 2, detected: 0, detectedLate: 1, recall: 0 });
    expect(score.unforeseeable).toEqual({ count: 1, detected: 1, detectedLate: 0, recall: 1 });
    expect(score.kinds.map(({ kind, count }) => [kind, count])).toEqual([
      ["leak", 1],
      ["panic", 1],
    ]);
    expect(score.trueClaims).toBe(1);
  });

  it("lead-time curve: recall by least lead", () => {
    const curve = leadTimeCurve([a, b], 0.5, options, [HOUR_MS / 2, (HOUR_MS * 2) / 3, HOUR_MS]);
    expect(curve.map(({ recall }) => recall)).toEqual([1 / 3, 1 / 3, 0]);
  });

  it("is NaN, not 0, where nothing happened and nothing was claimed", () => {
    const score = scoreClaims([makeSeries("....", [])], 0.5, options);
    expect([score.events.recall, score.precision, score.leadMinutes.p50]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(score.falseAlarmsPerServerWeek).toBe(0);
  });
});

describe("claims of any series", () => {
  const any = fc
    .record({
      scores: fc.array(fc.constantFrom("1", ".", "?"), { minLength: 1, maxLength: 40 }).map((list) => list.join("")),
      onsets: fc.uniqueArray(fc.integer({ min: 0, max: 250 }), { maxLength: 12 }),
    })
    .map(({ scores, onsets }) =>
      makeSeries(
        scores,
        onsets.sort((x, y) => x - y),
      ),
    );

  it("never overlap, close each event at most once, and none is lost in the counts", () => {
    fc.assert(
      fc.property(any, (series) => {
        const claims = findClaims(series, 0.5, options);
        for (const [i, { decisionStep, outcome, onset, leadSteps }] of claims.entries()) {
          const next = claims[i + 1]?.decisionStep ?? Infinity;
          if (outcome === "false") expect(next - decisionStep).toBeGreaterThanOrEqual(options.horizonSteps);
          else {
            expect(series.onsets[onset]).toBe(decisionStep + 1 + leadSteps);
            expect(next).toBeGreaterThanOrEqual(series.onsets[onset]!);
            expect(outcome === "true").toBe(leadSteps >= 3);
          }
        }
        const closed = claims.map(({ onset }) => onset).filter((onset) => onset >= 0);
        expect(new Set(closed).size).toBe(closed.length);
        const score = scoreClaims([series], 0.5, options);
        expect(score.trueClaims + score.lateClaims + score.falseClaims).toBe(claims.length);
        expect(score.events.detected + score.events.detectedLate).toBeLessThanOrEqual(score.events.count);
      }),
    );
  });
});
