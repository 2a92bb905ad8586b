// When a breach comes, as the distribution of the first passage: its quantiles from probabilities over horizons.

/** Time from the origin by which the breach has come with probability 0.1, 0.5, 0.9; null where that is never reached. */
export interface TimeToBreach {
  p10Ms: number | null;
  p50Ms: number | null;
  p90Ms: number | null;
}

/**
 * Quantiles of the time to the onset. The probabilities "within h" are the distribution function of the first passage at
 * the horizons; between them it is taken as straight, from 0 at the origin. A level that the farthest horizon does not
 * reach has no time.
 * @param withinMs Horizons, increasing.   [groups]
 * @param probabilities Of an onset within each, not decreasing.   [groups]
 */
export function timeToBreach(withinMs: readonly number[], probabilities: readonly number[]): TimeToBreach {
  const timeOf = (level: number): number | null => {
    let [beforeMs, before] = [0, 0];
    for (const [i, probability] of probabilities.entries()) {
      const horizonMs = withinMs[i]!;
      if (probability >= level) {
        const share = (level - before) / (probability - before);
        return Math.round(beforeMs + share * (horizonMs - beforeMs));
      }
      [beforeMs, before] = [horizonMs, probability];
    }
    return null;
  };
  return { p10Ms: timeOf(0.1), p50Ms: timeOf(0.5), p90Ms: timeOf(0.9) };
}
