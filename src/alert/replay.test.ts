import fc from "fast-check";
import { expect, it } from "vitest";
import { alertRules, bookOptions, CPU_RULE, forecast, INTERVAL, MINUTE } from "../../test/support/alerts.ts";
import { createAlertBook } from "./book.ts";
import { trackRecord } from "./ledger.ts";
import { type RecordedIncident, type ReplayGrid, readLane, replayRule } from "./replay.ts";
import type { AlertRule } from "./rules.ts";
import { createThresholdReplay } from "./threshold-replay.ts";

const OPTIONS = bookOptions([]);

function gridOf(ticks: number, incidents: readonly RecordedIncident[], servers = ["db-1"]) {
  const ticksMs = Float64Array.from({ length: ticks }, (_, tick) => tick * INTERVAL);
  const { intervalMs, graceMs, usefulLeadMs } = OPTIONS;
  const base = { ticksMs, untilMs: ticks * INTERVAL, intervalMs, graceMs, usefulLeadMs };
  const lanes = servers.map((server) => ({
    server,
    originsMs: ticksMs,
    incidents: incidents.filter((incident) => incident.server === server),
  }));
  return { ...base, lanes } satisfies ReplayGrid;
}

function run<Result>(pieces: Generator<void, Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
  }
}

function incidentAt(server: string, onsetStep: number, steps: number): RecordedIncident {
  const onsetMs = onsetStep * INTERVAL;
  const endMs = onsetMs + steps * INTERVAL;
  return { server, event: "cpu_high", onsetMs, endMs, knownAtMs: onsetMs + 15 * MINUTE };
}

it("replays stored forecasts under other rules", () => {
  const forecasts = Array.from({ length: 100 }, (_, i) =>
    forecast("db-1", i * INTERVAL, i >= 10 && i < 60 ? 0.6 : 0.1),
  );
  const grid = gridOf(100, [incidentAt("db-1", 20, 20)]);
  const replay = (probability: number) => {
    const [rule] = alertRules({ ...CPU_RULE, for: undefined, within: "1h", probability, clear: undefined });
    const lane = readLane(rule!, grid.ticksMs, forecasts);
    return run(replayRule(rule!, { ...grid, lanes: [{ ...grid.lanes[0]!, ...lane }] }, () => lane.readings));
  };
  const [sensitive, strict] = [replay(0.5), replay(0.7)];
  // A claim opens at step 10 and is confirmed with 50 minutes of lead; two of an hour follow from step 40, 13 apart.
  expect(sensitive).toMatchObject({
    ...{ rule: "cpu_soon", alerts: 2, open: 0, record: { true: 1, false: 2, missed: 0, recall: 1 } },
    record: { leadMinutes: { p50: 50 } },
  });
  expect(sensitive.entries.map(({ server, outcome }) => [server, outcome])).toEqual([
    ["db-1", "confirmed"],
    ["db-1", "expired"],
    ["db-1", "expired"],
  ]);
  expect(strict).toMatchObject({ alerts: 0, record: { true: 0, missed: 1, recall: 0 } });
});

