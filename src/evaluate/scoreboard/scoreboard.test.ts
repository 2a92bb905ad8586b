import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breachOnsets, type Contract, contractHash } from "../../contract/index.ts";
import { createForecastTally } from "../../measure/index.ts";
import { findClaims } from "../early-warning/claims.ts";
import type { ForecastRecord } from "../forecast-record.ts";
import type { ScoreboardOptions } from "./options.ts";
import { createScoreboard, restoreScoreboard, type Scoreboard } from "./scoreboard.ts";

const STEP = 1_800_000;
const DAY = 48 * STEP;
const START = 100 * DAY;
const RULE = { op: ">=" as const, threshold: 90, forSteps: 2, clearSteps: 2 };
const contract: Contract = {
  name: "test",
  version: "1.0",
  interval: "30m",
  labels: [{ name: "profile", required: false, values: ["web", "db"] }],
  state: null,
  metrics: ["cpu", "mem"].map((name) => ({
    name,
    unit: "percent",
    kind: "gauge",
    role: "target",
    min: 0,
    max: 100,
    required: false,
    transform: "identity",
  })),
  texts: [],
  breachRules: [{ id: "high", metric: "cpu", op: ">=", threshold: 90, for: "1h", clear: "1h" }],
};
const options: ScoreboardOptions = {
  levels: [0.1, 0.5, 0.9],
  leadSteps: [2, 4],
  labels: ["profile"],
  alertThresholds: { high: 0.5 },
  usefulLeadMs: STEP,
  graceMs: STEP,
  ledgerEntries: 1000,
};

/** A forecast from step `origin` with p10, p50, p90 = centre - 10, centre, centre + 10. */
function forecast(origin: number, overrides: Partial<ForecastRecord> = {}, probability = 0.2): ForecastRecord {
  const quantiles = (centre: number) => Float32Array.from({ length: 12 }, (_, i) => centre + 10 * ((i % 3) - 1));
  return {
    forecastId: `f${origin}`,
    modelId: "m",
    contractHash: contractHash(contract),
    issuedAtMs: START + origin * STEP,
    server: "a",
    labels: { profile: "web" },
    intervalMs: STEP,
    originMs: START + origin * STEP,
    levels: [0.1, 0.5, 0.9],
    targets: [
      { metric: "cpu", quantiles: quantiles(50), scale: 5 },
      { metric: "mem", quantiles: quantiles(20), scale: Number.NaN },
    ],
    breaches: [{ rule: "high", withinSteps: [2, 4], probabilities: [probability / 2, probability] }],
    ...overrides,
  };
}

const fresh = () => createScoreboard(contract, options, START);
const restart = (board: Scoreboard) => restoreScoreboard(contract, options, JSON.parse(JSON.stringify(board.state())));
const see = (board: Scoreboard, step: number, value: number, metric = "cpu", server = "a") =>
  board.observe({ server, metric, timeMs: START + step * STEP, value });
const advance = (board: Scoreboard, step: number) => board.advance(START + step * STEP);

