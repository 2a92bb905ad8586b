// How good the served forecasts were in the last days, as series: one sample of each, at the time of the last tick.
import { type Contract, intervalMs } from "../../contract/index.ts";
import type { ClaimScores, Scoreboard } from "../../evaluate/index.ts";
import type { ForecastScores, ProbabilityScores } from "../../measure/index.ts";
import type { Services } from "../services.ts";
import { type LabelRecord, type SeriesFamily, type Subject, seriesLabels } from "./family.ts";
import { lookbackOf } from "./grid-times.ts";
import type { IssuedSample } from "./issued.ts";

/** Days that are scored; the label `window` says so. */
const DAYS = 7;
const OWN: Subject = { labels: { window: `${DAYS}d` } };

type RuleScores = ProbabilityScores & ClaimScores;

const METRIC_SCORES: Readonly<Record<string, (scores: ForecastScores) => number>> = {
  forewarn_score_coverage: ({ coverage }) => coverage,
  forewarn_score_pinball: ({ pinball }) => pinball,
  forewarn_score_weighted_quantile_loss: ({ weightedQuantileLoss }) => weightedQuantileLoss,
};
const RULE_SCORES: Readonly<Record<string, (scores: RuleScores) => number>> = {
  forewarn_score_brier_skill: ({ brierSkill }) => brierSkill,
  forewarn_score_alert_precision: ({ precision }) => precision,
  forewarn_score_alert_recall: ({ recall }) => recall,
};

/** Names of the series with what they mean. */
export const SCORE_MEANINGS: Readonly<Record<string, string>> = {
  forewarn_score_coverage: "Share of the measured values between the lowest and the highest forecast quantile",
  forewarn_score_pinball: "Mean pinball loss of the forecast quantiles, in the unit of the metric",
  forewarn_score_weighted_quantile_loss: "Pinball loss as a share of the measured values",
  forewarn_score_brier_skill:
    "Skill of the breach probabilities over always saying the share of incidents; 1 is perfect",
  forewarn_score_alert_precision: "Share of the alerts whose incident came in time",
  forewarn_score_alert_recall: "Share of the incidents that were alerted in time",
};

/** `forewarn_score_*{metric}` of the targets and `{rule, metric}` of the breach rules; what is not defined is left out. */
export function scoreFamily(services: Services): SeriesFamily<Subject> {
  const { contract, forecasts } = services;
  return {
    shapeNames: ["__name__", "metric", "rule"],
    shapes: shapesOf(contract),
    subjects: () => (forecasts.lastTick() === null ? [] : [OWN]),
    samplesWithin: () => 1,
    read(_, shapes) {
      const atMs = forecasts.lastTick()?.issuedAtMs;
      if (atMs === undefined) return [];
      return scoresOf(services.scoreboard, shapes, atMs).map(({ labels, timestampMs, value }) => ({
        ...{ labels, timesMs: Float64Array.of(timestampMs), values: Float64Array.of(value) },
        lookbackMs: lookbackOf(intervalMs(contract)),
      }));
    },
  };
}

/** All scores that are defined, as samples of one time. */
export function scoreSamples(contract: Contract, scoreboard: Scoreboard, timestampMs: number): IssuedSample[] {
  return scoresOf(scoreboard, shapesOf(contract), timestampMs);
}

function shapesOf({ metrics, breachRules }: Contract): LabelRecord[] {
  const targets = metrics.filter(({ role }) => role === "target");
  return [
    ...Object.keys(METRIC_SCORES).flatMap((__name__) => targets.map(({ name }) => ({ __name__, metric: name }))),
    ...Object.keys(RULE_SCORES).flatMap((__name__) =>
      breachRules.map(({ id, metric }) => ({ __name__, rule: id, metric })),
    ),
  ];
}

/** The scoreboard adds up days of tallies for an answer, so each subject is asked once. */
function scoresOf(scoreboard: Scoreboard, shapes: readonly LabelRecord[], timestampMs: number): IssuedSample[] {
  const metricScores = once((subject) => scoreboard.forecastScores({ subject, days: DAYS }));
  const ruleScores = once((subject) => {
    const filter = { subject, days: DAYS };
    return { ...scoreboard.breachScores(filter), ...scoreboard.claimScores(filter) };
  });
  return shapes.flatMap((shape) => {
    const { __name__: name, metric, rule } = shape as { __name__: string; metric: string; rule?: string };
    const value =
      rule === undefined ? METRIC_SCORES[name]!(metricScores(metric)) : RULE_SCORES[name]!(ruleScores(rule));
    return Number.isFinite(value) ? [{ labels: seriesLabels(OWN, shape), timestampMs, value }] : [];
  });
}

function once<Result>(make: (subject: string) => Result): (subject: string) => Result {
  const made = new Map<string, Result>();
  return (subject) => {
    const known = made.get(subject) ?? make(subject);
    made.set(subject, known);
    return known;
  };
}
