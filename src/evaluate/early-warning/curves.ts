// Curves of a warning: its score over thresholds, and how many events it finds with at least so much lead.
import { findClaims, findEvents } from "./claims.ts";
import { type EarlyWarningScore, scoreClaims } from "./score.ts";
import { isScored, type WarningOptions, type WarningSeries } from "./warning-series.ts";

/**
 * Thresholds worth trying, highest first: different scores that were given, at ranks spaced by equal factors from the
 * highest to the lowest, since warnings are for rare moments. At most `count`.
 */
export function candidateThresholds(
  seriesList: readonly WarningSeries[],
  options: WarningOptions,
  count = 100,
): Float32Array {
  const scores = seriesList.flatMap((series) => [...series.probability].filter((_, i) => isScored(series, i, options)));
  const distinct = Float32Array.from(new Set(scores)).sort().reverse();
  const ranks = Array.from(
    { length: count },
    (_, i) => Math.round(Math.max(1, distinct.length) ** (i / (count - 1))) - 1,
  );
  return Float32Array.from(
    [...new Set(ranks)].filter((rank) => rank < distinct.length),
    (rank) => distinct[rank]!,
  );
}

/** The score at each threshold: the precision-recall curve, with false alarms and leads along it. */
export function precisionRecallCurve(
  seriesList: readonly WarningSeries[],
  thresholds: ArrayLike<number>,
  options: WarningOptions,
): EarlyWarningScore[] {
  return Array.from(thresholds, (threshold) => scoreClaims(seriesList, threshold, options));
}

/** One point of a lead-time curve. */
export interface LeadTimePoint {
  leadMs: number;
  /** Share of the events that were inside a true claim opened at least `leadMs` before; NaN without events. */
  recall: number;
}

/** Recall by least lead time at one threshold; events known to be unforeseeable are left out. */
export function leadTimeCurve(
  seriesList: readonly WarningSeries[],
  threshold: number,
  options: WarningOptions,
  leadsMs: readonly number[],
): LeadTimePoint[] {
  let count = 0;
  const leads: number[] = [];
  for (const series of seriesList) {
    const events = findEvents(series, options).map((event, i) =>
      series.causes?.[i]?.foreseeable === false ? 0 : event,
    );
    for (const event of events) count += event;
    for (const { outcome, onset, leadSteps } of findClaims(series, threshold, options)) {
      if (outcome === "true" && events[onset] === 1) leads.push(leadSteps * series.intervalMs);
    }
  }
  return leadsMs.map((leadMs) => ({ leadMs, recall: leads.filter((lead) => lead >= leadMs).length / count }));
}
