// Every decision as one classification, pooled over servers: what much of the literature reports. Beside the claims, not
// instead of them: an event counts once for each decision that could have announced it.
import { firstOnsetFrom, isScored, type WarningOptions, type WarningSeries } from "./warning-series.ts";

/** Scores of single decisions; ratios are NaN where not defined. */
export interface DecisionScores {
  decisions: number;
  /** Share of decisions with an event a useful time ahead within the horizon. */
  prevalence: number;
  precision: number;
  recall: number;
  f1: number;
}

/** Scores "the score is at least `threshold`" against "an event begins useful to horizon steps ahead", per decision. */
export function scoreDecisions(
  seriesList: readonly WarningSeries[],
  threshold: number,
  options: WarningOptions,
): DecisionScores {
  let [decisions, positives, warned, hits] = [0, 0, 0, 0];
  for (const series of seriesList) {
    const { onsets, decisionSteps } = series;
    for (let i = 0; i < decisionSteps.length; i++) {
      if (!isScored(series, i, options)) continue;
      const begin = decisionSteps[i]! + 1;
      const onset = firstOnsetFrom(onsets, begin + options.usefulSteps);
      const positive = onset < onsets.length && onsets[onset]! <= begin + options.horizonSteps;
      const warns = series.probability[i]! >= threshold;
      decisions++;
      if (positive) positives++;
      if (warns) warned++;
      if (positive && warns) hits++;
    }
  }
  return {
    decisions,
    prevalence: positives / decisions,
    precision: hits / warned,
    recall: hits / positives,
    f1: (2 * hits) / (warned + positives),
  };
}
