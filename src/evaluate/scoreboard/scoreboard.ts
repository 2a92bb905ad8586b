// The scoreboard: served forecasts in, later observations in, running scores out. It costs O(1) per observation and
// keeps only what is open, tallies by group and day, and the newest entries of the ledger.
import { ForewarnError } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import type { ForecastScores, ProbabilityScores } from "../../measure/index.ts";
import { checkForecastRecord, type ForecastRecord } from "../forecast-record.ts";
import type { ClaimScores } from "./claim-tally.ts";
import type { LedgerEntry } from "./claims.ts";
import { scoreMissing, scoreObservation } from "./observe.ts";
import { type ScoreboardOptions, type ScoreFilter, scoreboardLayout } from "./options.ts";
import { createScoreTables } from "./score-tables.ts";
import { addOpen, isForgettable, openForecast, type ServerTrack, startServerTrack } from "./server-track.ts";
import { settleStep } from "./settle.ts";
import { checkScoreboardState, restoreServer, type ScoreboardState, serverState, startState } from "./state.ts";

/** One value of one metric of one server in one step of the grid. */
export interface Observation {
  server: string;
  metric: string;
  /** Start of the step, UTC. */
  timeMs: number;
  /** NaN is missing and changes nothing. */
  value: number;
}

/** Running scores of served forecasts. */
export interface Scoreboard {
  /**
   * Takes a served forecast and keeps its arrays; one that is open already is left as it is. It is scored by
   * observations that come later.
   * @throws ForewarnError as {@link checkForecastRecord}; `stale_input` when its first steps are settled already,
   *   `timestamp_invalid` when it is later than the clock by more than the horizon.
   */
  add(record: ForecastRecord): void;
  /**
   * Takes an observation: late, out of order or twice, when the first counts. Quantiles are scored at once.
   * @throws ForewarnError `timestamp_invalid` off the grid, or later than the clock by more than the horizon;
   *   `value_not_finite` for an infinity.
   */
  observe(observation: Observation): void;
  /**
   * Sets the clock; an earlier time changes nothing. Incidents, claims and breach probabilities are decided, and
   * forecasts end, once their steps, those that confirm an onset and the grace period are over.
   */
  advance(nowMs: number): void;
  /** Scores of quantiles; over several metrics their units are mixed in all but ratios per series. */
  forecastScores(filter?: ScoreFilter): ForecastScores;
  /** Scores of breach probabilities; several horizons of a forecast count several times. */
  breachScores(filter?: ScoreFilter): ProbabilityScores;
  /** Scores of claims; `leadSteps` of the filter does not apply. */
  claimScores(filter?: Omit<ScoreFilter, "leadSteps">): ClaimScores;
  /** Closed claims and missed onsets, oldest first. */
  ledger(): readonly LedgerEntry[];
  /** Forecasts whose time is not over. */
  openForecasts(): number;
  /** All it knows, as plain JSON; restoring it and going on gives the same numbers as never stopping. */
  state(): ScoreboardState;
}

/** Makes an empty scoreboard whose clock stands at `startMs`. */
export function createScoreboard(contract: Contract, options: ScoreboardOptions, startMs: number): Scoreboard {
  return restoreScoreboard(contract, options, startState(scoreboardLayout(contract, options), startMs));
}

/**
 * Makes a scoreboard that goes on from a state.
 * @throws ForewarnError `checkpoint_invalid` when the state belongs to another contract or other options.
 */
export function restoreScoreboard(contract: Contract, options: ScoreboardOptions, from: ScoreboardState): Scoreboard {
  const layout = scoreboardLayout(contract, options);
  checkScoreboardState(layout, from);
  const { intervalMs, horizonSteps } = layout;
  const ruleMetrics = new Set(layout.rules.map(({ metric }) => metric));
  const servers = new Map(from.servers.map(([name, state]) => [name, restoreServer(layout, state)]));
  const scores = createScoreTables(layout, from.scores);
  const ledger = [...from.ledger];
  let { nowMs } = from;

  /** The last step that is decided: what confirms its onset is over, and the grace period too. */
  const settledStep = () => Math.floor((nowMs - options.graceMs) / intervalMs) - 1 - layout.onsetDelaySteps;

  const stepOf = (subject: string, timeMs: number): number => {
    const step = timeMs / intervalMs;
    if (Number.isInteger(step) && timeMs <= nowMs + horizonSteps * intervalMs) return step;
    const expected = `a multiple of ${intervalMs} ms, at most ${horizonSteps} steps after ${nowMs}`;
    throw new ForewarnError("timestamp_invalid", `${subject}: Expected ${expected}, got ${timeMs}`);
  };
  const serverTrack = (server: string): ServerTrack => {
    const track = servers.get(server) ?? startServerTrack(layout);
    servers.set(server, track);
    return track;
  };
  const settle = (server: string, track: ServerTrack, step: number) =>
    settleStep(layout, server, track, step, {
      claim({ entry, key }) {
        scores.claimTally(step, key).add(entry.outcome);
        ledger.push(entry);
        if (ledger.length > options.ledgerEntries) ledger.shift();
      },
      breachTally: (key) => scores.breachTally(step, key),
      ended: (forecast) => scoreMissing(layout, forecast, scores.forecastTally),
    });

  return {
    add(record) {
      checkForecastRecord(record, layout.shape);
      const subject = `forecast ${record.forecastId} of ${record.server}`;
      const origin = stepOf(subject, record.originMs);
      const open = servers.get(record.server)?.open.get(origin) ?? [];
      if (open.some((known) => known.record.forecastId === record.forecastId)) return;
      if (origin <= settledStep()) {
        const first = (settledStep() + 1) * intervalMs;
        const expected = `an origin at or after ${first}`;
        throw new ForewarnError("stale_input", `${subject}: Expected ${expected}, got ${record.originMs}`);
      }
      addOpen(layout, serverTrack(record.server).open, openForecast(layout, record));
    },
    observe({ server, metric, timeMs, value }) {
      if (Number.isNaN(value)) return;
      const subject = `observation of ${metric} of ${server}`;
      if (!Number.isFinite(value)) {
        throw new ForewarnError("value_not_finite", `${subject}: Expected a finite number, got ${value}`);
      }
      const step = stepOf(subject, timeMs);
      if (ruleMetrics.has(metric) && step > settledStep()) {
        const pending = serverTrack(server).pending.get(metric)!;
        if (!pending.has(step)) pending.set(step, Math.fround(value));
      }
      const track = servers.get(server);
      if (track) scoreObservation(layout, track, metric, step, value, scores.forecastTally);
    },
    advance(toMs) {
      if (toMs <= nowMs) return;
      const first = settledStep() + 1;
      nowMs = toMs;
      const last = settledStep();
      for (let step = first; step <= last && servers.size > 0; step++) {
        for (const [server, track] of servers) {
          settle(server, track, step);
          if (isForgettable(layout, track)) servers.delete(server);
        }
      }
      scores.forgetDays(nowMs);
    },
    forecastScores: (filter = {}) => scores.forecastScores(filter, nowMs),
    breachScores: (filter = {}) => scores.breachScores(filter, nowMs),
    claimScores: (filter = {}) => scores.claimScores(filter, nowMs),
    ledger: () => ledger,
    openForecasts: () => [...servers.values()].reduce((sum, { open }) => sum + [...open.values()].flat().length, 0),
    state: () => ({
      ...startState(layout, nowMs),
      scores: scores.state(),
      ledger: [...ledger],
      servers: [...servers].map(([name, track]) => [name, serverState(track)]),
    }),
  };
}
