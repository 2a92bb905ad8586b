// Scores of event probabilities. Outcomes are 1 (happened), 0 (did not) or NaN (not known, left out). Every score is NaN
// without a known outcome.

/**
 * Brier score: mean squared distance of probability and outcome.
 * @see Brier 1950, Monthly Weather Review 78(1), 1-3.
 */
export function brierScore(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  return meanOverKnown(probabilities, outcomes, (probability, outcome) => (probability - outcome) ** 2);
}

/**
 * Brier skill score: 1 - Brier / Brier of the reference. 1 is perfect, 0 as good as the reference, below 0 worse.
 * @param reference Probabilities of the reference, the base rate of the server's own past as a rule. [n]
 * @returns NaN when the reference was perfect.
 */
export function brierSkill(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  reference: ArrayLike<number>,
): number {
  const score = brierScore(reference, outcomes);
  return score > 0 ? 1 - brierScore(probabilities, outcomes) / score : Number.NaN;
}

/**
 * Mean log score (ignorance), -ln of the probability given to what happened; lower is better. That probability counts
 * as 1e-6 at least, so that one confident error does not make the mean infinite.
 * @see Good 1952, Journal of the Royal Statistical Society B 14(1), 107-114.
 */
export function logScore(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  return meanOverKnown(probabilities, outcomes, logLoss);
}

/** Log score of one probability; see {@link logScore}. */
export function logLoss(probability: number, outcome: number): number {
  return -Math.log(Math.max(outcome === 1 ? probability : 1 - probability, 1e-6));
}

function meanOverKnown(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  loss: (probability: number, outcome: number) => number,
): number {
  let total = 0;
  let count = 0;
  for (let i = 0; i < outcomes.length; i++) {
    if (Number.isNaN(outcomes[i]!)) continue;
    total += loss(probabilities[i]!, outcomes[i]!);
    count++;
  }
  return count > 0 ? total / count : Number.NaN;
}