it("says of any forecasts, gaps and incidents what the alert book says that serves", () => {
  const probability = fc.oneof(fc.constantFrom(0.05, 0.35, 0.4, 0.6, 0.9), fc.constant(Number.NaN));
  const runs = fc.array(fc.tuple(probability, fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 12 });
  const incidents = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 3, max: 10 })), {
    maxLength: 4,
  });
  const rule = fc.record({
    within: fc.constantFrom("30m", "1h", "4h"),
    for: fc.constantFrom(undefined, "5m", "20m"),
    clear: fc.constantFrom({ probability: 0.3, for: "15m" }, { probability: 0.49, for: "1h" }),
  });
  const servers = ["db-1", "db-2"];
  fc.assert(
    fc.property(rule, fc.array(fc.tuple(runs, incidents), { minLength: 2, maxLength: 2 }), (document, drawn) => {
      const [own] = alertRules({ ...CPU_RULE, ...document });
      const series = drawn.map(([parts]) => parts.flatMap(([value, length]) => Array<number>(length).fill(value)));
      const ticks = Math.max(...series.map(({ length }) => length));
      const recorded = drawn.flatMap(([, gaps], index) => {
        let step = 0;
        return gaps.map(([gap, length]) => {
          const incident = incidentAt(servers[index]!, step + gap, length);
          step += gap + length + 1;
          return incident;
        });
      });
      const grid = gridOf(ticks, recorded, servers);
      const probabilities = series.map((values) =>
        Float32Array.from({ length: ticks }, (_, tick) => values[tick] ?? Number.NaN),
      );
      const {
        falsePerServerWeek: _,
        entries,
        ...replayed
      } = run(createThresholdReplay(grid, probabilities)(own!, thresholdOf(own!)));
      const served = serve(own!, grid, probabilities);
      expect(replayed).toEqual(served.scores);
      expect(entries.map(({ server, outcome, onsetMs, leadMs }) => ({ server, outcome, onsetMs, leadMs }))).toEqual(
        served.entries,
      );
    }),
    { numRuns: 100 },
  );
});

it("counts false alarms against the time for which servers were forecast", () => {
  const grid = gridOf(2016, []);
  const values = Float32Array.from({ length: 2016 }, (_, tick) => (tick < 12 ? 0.9 : tick < 1008 ? 0.1 : Number.NaN));
  const [rule] = alertRules({ ...CPU_RULE, for: undefined });
  const replayed = run(createThresholdReplay(grid, [values])(rule!, thresholdOf(rule!)));
  // One false alarm in half a week.
  expect(replayed).toMatchObject({ alerts: 1, record: { false: 1, true: 0 } });
  expect(replayed.falsePerServerWeek).toBeCloseTo(2, 6);
});

function thresholdOf(rule: AlertRule) {
  if (rule.when !== "breach") throw new Error("Expected a breach rule");
  return { probability: rule.probability, clearProbability: rule.clearProbability };
}

/** The same by the alert book, tick by tick: the oracle. */
function serve(rule: AlertRule, grid: ReplayGrid, probabilities: readonly Float32Array[]) {
  const book = createAlertBook({ ...bookOptions([rule]), ledgerEntries: Number.POSITIVE_INFINITY });
  const begun = new Set<string>();
  let beforeMs = Number.NEGATIVE_INFINITY;
  const incidents = grid.lanes.flatMap((lane) => lane.incidents);
  const tick = (nowMs: number, forecasts: ReturnType<typeof forecast>[]) => {
    const known = incidents
      .filter(
        ({ knownAtMs, endMs }) => knownAtMs <= nowMs && (endMs === null || endMs > beforeMs || knownAtMs > beforeMs),
      )
      .map((incident) => ({ ...incident, endMs: incident.endMs! <= nowMs ? incident.endMs : null }));
    const { notifications } = book.tick({ nowMs, forecasts, incidents: known });
    for (const { fingerprint, startsAtMs } of notifications) begun.add(`${fingerprint} ${startsAtMs}`);
    beforeMs = nowMs;
  };
  for (const [index, nowMs] of grid.ticksMs.entries()) {
    const batch = grid.lanes.flatMap(({ server }, lane) => {
      const value = probabilities[lane]![index]!;
      return Number.isNaN(value) ? [] : [forecast(server, nowMs, value)];
    });
    tick(nowMs, batch);
  }
  tick(grid.untilMs, []);
  const ledger = book.ledger();
  const open = book.alerts().reduce((count, { track }) => count + track.settling.length + (track.claim ? 1 : 0), 0);
  const entries = grid.lanes.flatMap(({ server }) =>
    ledger
      .filter((entry) => entry.server === server)
      .map(({ server, outcome, onsetMs, leadMs }) => ({ server, outcome, onsetMs, leadMs })),
  );
  return { scores: { alerts: begun.size, open, record: trackRecord(ledger, OPTIONS.usefulLeadMs) }, entries };
}
