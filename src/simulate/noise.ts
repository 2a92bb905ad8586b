// Noise whose statistics do not depend on how often it is sampled.
import type { Rng } from "../base/index.ts";

/**
 * A stationary Ornstein-Uhlenbeck process with mean 0 and deviation 1, in its exact discrete form (an AR(1) whose
 * coefficient follows from the interval): sampled every 5 s or every 5 min it has the same variance and memory.
 * @param timeConstantMs Time after which its correlation has fallen to 1/e.
 * @returns A function that gives the next sample.
 */
export function createNoise(rng: Rng, timeConstantMs: number, intervalMs: number): () => number {
  const keep = Math.exp(-intervalMs / timeConstantMs);
  const add = Math.sqrt(1 - keep * keep);
  let value = rng.normal();
  return () => {
    const current = value;
    value = keep * value + add * rng.normal();
    return current;
  };
}
