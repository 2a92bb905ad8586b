// The threshold that keeps a user's alert contract on held-out data, at the best of what the contract leaves free.
import { ForewarnError } from "../../base/index.ts";
import { type AlertContract, formatAlertContract } from "./alert-contract.ts";
import { candidateThresholds, precisionRecallCurve } from "./curves.ts";
import type { EarlyWarningScore } from "./score.ts";
import type { WarningOptions, WarningSeries } from "./warning-series.ts";

/** What was chosen; when no threshold keeps the contract, the one that comes nearest to it. */
export interface ThresholdChoice {
  contract: AlertContract;
  isMet: boolean;
  /** Its score on the data that it was chosen on, `score.threshold` included. */
  score: EarlyWarningScore;
  /** One sentence for people. */
  summary: string;
}

/**
 * Chooses a threshold: of those that keep "recall >= r" the one of highest precision, of those that keep "at most n
 * false alarms" the one of highest recall; the higher threshold at a tie. Data without events can only limit false
 * alarms: there it is the lowest threshold down to which every one keeps the contract.
 * @param validationSeries Held-out data that nothing else is reported on.
 * @throws ForewarnError `insufficient_data` without a single scored decision.
 */
export function chooseThreshold(
  validationSeries: readonly WarningSeries[],
  contract: AlertContract,
  options: WarningOptions,
): ThresholdChoice {
  const curve = precisionRecallCurve(validationSeries, candidateThresholds(validationSeries, options), options);
  if (curve.length === 0) {
    throw new ForewarnError("insufficient_data", "threshold: Expected decisions with a known horizon, got none", {
      hint: "give more data after the first decision than the horizon is long",
    });
  }
  const chosen = contract.kind === "recall" ? forRecall(curve, contract.atLeast) : forFalseAlarms(curve, contract);
  const isMet = keeps(chosen, contract);
  return { contract, isMet, score: chosen, summary: summarize(chosen, contract, isMet) };
}

function keeps({ events, falseAlarmsPerServerWeek }: EarlyWarningScore, contract: AlertContract): boolean {
  if (contract.kind === "recall") return events.recall >= contract.atLeast;
  return falseAlarmsPerServerWeek <= contract.atMostPerServerWeek;
}

function forRecall(curve: readonly EarlyWarningScore[], atLeast: number): EarlyWarningScore {
  const kept = curve.filter(({ events }) => events.recall >= atLeast);
  return kept.length > 0 ? best(kept, ({ precision }) => precision) : best(curve, ({ events }) => events.recall);
}

function forFalseAlarms(
  curve: readonly EarlyWarningScore[],
  contract: AlertContract & { kind: "false-alarms" },
): EarlyWarningScore {
  const kept = curve.filter((score) => keeps(score, contract));
  if (kept.length === 0) return best(curve, (score) => -score.falseAlarmsPerServerWeek);
  if (curve[0]!.events.count > 0) return best(kept, ({ events }) => events.recall);
  const firstBroken = curve.findIndex((score) => !keeps(score, contract));
  return curve[firstBroken < 0 ? curve.length - 1 : Math.max(0, firstBroken - 1)]!;
}

/** The first score of highest value; NaN is the lowest. The curve runs from the highest threshold down. */
function best(scores: readonly EarlyWarningScore[], merit: (score: EarlyWarningScore) => number): EarlyWarningScore {
  const known = (score: EarlyWarningScore) => (Number.isNaN(merit(score)) ? -Infinity : merit(score));
  return scores.reduce((winner, score) => (known(score) > known(winner) ? score : winner));
}

function summarize(score: EarlyWarningScore, contract: AlertContract, isMet: boolean): string {
  const { events, precision, falseAlarmsPerServerWeek: falseAlarms, threshold } = score;
  const percent = (share: number) => (Number.isNaN(share) ? "unknown" : `${(100 * share).toFixed(0)} %`);
  const text = `recall ${percent(events.recall)} (of ${events.count} events), precision ${percent(precision)}, ${falseAlarms.toFixed(2)} false alarms per server-week at threshold ${threshold.toPrecision(3)}`;
  const wanted = formatAlertContract(contract);
  return isMet ? `${wanted} is kept: ${text}` : `No threshold keeps "${wanted}"; the nearest: ${text}`;
}
