// Scores of event probabilities. Outcomes are 1 (happened), 0 (did not) or NaN (not known, left out).

/** Brier score: mean squared distance of probability and outcome; NaN without a known outcome. */
export function brierScore(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    if (Number.isNaN(outcome)) continue;
    sum += (probabilities[i]! - outcome) ** 2;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** One line of a reliability table: the forecasts with a probability in [from, to). */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  /** Mean forecast probability and observed share of events; NaN when count is 0. */
  meanProbability: number;
  eventShare: number;
}

/** Sorts forecasts into `bins` equal spans of probability (1 belongs to the last) and compares them with what happened. */
export function reliabilityTable(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  bins = 10,
): ReliabilityBin[] {
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const events = new Float64Array(bins);
  for (let i = 0; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    if (Number.isNaN(outcome)) continue;
    const bin = Math.min(bins - 1, Math.floor(probabilities[i]! * bins));
    counts[bin]!++;
    sums[bin]! += probabilities[i]!;
    events[bin]! += outcome;
  }
  return Array.from(counts, (count, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    count,
    meanProbability: sums[bin]! / count,
    eventShare: events[bin]! / count,
  }));
}
