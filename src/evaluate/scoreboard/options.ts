// How a scoreboard divides what it scores, and the grid that follows from it and the contract.
import { ForewarnError } from "../../base/index.ts";
import { type BreachSteps, breachRuleSteps, type Contract, contractHash, intervalMs } from "../../contract/index.ts";
import type { ForecastRecord, RecordShape } from "../forecast-record.ts";

/** Options of a scoreboard; they belong to its state. */
export interface ScoreboardOptions {
  /** Quantile levels of all forecasts, increasing, 0.5 among them. */
  levels: readonly number[];
  /** Last steps of the groups of lead times, increasing; the last one is the horizon. */
  leadSteps: readonly number[];
  /** Labels by whose values scores are kept apart (the profile, as a rule); other labels are not looked at. */
  labels: readonly string[];
  /** Probability from which on a forecast is an alert, per breach rule; every rule of the contract has one. */
  alertThresholds: Readonly<Record<string, number>>;
  /** A claim is useful when its onset comes at least this much later. */
  usefulLeadMs: number;
  /** How late an observation may come. */
  graceMs: number;
  /** Newest entries of the ledger that are kept; counts are kept for all. */
  ledgerEntries: number;
}

/** A breach rule in steps, with its place and alert threshold. */
export type ScoredRule = BreachSteps & { id: string; metric: string; alertThreshold: number };

/** Grid and names that all parts of a scoreboard share. Steps count from the epoch in intervals of the contract. */
export interface ScoreboardLayout {
  options: ScoreboardOptions;
  shape: RecordShape;
  intervalMs: number;
  horizonSteps: number;
  /** The lead group (its last step) of every forecast step.   [horizonSteps] */
  leadOfStep: readonly number[];
  rules: readonly ScoredRule[];
  /** Steps by which the settled step trails the last step that may still be observed: onsets are known only then. */
  onsetDelaySteps: number;
}

/** @throws ForewarnError `usage_invalid` when a rule of the contract has no alert threshold. */
export function scoreboardLayout(contract: Contract, options: ScoreboardOptions): ScoreboardLayout {
  const { leadSteps, alertThresholds, levels } = options;
  const horizonSteps = leadSteps.at(-1)!;
  const rules = breachRuleSteps(contract).map((rule) => {
    const alertThreshold = alertThresholds[rule.id];
    if (alertThreshold !== undefined) return { ...rule, alertThreshold };
    const known = Object.keys(alertThresholds).join(", ");
    throw new ForewarnError(
      "usage_invalid",
      `alertThresholds: Expected one for rule ${rule.id}, got those of ${known || "no rule"}`,
    );
  });
  return {
    options,
    shape: {
      contractHash: contractHash(contract),
      intervalMs: intervalMs(contract),
      levels,
      horizonSteps,
      rules: rules.map(({ id }) => id),
      withinSteps: leadSteps,
    },
    intervalMs: intervalMs(contract),
    horizonSteps,
    leadOfStep: Array.from({ length: horizonSteps }, (_, step) => leadSteps.find((last) => step < last)!),
    rules,
    onsetDelaySteps: Math.max(1, ...rules.map(({ forSteps }) => forSteps)) - 1,
  };
}

/** The group of scores that a metric or rule of a record belongs to; `leadSteps` is null where lead does not matter. */
export function cellKey(
  { options }: ScoreboardLayout,
  subject: string,
  leadSteps: number | null,
  { labels }: Pick<ForecastRecord, "labels">,
): string {
  return JSON.stringify([subject, leadSteps, ...options.labels.map((name) => labels[name] ?? null)]);
}

/** Which groups of scores a reader asks for; what is left out is not looked at. */
export interface ScoreFilter {
  /** Metric of quantile scores, identifier of the rule of breach and claim scores. */
  subject?: string;
  leadSteps?: number;
  labels?: Readonly<Record<string, string>>;
  /** Scores of the last so many days (30 at most): the UTC days that they touch. All time when left out. */
  days?: number;
}

/** Whether a group of scores is asked for. */
export function cellMatches({ options }: ScoreboardLayout, key: string, filter: ScoreFilter): boolean {
  const [subject, leadSteps, ...values] = JSON.parse(key) as (string | number | null)[];
  const { labels = {} } = filter;
  return (
    (filter.subject ?? subject) === subject &&
    (filter.leadSteps ?? leadSteps) === leadSteps &&
    Object.entries(labels).every(([name, value]) => values[options.labels.indexOf(name)] === value)
  );
}
