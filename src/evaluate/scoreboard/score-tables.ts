// All scores of a scoreboard: quantiles, breach probabilities and claims, each by group and UTC day.
import {
  createForecastTally,
  createProbabilityTally,
  type ForecastScores,
  type ForecastTally,
  type ProbabilityScores,
  type ProbabilityTally,
  type ProbabilityTallyState,
  type TallyState,
} from "../../measure/index.ts";
import { type ClaimCounts, type ClaimScores, type ClaimTally, createClaimTally } from "./claim-tally.ts";
import { createDatedTallies, type DatedTalliesState, emptyTallies } from "./dated-tallies.ts";
import { cellMatches, type ScoreboardLayout, type ScoreFilter } from "./options.ts";

const DAY_MS = 86_400_000;
/** Days before today that are kept apart: with today, those that the last 30 times 24 hours touch. */
const KEPT_DAYS = 30;

/** Plain data of {@link ScoreTables}. */
export interface ScoreTablesState {
  forecasts: DatedTalliesState<TallyState>;
  breaches: DatedTalliesState<ProbabilityTallyState>;
  claims: DatedTalliesState<ClaimCounts>;
}

/** Tallies by group ({@link cellKey}) and the day of a step, and the scores that a filter asks for. */
export interface ScoreTables {
  forecastTally(step: number, key: string): ForecastTally;
  breachTally(step: number, key: string): ProbabilityTally;
  claimTally(step: number, key: string): ClaimTally;
  forecastScores(filter: ScoreFilter, nowMs: number): ForecastScores;
  breachScores(filter: ScoreFilter, nowMs: number): ProbabilityScores;
  claimScores(filter: ScoreFilter, nowMs: number): ClaimScores;
  /** Merges days that no filter can ask for any more. */
  forgetDays(nowMs: number): void;
  state(): ScoreTablesState;
}

/** Scores of nothing. */
export function emptyScoreTables(): ScoreTablesState {
  return { forecasts: emptyTallies(), breaches: emptyTallies(), claims: emptyTallies() };
}

/** Makes tables that go on from a state. */
export function createScoreTables(layout: ScoreboardLayout, from: ScoreTablesState): ScoreTables {
  const { levels } = layout.options;
  const forecasts = createDatedTallies((state?: TallyState) => createForecastTally(levels, state), from.forecasts);
  const breaches = createDatedTallies<ProbabilityTallyState, ProbabilityTally>(createProbabilityTally, from.breaches);
  const claims = createDatedTallies<ClaimCounts, ClaimTally>(createClaimTally, from.claims);

  const dayOf = (step: number) => dayAt(step * layout.intervalMs);
  const matches = (filter: ScoreFilter) => (key: string) => cellMatches(layout, key, filter);
  const firstDay = ({ days }: ScoreFilter, nowMs: number) => (days === undefined ? undefined : dayAt(nowMs) - days);
  return {
    forecastTally: (step, key) => forecasts.at(dayOf(step), key),
    breachTally: (step, key) => breaches.at(dayOf(step), key),
    claimTally: (step, key) => claims.at(dayOf(step), key),
    forecastScores: (filter, nowMs) => forecasts.merged(matches(filter), firstDay(filter, nowMs)).scores(),
    breachScores: (filter, nowMs) => breaches.merged(matches(filter), firstDay(filter, nowMs)).scores(),
    claimScores: (filter, nowMs) => claims.merged(matches(filter), firstDay(filter, nowMs)).scores(),
    forgetDays(nowMs) {
      for (const tallies of [forecasts, breaches, claims]) tallies.dropBefore(dayAt(nowMs) - KEPT_DAYS);
    },
    state: () => ({ forecasts: forecasts.state(), breaches: breaches.state(), claims: claims.state() }),
  };
}

function dayAt(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}
