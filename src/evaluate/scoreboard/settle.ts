// What a step decides once its values are final: incidents, claims, outcomes of breach probabilities, forecasts that end.
import type { ProbabilityTally } from "../../measure/index.ts";
import { breachProbability } from "../forecast-record.ts";
import { type ClosedClaim, expireClaim, meetOnset, openClaim } from "./claims.ts";
import { cellKey, type ScoreboardLayout } from "./options.ts";
import { advanceRuleTrack } from "./rule-track.ts";
import type { OpenForecast, ServerTrack } from "./server-track.ts";

/** A forecast without an onset counts as right only when at least this share of the steps that tell was observed. */
const MIN_OBSERVED_SHARE = 0.5;

/** Where decisions are counted. */
export interface SettleSinks {
  claim(closed: ClosedClaim): void;
  /** The tally of a group of breach scores. */
  breachTally(key: string): ProbabilityTally;
  /** A forecast whose time is over. */
  ended(forecast: OpenForecast): void;
}

/** Decides `step` for one server. Steps are settled in order, each of them once. */
export function settleStep(
  layout: ScoreboardLayout,
  server: string,
  track: ServerTrack,
  step: number,
  sinks: SettleSinks,
): void {
  for (const forecast of track.open.get(step) ?? []) forecast.starts = track.rules.map((rule) => ({ ...rule }));
  for (const [r, rule] of layout.rules.entries()) {
    const values = track.pending.get(rule.metric)!;
    const onset = advanceRuleTrack(track.rules[r]!, rule, (ahead) => values.get(step + ahead));
    const expired = onset ? null : expireClaim(layout, server, track, r, step);
    openClaim(layout, track, r, step);
    const met = onset ? meetOnset(layout, server, track, r, step) : null;
    for (const closed of [expired, met]) if (closed) sinks.claim(closed);
    scoreBreaches(layout, track, r, step, sinks);
  }
  for (const values of track.pending.values()) values.delete(step);
  const ending = step - layout.horizonSteps + 1;
  for (const forecast of track.open.get(ending) ?? []) sinks.ended(forecast);
  track.open.delete(ending);
}

/** Scores the probabilities of rule `r` whose horizon ends with `step`; those of a server in breach are left out. */
function scoreBreaches(
  layout: ScoreboardLayout,
  track: ServerTrack,
  r: number,
  step: number,
  { breachTally }: SettleSinks,
): void {
  const { id, alertThreshold } = layout.rules[r]!;
  for (const steps of layout.options.leadSteps) {
    for (const { record, starts } of track.open.get(step - steps + 1) ?? []) {
      const probability = breachProbability(record, id, steps);
      if (probability === undefined) continue;
      const outcome = breachOutcome(layout, track, starts, r, step, steps);
      if (!Number.isNaN(outcome))
        breachTally(cellKey(layout, id, steps, record)).add(probability, outcome, alertThreshold);
    }
  }
}

/** 1 or 0; NaN in an open incident, or when too little was observed to say that none began. */
function breachOutcome(
  { rules }: ScoreboardLayout,
  track: ServerTrack,
  starts: OpenForecast["starts"],
  r: number,
  step: number,
  steps: number,
): number {
  const { forSteps, metric } = rules[r]!;
  const start = starts[r]!;
  if (start.active) return Number.NaN;
  if (track.rules[r]!.onsets > start.onsets) return 1;
  let observed = track.rules[r]!.observed - start.observed;
  for (let ahead = 1; ahead < forSteps; ahead++) if (track.pending.get(metric)!.has(step + ahead)) observed++;
  return observed >= MIN_OBSERVED_SHARE * (steps + forSteps - 1) ? 0 : Number.NaN;
}
