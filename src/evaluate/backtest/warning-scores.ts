// Early warning as the report shows it: every method's threshold chosen on the first half of the forecast times to keep
// the user's alert contract, its claims scored on the second half.
import { type AlertContract, formatAlertContract } from "../early-warning/alert-contract.ts";
import { chooseThreshold } from "../early-warning/choose-threshold.ts";
import { candidateThresholds, leadTimeCurve, precisionRecallCurve } from "../early-warning/curves.ts";
import { type EarlyWarningScore, type Spread, scoreClaims, spreadOverServers } from "../early-warning/score.ts";
import { isScored, type WarningOptions, type WarningSeries } from "../early-warning/warning-series.ts";
import type { ClaimScores, EarlyWarning } from "../evaluation-report.ts";
import { orNull } from "./null-scores.ts";
import { WARNING_METHODS, type WarningLog } from "./warning-log.ts";

const LEADS_MS = [0.5, 1, 2, 3, 4, 5, 6, 7, 8].map((hours) => hours * 3_600_000);

/** What early warning is asked for, and whether a truth tells what could be foreseen. */
export interface WarningRequest {
  alert: AlertContract;
  options: WarningOptions;
  intervalMs: number;
  truthKnown: boolean;
}

/**
 * Scores every rule. No horizon of the first part reaches into the second, so no truth is used twice.
 * @param times All forecast times, increasing.
 * @returns Nothing where a part has no scored decision.
 */
export function scoreWarnings(log: WarningLog, times: readonly number[], request: WarningRequest): EarlyWarning[] {
  const splitMs = times[times.length >> 1]!;
  const horizonMs = request.options.horizonSteps * request.intervalMs;
  const first = times.filter((time) => time + horizonMs <= splitMs);
  if (first.length === 0) return [];
  const chosenOn = { fromMs: first[0]!, toMs: first.at(-1)! };
  const scoredOn = { fromMs: splitMs, toMs: times.at(-1)! };
  const choosing = log.series(chosenOn.fromMs, chosenOn.toMs);
  const scoring = log.series(scoredOn.fromMs, scoredOn.toMs);
  return scoring.flatMap((methods, rule) => {
    const parts = [choosing[rule]!, methods];
    if (!parts.every((part) => hasDecision(part[0]!, request.options))) return [];
    return [scoreRule(choosing[rule]!, methods, request, chosenOn, scoredOn)];
  });
}

type Span = { fromMs: number; toMs: number };

function scoreRule(
  choosing: readonly WarningSeries[][],
  scoring: readonly WarningSeries[][],
  { alert, options, intervalMs, truthKnown }: WarningRequest,
  chosenOn: Span,
  scoredOn: Span,
): EarlyWarning {
  const choices = choosing.map((seriesList) => chooseThreshold(seriesList, alert, options));
  const scores = scoring.map((seriesList, m) => scoreClaims(seriesList, choices[m]!.score.threshold, options));
  const [model] = scoring;
  const { threshold, serverWeeks, events } = scores[0]!;
  const horizonMs = options.horizonSteps * intervalMs;
  const leads = LEADS_MS.filter((lead) => lead <= horizonMs);
  const spread = spreadOverServers(model!, threshold, options);
  return {
    rule: model![0]!.rule,
    alert: formatAlertContract(alert),
    usefulMs: options.usefulSteps * intervalMs,
    chosenOn: { ...chosenOn, onsets: choices[0]!.score.events.count },
    scoredOn: { ...scoredOn, onsets: events.count, serverWeeks },
    truthKnown,
    methods: WARNING_METHODS.map((method, m) => claimScores(method, choices[m]!.isMet, scores[m]!)),
    curve: precisionRecallCurve(model!, candidateThresholds(model!, options), options).map((point) => ({
      threshold: point.threshold,
      recall: orNull(point.events.recall),
      precision: orNull(point.precision),
      falseAlarmsPerServerWeek: orNull(point.falseAlarmsPerServerWeek),
      leadMinutesP50: orNull(point.leadMinutes.p50),
    })),
    leadCurve: leadTimeCurve(model!, threshold, options, leads).map(({ leadMs, recall }) => ({
      leadMs,
      recall: orNull(recall),
    })),
    spread: {
      recall: nullSpread(spread.recall),
      precision: nullSpread(spread.precision),
      falseAlarmsPerServerWeek: nullSpread(spread.falseAlarmsPerServerWeek),
    },
  };
}

function claimScores(method: string, alertMet: boolean, score: EarlyWarningScore): ClaimScores {
  const { events, unforeseeable, kinds, decisions } = score;
  return {
    method,
    threshold: score.threshold,
    alertMet,
    onsets: events.count,
    caught: events.detected,
    recall: orNull(events.recall),
    unforeseeable: { onsets: unforeseeable.count, caught: unforeseeable.detected },
    kinds: kinds.map(({ kind, foreseeable, count, detected }) => ({
      kind,
      foreseeable,
      onsets: count,
      caught: detected,
    })),
    claims: score.claims,
    trueClaims: score.trueClaims,
    lateClaims: score.lateClaims,
    falseClaims: score.falseClaims,
    precision: orNull(score.precision),
    falseAlarmsPerServerWeek: orNull(score.falseAlarmsPerServerWeek),
    leadMinutes: nullSpread(score.leadMinutes),
    decisions: {
      decisions: decisions.decisions,
      prevalence: orNull(decisions.prevalence),
      precision: orNull(decisions.precision),
      recall: orNull(decisions.recall),
      f1: orNull(decisions.f1),
    },
  };
}

function hasDecision(seriesList: readonly WarningSeries[], options: WarningOptions): boolean {
  return seriesList.some((series) => series.decisionSteps.some((_, i) => isScored(series, i, options)));
}

function nullSpread({ p10, p50, p90 }: Spread): ClaimScores["leadMinutes"] {
  return { p10: orNull(p10), p50: orNull(p50), p90: orNull(p90) };
}
