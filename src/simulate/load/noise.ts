// Noise whose statistics do not depend on how often it is sampled.
import type { Rng } from "../../base/index.ts";

/**
 * Stationary Ornstein-Uhlenbeck processes with mean 0 and deviation 1, in their exact discrete form (an AR(1) whose
 * coefficient follows from the interval): sampled every 5 s or every 5 min they have the same variance and memory.
 * @param timeConstantsMs Times after which their correlations have fallen to 1/e.
 * @returns The current values, one per time constant, and a function that moves them one interval on.
 */
export function createNoises(
  rng: Rng,
  timeConstantsMs: readonly number[],
  intervalMs: number,
): { values: Float64Array; next(): void } {
  const keep = Float64Array.from(timeConstantsMs, (time) => Math.exp(-intervalMs / time));
  const add = keep.map((k) => Math.sqrt(1 - k * k));
  const normal = createNormals(rng);
  const values = keep.map(normal);
  return {
    values,
    next() {
      for (let i = 0; i < values.length; i++) values[i] = keep[i]! * values[i]! + add[i]! * normal();
    },
  };
}

/** Standard normal deviates, both of each Box-Muller pair. */
function createNormals(rng: Rng): () => number {
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - rng.uniform()));
    const angle = 2 * Math.PI * rng.uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