describe("quantiles on the scoreboard", () => {
  it("by hand: scored on arrival, by metric, lead and label; what never came is missing", () => {
    const board = fresh();
    board.add(forecast(0));
    board.add(forecast(0)); // again: the first stays
    see(board, 0, 55);
    see(board, 0, 999); // twice: the first counts
    see(board, 3, 70);
    see(board, 1, 45, "mem");
    see(board, 2, Number.NaN);
    const cpu = { subject: "cpu" };
    expect(board.forecastScores(cpu)).toMatchObject({ count: 2, missing: 0, meanAbsoluteError: 12.5, coverage: 0.5 });
    expect(board.forecastScores(cpu).meanAbsoluteScaledError).toBe(2.5);
    expect(board.forecastScores({ ...cpu, leadSteps: 2 })).toMatchObject({ count: 1, meanAbsoluteError: 5 });
    expect(board.forecastScores({ ...cpu, leadSteps: 4 })).toMatchObject({ count: 1, meanAbsoluteError: 20 });
    expect(board.forecastScores({ subject: "mem" })).toMatchObject({ count: 1, windowsWithoutScale: 1 });
    expect(board.forecastScores({ labels: { profile: "web" } }).count).toBe(3);
    expect(board.forecastScores({ labels: { profile: "db" } }).count).toBe(0);
    advance(board, 5);
    expect(board.openForecasts()).toBe(1);
    advance(board, 6); // 4 steps, 1 to confirm an onset, 1 of grace
    expect(board.openForecasts()).toBe(0);
    expect(board.forecastScores(cpu)).toMatchObject({ count: 2, missing: 2 });
    see(board, 1, 50); // too late
    expect(board.forecastScores(cpu).count).toBe(2);
    expect(board.state().servers).toEqual([]);
  });

  it("forgets days, not what they held", () => {
    const board = fresh();
    board.add(forecast(0));
    see(board, 0, 55);
    expect(board.forecastScores({ days: 1 }).count).toBe(1);
    advance(board, 48);
    expect(board.forecastScores({ days: 1 }).count).toBe(1);
    advance(board, 2 * 48);
    expect(board.forecastScores({ days: 1 }).count).toBe(0);
    expect(board.forecastScores({ days: 7 }).count).toBe(1);
    advance(board, 31 * 48);
    expect(board.state().scores.forecasts.days).toEqual([]);
    expect(board.forecastScores({ days: 30 }).count).toBe(0);
    expect(board.forecastScores()).toMatchObject({ count: 1, missing: 7 });
  });
});

