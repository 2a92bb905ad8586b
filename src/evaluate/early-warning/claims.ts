// Claims: a warning opened at a decision says "an event begins within the horizon", and is held to it. At most one claim
// is open per server and rule; while the score stays up, the next opens when the last one closes, so that an always-on
// alert pays for every horizon. Nothing is adjusted afterwards (Kim et al. 2022, AAAI, arXiv 2109.05257).
import { firstOnsetFrom, isScored, type WarningOptions, type WarningSeries } from "./warning-series.ts";

/** A closed claim. */
export interface Claim {
  /** The decision that opened it. */
  decisionStep: number;
  /** "true": the next event began a useful time ahead; "late": it began sooner; "false": none within the horizon. */
  outcome: "true" | "late" | "false";
  /** The event that closed it, an index into `onsets`; -1 for a false claim. */
  onset: number;
  /** Steps from the decision to the beginning of the event; NaN for a false claim. */
  leadSteps: number;
}

/**
 * The claims of a method that warns whenever its score is at least `threshold`. A claim closes with the next event, also
 * one that begins while an earlier breach still lasts, or after the horizon.
 */
export function findClaims(series: WarningSeries, threshold: number, options: WarningOptions): Claim[] {
  const { onsets, decisionSteps, probability } = series;
  const claims: Claim[] = [];
  let closedAt = -Infinity;
  for (let i = 0; i < decisionSteps.length; i++) {
    const decisionStep = decisionSteps[i]!;
    if (decisionStep < closedAt || !(probability[i]! >= threshold) || !isScored(series, i, options)) continue;
    const onset = firstOnsetFrom(onsets, decisionStep + 1);
    const leadSteps = onset < onsets.length ? onsets[onset]! - decisionStep - 1 : Infinity;
    if (leadSteps > options.horizonSteps) {
      claims.push({ decisionStep, outcome: "false", onset: -1, leadSteps: Number.NaN });
      closedAt = decisionStep + options.horizonSteps;
    } else {
      claims.push({ decisionStep, outcome: leadSteps >= options.usefulSteps ? "true" : "late", onset, leadSteps });
      closedAt = onsets[onset]!;
    }
  }
  return claims;
}

/**
 * Which onsets are events to be found: those that begin less than one distance of decisions after a scored decision, in
 * the time that decisions stand for. Others may close a claim, but missing them is no miss.   [onsets]
 */
export function findEvents(series: WarningSeries, options: WarningOptions): Uint8Array {
  const { onsets, decisionSteps, decisionEverySteps } = series;
  const events = new Uint8Array(onsets.length);
  let next = 0;
  for (const [onset, step] of onsets.entries()) {
    while (next < decisionSteps.length && decisionSteps[next]! < step) next++;
    const before = next - 1;
    if (before < 0 || !isScored(series, before, options)) continue;
    if (step - decisionSteps[before]! <= decisionEverySteps) events[onset] = 1;
  }
  return events;
}
