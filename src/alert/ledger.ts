// How the claims of each rule came out: what an alert says about its own record.
import { type ClaimOutcome, type ClaimScores, createClaimTally } from "../evaluate/index.ts";
import { quantileOf } from "../measure/index.ts";
import type { ClosedClaim } from "./track.ts";

/** A closed claim or missed onset with its place: plain data. */
export interface LedgerEntry extends ClosedClaim {
  rule: string;
  server: string;
}

/** The scores of a rule's alerts; ratios and quantiles are NaN where not defined. */
export interface TrackRecord extends ClaimScores {
  /** Not counted as true or false: someone acted, or the server was in maintenance. */
  averted: number;
  /** Of the true claims. */
  leadMinutes: { p10: number; p50: number; p90: number };
}

const MINUTE_MS = 60_000;

/**
 * Scores ledger entries as claims: true with a lead of at least `usefulLeadMs`, late with less, false, missed. Averted
 * claims, and missed onsets in maintenance, are left out, since nobody can know what would have come.
 */
export function trackRecord(entries: Iterable<ClosedClaim>, usefulLeadMs: number): TrackRecord {
  const tally = createClaimTally();
  let averted = 0;
  const leads: number[] = [];
  for (const entry of entries) {
    const outcome = claimOutcome(entry, usefulLeadMs);
    if (outcome === null) {
      if (entry.outcome === "averted") averted++;
      continue;
    }
    tally.add(outcome);
    if (outcome === "true") leads.push(entry.leadMs! / MINUTE_MS);
  }
  const sorted = Float64Array.from(leads).sort();
  const [p10, p50, p90] = [0.1, 0.5, 0.9].map((level) => quantileOf(sorted, level)) as [number, number, number];
  return { ...tally.scores(), averted, leadMinutes: { p10, p50, p90 } };
}

function claimOutcome({ outcome, leadMs, maintenance }: ClosedClaim, usefulLeadMs: number): ClaimOutcome | null {
  switch (outcome) {
    case "confirmed":
      return leadMs! >= usefulLeadMs ? "true" : "late";
    case "expired":
      return "false";
    case "missed":
      return maintenance ? null : "missed";
    case "averted":
      return null;
  }
}
