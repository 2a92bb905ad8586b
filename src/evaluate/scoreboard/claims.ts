// Early warning as claims: an alert opened at t says "onset within the horizon". At most one claim is open per server and
// rule. It closes with the next onset (true, or late when that is too soon to be useful) or with its horizon (false).
import { breachProbability } from "../forecast-record.ts";
import type { ClaimOutcome } from "./claim-tally.ts";
import { cellKey, type ScoreboardLayout } from "./options.ts";
import { forecastsCovering, type ServerTrack } from "./server-track.ts";

/** How one claim, or an onset without a claim, came out: plain data. */
export interface LedgerEntry {
  server: string;
  rule: string;
  outcome: ClaimOutcome;
  /** The forecast that opened the claim and when; null for a missed onset. */
  forecastId: string | null;
  claimedAtMs: number | null;
  /** When the incident began, and how long after the claim; null without one. */
  onsetMs: number | null;
  leadMs: number | null;
}

/** An entry with the group of scores to which it is counted. */
export interface ClosedClaim {
  entry: LedgerEntry;
  key: string;
}

/**
 * Opens a claim for rule `r` at `step` if none is open and a forecast that starts there is an alert: its probability of
 * an onset within the horizon reaches the rule's threshold. A claim cannot be earlier than its forecast's issue.
 */
export function openClaim(layout: ScoreboardLayout, track: ServerTrack, r: number, step: number): void {
  if (track.claims[r]) return;
  const { id, alertThreshold } = layout.rules[r]!;
  for (const { record } of track.open.get(step) ?? []) {
    const probability = breachProbability(record, id, layout.horizonSteps);
    if (probability === undefined || probability < alertThreshold) continue;
    track.claims[r] = {
      forecastId: record.forecastId,
      claimedAtMs: Math.max(record.issuedAtMs, record.originMs),
      endStep: step + layout.horizonSteps,
      key: cellKey(layout, id, null, record),
    };
    return;
  }
}

/** Closes the claim for rule `r` as false when its horizon ended before `step`. An onset at its very end still counts. */
export function expireClaim(
  layout: ScoreboardLayout,
  server: string,
  track: ServerTrack,
  r: number,
  step: number,
): ClosedClaim | null {
  const claim = track.claims[r];
  if (claim?.endStep !== step) return null;
  track.claims[r] = null;
  return closed(layout, server, r, "false", claim, null);
}

/**
 * Takes an onset at `step`: it closes the open claim, or is missed. An onset that no forecast covers is nobody's miss.
 */
export function meetOnset(
  layout: ScoreboardLayout,
  server: string,
  track: ServerTrack,
  r: number,
  step: number,
): ClosedClaim | null {
  const onsetMs = step * layout.intervalMs;
  const claim = track.claims[r];
  if (claim) {
    track.claims[r] = null;
    const outcome = onsetMs - claim.claimedAtMs >= layout.options.usefulLeadMs ? "true" : "late";
    return closed(layout, server, r, outcome, claim, onsetMs);
  }
  const latest = [...forecastsCovering(layout, track, step)].at(-1);
  if (!latest) return null;
  const missed = {
    forecastId: null,
    claimedAtMs: null,
    key: cellKey(layout, layout.rules[r]!.id, null, latest.record),
  };
  return closed(layout, server, r, "missed", missed, onsetMs);
}

function closed(
  layout: ScoreboardLayout,
  server: string,
  r: number,
  outcome: ClaimOutcome,
  { forecastId, claimedAtMs, key }: Pick<LedgerEntry, "forecastId" | "claimedAtMs"> & { key: string },
  onsetMs: number | null,
): ClosedClaim {
  const rule = layout.rules[r]!.id;
  const leadMs = onsetMs === null || claimedAtMs === null ? null : onsetMs - claimedAtMs;
  return { entry: { server, rule, outcome, forecastId, claimedAtMs, onsetMs, leadMs }, key };
}
