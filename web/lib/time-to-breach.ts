// The time to a breach from the probabilities over horizons, exactly as the alert rules have it (src/alert/time-to-breach.ts).
import type { TimeToBreach } from "../data/types.ts";

/**
 * Quantiles of the time to the onset. "Within h" is the distribution function of the first passage at the horizons; between
 * them it is taken as straight, from 0 at the origin. A level that the farthest horizon does not reach has no time.
 */
export function timeToBreach(withinMs: readonly number[], probabilities: ArrayLike<number>): TimeToBreach {
  const timeOf = (level: number): number | null => {
    let [beforeMs, before] = [0, 0];
    for (let i = 0; i < probabilities.length; i++) {
      const [horizonMs, probability] = [withinMs[i]!, probabilities[i]!];
      if (probability >= level) {
        return Math.round(beforeMs + ((level - before) / (probability - before)) * (horizonMs - beforeMs));
      }
      [beforeMs, before] = [horizonMs, probability];
    }
    return null;
  };
  return { p10Ms: timeOf(0.1), p50Ms: timeOf(0.5), p90Ms: timeOf(0.9) };
}