describe("breach probabilities and claims on the scoreboard", () => {
  const run = (values: number[], forecasts: ForecastRecord[]) => {
    const board = fresh();
    for (const [step, value] of values.entries()) {
      for (const record of forecasts) if (record.originMs === START + step * STEP) board.add(record);
      advance(board, step + 1);
      see(board, step, value);
    }
    advance(board, values.length + 2);
    return board;
  };

  it("an onset two steps ahead: event within 4 steps and not within 2, a true claim", () => {
    const board = run([10, 10, 95, 95, 10, 10, 10], [forecast(0, {}, 0.8)]);
    const near = board.breachScores({ subject: "high", leadSteps: 2 });
    expect(near).toMatchObject({ count: 1, events: 0, falseAlarms: 0 });
    expect(near.brierScore).toBeCloseTo(0.16, 12);
    const far = board.breachScores({ leadSteps: 4 });
    expect(far).toMatchObject({ count: 1, events: 1, hits: 1, misses: 0 });
    expect(far.brierScore).toBeCloseTo(0.04, 12);
    const onsetMs = START + 2 * STEP;
    const entry = { server: "a", rule: "high", forecastId: "f0", claimedAtMs: START, onsetMs, leadMs: 2 * STEP };
    expect(board.ledger()).toEqual([{ ...entry, outcome: "true" }]);
    expect(board.claimScores({ days: 1 })).toMatchObject({ true: 1, recall: 1, precision: 1 });
  });

  it("late, false and missed; a single step above the threshold is no onset", () => {
    const late = run([95, 95, 10, 10, 10, 10], [forecast(0, {}, 0.8)]);
    expect(late.ledger()).toMatchObject([{ outcome: "late", leadMs: 0 }]);
    const issuedLate = run([10, 95, 95, 10, 10], [forecast(0, { issuedAtMs: START + STEP }, 0.8)]);
    expect(issuedLate.ledger()).toMatchObject([{ outcome: "late", leadMs: 0 }]);
    const wrong = run([10, 95, 10, 10, 10, 10, 10], [forecast(0, {}, 0.8)]);
    expect(wrong.ledger()).toMatchObject([{ outcome: "false", onsetMs: null, leadMs: null, claimedAtMs: START }]);
    const missed = run([10, 95, 95, 10, 10, 10], [forecast(0)]);
    expect(missed.ledger()).toMatchObject([{ outcome: "missed", forecastId: null, onsetMs: START + STEP }]);
    expect(missed.claimScores()).toMatchObject({ missed: 1, recall: 0, precision: Number.NaN });
    const uncovered = run([10, 10, 10, 10, 10, 95, 95, 10], [forecast(0)]);
    expect(uncovered.ledger()).toEqual([]);
  });

  it("leaves out servers in breach and horizons that were hardly observed", () => {
    const inBreach = run([95, 95, 95, 10, 10, 10, 10, 10, 10], [forecast(2)]);
    expect(inBreach.breachScores().count).toBe(0);
    const unseen = run([10, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 10, 10], [forecast(0)]);
    expect(unseen.breachScores().count).toBe(0);
  });

  it("keeps the newest entries of the ledger and counts all", () => {
    const few = createScoreboard(contract, { ...options, ledgerEntries: 1 }, START);
    for (let step = 0; step < 20; step++) {
      if (step < 12) few.add(forecast(step, {}, 0.9));
      advance(few, step + 1);
    }
    expect(few.ledger()).toHaveLength(1);
    expect(few.claimScores().false).toBe(3);
  });

  const values = fc.array(fc.constantFrom(10, 10, 95, 95, Number.NaN), { minLength: 60, maxLength: 60 });
  const chances = fc.array(fc.constantFrom(0.1, 0.6), { minLength: 60, maxLength: 60 });

  it("opens and closes the claims that the batch scorer finds", () => {
    fc.assert(
      fc.property(values, chances, (series, probabilities) => {
        const steps = series.length;
        const board = run(series, probabilities.map((p, origin) => forecast(origin, {}, p)).slice(1, steps - 4));
        const { onset } = breachOnsets(Float32Array.from(series), RULE);
        const decisions = Array.from({ length: steps - 5 }, (_, i) => i); // at the end of step i: origin i + 1
        const claims = findClaims(
          {
            server: "a",
            rule: "high",
            intervalMs: STEP,
            steps,
            onsets: Int32Array.from([...onset.entries()].flatMap(([t, is]) => (is === 1 ? [t] : []))),
            knownAfterSteps: 1,
            causes: null,
            decisionSteps: Int32Array.from(decisions),
            decisionEverySteps: 1,
            signal: null,
            probability: Float32Array.from(decisions, (step) => probabilities[step + 1]!),
          },
          0.5,
          { horizonSteps: 4, usefulSteps: 1 },
        );
        const expected = claims.map(({ outcome, decisionStep, leadSteps }) => ({
          outcome,
          claimedAtMs: START + (decisionStep + 1) * STEP,
          leadMs: Number.isNaN(leadSteps) ? null : leadSteps * STEP,
        }));
        const entries = board.ledger().filter(({ outcome }) => outcome !== "missed");
        expect(entries.map(({ outcome, claimedAtMs, leadMs }) => ({ outcome, claimedAtMs, leadMs }))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a scoreboard under any order of events", () => {
  type Event = { kind: "add" | "observe" | "advance"; step: number; value: number; server: string };
  const events: fc.Arbitrary<Event[]> = fc.array(
    fc.record({
      kind: fc.constantFrom("add", "observe", "observe", "observe", "advance"),
      step: fc.integer({ min: -2, max: 3 }),
      value: fc.constantFrom(10.1, 55.5, 95, 96.3),
      server: fc.constantFrom("a", "b"),
    }),
    { maxLength: 120 },
  );

  /** Applies an event; its step counts from the clock, which moves with each "advance". */
  const apply = (board: Scoreboard, { kind, step, value, server }: Event, now: number): number => {
    if (kind === "advance") advance(board, now + 1);
    else if (kind === "observe") see(board, now + step, value, "cpu", server);
    else board.add(forecast(now + Math.abs(step), { server, forecastId: `${server}${now}${step}` }, value / 100));
    return kind === "advance" ? now + 1 : now;
  };

  it("restarts anywhere without a difference", () => {
    fc.assert(
      fc.property(events, fc.nat({ max: 120 }), (list, cut) => {
        const [whole, before] = [fresh(), fresh()];
        let after = before;
        let now = 0;
        for (const [i, event] of list.entries()) {
          if (i === cut) after = restart(before);
          apply(after, event, now);
          now = apply(whole, event, now);
        }
        expect(after.state()).toEqual(whole.state());
        expect(after.forecastScores()).toEqual(whole.forecastScores());
        expect(after.breachScores()).toEqual(whole.breachScores());
      }),
      { numRuns: 60 },
    );
  });

  it("does not depend on the order of observations within the grace period, and agrees with one batch tally", () => {
    const series = fc.array(fc.constantFrom(10, 50, 95), { minLength: 12, maxLength: 12 });
    const order = fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 });
    fc.assert(
      fc.property(series, order, (values, shuffled) => {
        const patient = { ...options, graceMs: 20 * STEP };
        const boards = [[...Array(12).keys()], shuffled].map((steps) => {
          const board = createScoreboard(contract, patient, START);
          for (let origin = 0; origin <= 4; origin++) board.add(forecast(origin, {}, 0.7));
          advance(board, 12);
          for (const step of steps) see(board, step, values[step]!);
          advance(board, 60);
          return board;
        });
        expect(boards[1]!.ledger()).toEqual(boards[0]!.ledger());
        expect(boards[1]!.breachScores()).toEqual(boards[0]!.breachScores());
        const tally = createForecastTally(options.levels);
        for (let origin = 0; origin <= 4; origin++) {
          const { quantiles, scale } = forecast(origin).targets[0]!;
          tally.add(Float32Array.from(values.slice(origin, origin + 4)), quantiles, scale);
        }
        const expected = tally.scores();
        const scores = boards[1]!.forecastScores({ subject: "cpu" });
        expect(scores).toMatchObject({ count: expected.count, missing: 0, coverage: expected.coverage });
        expect(scores.weightedQuantileLoss).toBeCloseTo(expected.weightedQuantileLoss, 9);
        expect(boards[1]!.openForecasts()).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe("bad input to the scoreboard", () => {
  const short = [{ metric: "cpu", quantiles: new Float32Array(6), scale: 1 }];
  const broken = [{ metric: "cpu", quantiles: new Float32Array(12).fill(Number.NaN), scale: 1 }];
  const breach = (rule: string, withinSteps: number[], probabilities: number[]) => ({
    breaches: [{ rule, withinSteps, probabilities }],
  });
  it.each<[string, string, Partial<ForecastRecord>]>([
    ["another contract", "contract_mismatch", { contractHash: "x" }],
    ["another interval", "interval_mismatch", { intervalMs: 60_000 }],
    ["an origin off the grid", "timestamp_invalid", { originMs: START + 1 }],
    ["an origin far ahead", "timestamp_invalid", { originMs: START + 5 * STEP }],
    ["an origin that is settled", "stale_input", { originMs: START - 9 * STEP }],
    ["other levels", "shape_mismatch", { levels: [0.5] }],
    ["too few steps", "shape_mismatch", { targets: short }],
    ["NaN quantiles", "output_invalid", { targets: broken }],
    ["an infinite scale", "output_invalid", { targets: [{ ...forecast(0).targets[0]!, scale: Infinity }] }],
    ["an unknown rule", "shape_mismatch", breach("low", [2], [0.5])],
    ["an unknown horizon", "shape_mismatch", breach("high", [3], [0.5])],
    ["too few probabilities", "shape_mismatch", breach("high", [2, 4], [0.5])],
    ["a probability above 1", "output_invalid", breach("high", [2], [1.5])],
  ])("refuses a forecast with %s: %s", (_, code, overrides) => {
    const board = fresh();
    expect(() => board.add(forecast(0, overrides))).toThrow(expect.objectContaining({ code }));
    expect(board.openForecasts()).toBe(0);
  });

  it.each<[string, string, number, number]>([
    ["off the grid", "timestamp_invalid", START + 1, 5],
    ["far ahead", "timestamp_invalid", START + 99 * STEP, 5],
    ["that is infinite", "value_not_finite", START, Infinity],
  ])("refuses an observation %s: %s", (_, code, timeMs, value) => {
    const observation = { server: "a", metric: "cpu", timeMs, value };
    expect(() => fresh().observe(observation)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses a state of other settings, another contract or another format, and rules without a threshold", () => {
    const state = fresh().state();
    const other = { ...options, usefulLeadMs: 0 };
    const invalid = expect.objectContaining({ code: "checkpoint_invalid" });
    expect(() => restoreScoreboard(contract, other, state)).toThrow(invalid);
    expect(() => restoreScoreboard({ ...contract, version: "2.0" }, options, state)).toThrow(invalid);
    expect(() => restoreScoreboard(contract, options, { ...state, formatVersion: 2 as 1 })).toThrow(invalid);
    const usage = expect.objectContaining({ code: "usage_invalid" });
    expect(() => createScoreboard(contract, { ...options, alertThresholds: {} }, START)).toThrow(usage);
  });
});
