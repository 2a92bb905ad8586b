// How the claims of early warning came out, counted.

/** true: onset in time. late: onset sooner than a useful lead. false: no onset. missed: an onset without a claim. */
export type ClaimOutcome = "true" | "late" | "false" | "missed";

/** Number of claims and missed onsets per outcome: plain data. */
export type ClaimCounts = Record<ClaimOutcome, number>;

/** Scores of claims; ratios are NaN without an onset or without a claim. */
export interface ClaimScores extends ClaimCounts {
  /** Share of the onsets that lay inside a true claim. */
  recall: number;
  /** Share of the claims that were true. */
  precision: number;
}

/** Counts outcomes. */
export interface ClaimTally {
  add(outcome: ClaimOutcome): void;
  merge(other: ClaimCounts): void;
  scores(): ClaimScores;
  state(): ClaimCounts;
}

/** Makes a tally that goes on from `state`, or an empty one. */
export function createClaimTally(state: ClaimCounts = { true: 0, late: 0, false: 0, missed: 0 }): ClaimTally {
  const counts = { ...state };
  return {
    add(outcome) {
      counts[outcome]++;
    },
    merge(other) {
      for (const outcome of Object.keys(counts) as ClaimOutcome[]) counts[outcome] += other[outcome];
    },
    scores: () => ({
      ...counts,
      recall: counts.true / (counts.true + counts.late + counts.missed),
      precision: counts.true / (counts.true + counts.late + counts.false),
    }),
    state: () => ({ ...counts }),
  };
}
