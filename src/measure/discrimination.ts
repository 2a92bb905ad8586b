// How well probabilities rank what happened above what did not, whatever their calibration. Outcomes are 1, 0 or NaN
// (not known, left out).

/**
 * Area under the receiver operating characteristic: the chance that an event got a higher probability than a non-event,
 * ties counted half. NaN without an event or without a non-event. O(n log n).
 * @see Hanley & McNeil 1982, Radiology 143(1), 29-36.
 */
export function rocAuc(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let wins = 0;
  let events = 0;
  let others = 0;
  for (const tie of tiesFromHighest(probabilities, outcomes)) {
    wins += tie.others * (events + tie.events / 2);
    events += tie.events;
    others += tie.others;
  }
  return wins / (events * others);
}

/**
 * Average precision: the mean over events of the precision at the threshold that just reaches them; forecasts with equal
 * probability are reached together. NaN without an event. O(n log n).
 * @see Manning, Raghavan & Schuetze 2008, Introduction to Information Retrieval, ch. 8.4.
 */
export function averagePrecision(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let sum = 0;
  let events = 0;
  let reached = 0;
  for (const tie of tiesFromHighest(probabilities, outcomes)) {
    events += tie.events;
    reached += tie.events + tie.others;
    sum += tie.events * (events / reached);
  }
  return sum / events;
}

/**
 * The probability from which on calling forecasts events has the best F1, the higher one at a tie; NaN without an event.
 * @see van Rijsbergen 1979, Information Retrieval, ch. 7.
 */
export function bestF1Threshold(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  const ties = tiesFromHighest(probabilities, outcomes);
  const events = ties.reduce((sum, tie) => sum + tie.events, 0);
  let [best, bestF1, hits, called] = [Number.NaN, 0, 0, 0];
  for (const tie of ties) {
    hits += tie.events;
    called += tie.events + tie.others;
    const f1 = (2 * hits) / (called + events);
    if (f1 > bestF1) [best, bestF1] = [tie.probability, f1];
  }
  return best;
}

/** Events and non-events per distinct probability, the highest first. */
function tiesFromHighest(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>) {
  const known = Array.from(outcomes, (_, i) => i).filter((i) => !Number.isNaN(outcomes[i]!));
  known.sort((a, b) => probabilities[b]! - probabilities[a]!);
  const ties: { probability: number; events: number; others: number }[] = [];
  for (const i of known) {
    const probability = probabilities[i]!;
    if (ties.at(-1)?.probability !== probability) ties.push({ probability, events: 0, others: 0 });
    const tie = ties.at(-1)!;
    if (outcomes[i] === 1) tie.events++;
    else tie.others++;
  }
  return ties;
}
