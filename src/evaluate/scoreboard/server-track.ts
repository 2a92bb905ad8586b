// One server on the scoreboard: its open forecasts, the values that may still change an incident, its rules and claims.
import type { ForecastRecord } from "../forecast-record.ts";
import { cellKey, type ScoreboardLayout } from "./options.ts";
import { isAtRest, type RuleTrack, startRuleTrack } from "./rule-track.ts";

/** A claim of early warning that is not decided yet: plain data. */
export interface OpenClaim {
  forecastId: string;
  claimedAtMs: number;
  /** First step after its horizon; an onset there is the last that counts. */
  endStep: number;
  /** Group of scores. */
  key: string;
}

/** A forecast whose time is not over. */
export interface OpenForecast {
  record: ForecastRecord;
  /** What was observed so far, NaN elsewhere, one array per target.   [targets][steps] */
  truth: readonly Float32Array[];
  /** Where each rule stood before the first forecast step; empty until that is known. [rules] */
  starts: readonly RuleTrack[];
  /** Groups of quantile scores, per target and lead group. */
  keys: readonly ReadonlyMap<number, string>[];
}

/** One server. */
export interface ServerTrack {
  /** Open forecasts by the step of their origin. */
  open: Map<number, OpenForecast[]>;
  /** Values after the settled step, by metric of a rule and step. */
  pending: Map<string, Map<number, number>>;
  /** One entry per rule. */
  rules: RuleTrack[];
  claims: (OpenClaim | null)[];
}

/** A server of which nothing is known yet. */
export function startServerTrack({ rules }: ScoreboardLayout): ServerTrack {
  return {
    open: new Map(),
    pending: new Map(rules.map(({ metric }) => [metric, new Map()])),
    rules: rules.map(startRuleTrack),
    claims: rules.map(() => null),
  };
}

/** Opens a forecast whose truth is still to come. */
export function openForecast(layout: ScoreboardLayout, record: ForecastRecord): OpenForecast {
  const { leadSteps } = layout.options;
  return {
    record,
    truth: record.targets.map(() => new Float32Array(layout.horizonSteps).fill(Number.NaN)),
    starts: [],
    keys: record.targets.map(
      ({ metric }) => new Map(leadSteps.map((lead) => [lead, cellKey(layout, metric, lead, record)])),
    ),
  };
}

/** Files an open forecast under the step of its origin. */
export function addOpen({ intervalMs }: ScoreboardLayout, open: ServerTrack["open"], forecast: OpenForecast): void {
  const origin = forecast.record.originMs / intervalMs;
  open.set(origin, [...(open.get(origin) ?? []), forecast]);
}

/** The open forecasts that cover a step, oldest origin first. */
export function* forecastsCovering(
  { horizonSteps }: ScoreboardLayout,
  { open }: ServerTrack,
  step: number,
): Generator<OpenForecast> {
  for (let origin = step - horizonSteps + 1; origin <= step; origin++) yield* open.get(origin) ?? [];
}

/** Whether nothing would be lost by forgetting the server. */
export function isForgettable({ rules }: ScoreboardLayout, track: ServerTrack): boolean {
  return (
    track.open.size === 0 &&
    [...track.pending.values()].every((values) => values.size === 0) &&
    track.claims.every((claim) => claim === null) &&
    track.rules.every((rule, r) => isAtRest(rule, rules[r]!))
  );
}
