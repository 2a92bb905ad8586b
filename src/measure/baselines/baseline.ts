// What every trivial forecaster is. They exist for evaluation only (FEATURES.md, part d): never served, never a
// fallback. Gaps are carried forward for them, as in the reference harness; nothing is clipped.

/**
 * A baseline: quantile forecasts of one series from its own past.
 * @param history Values up to and including the origin, NaN where missing; 8 days are enough.   [steps]
 * @param levels Quantile levels, increasing.
 * @returns Forecasts `[horizonSteps, levels]`, never crossing; all NaN when `history` has no value.
 */
export type Baseline = (
  history: Float32Array,
  horizonSteps: number,
  levels: readonly number[],
  stepsPerDay: number,
) => Float32Array;

/** Fills gaps with the value before them; what comes before the first value stays NaN. */
export function carryForward(history: Float32Array): Float32Array {
  let carried = Number.NaN;
  return history.map((value) => {
    if (!Number.isNaN(value)) carried = value;
    return carried;
  });
}

/**
 * Lays forecasts out as `[horizonSteps, offsets]`: centre of the step + offset x scale of the step.
 * @param offsets One per level, increasing.
 * @param scale Not negative; 1 at every step when left out.
 */
export function layOut(
  horizonSteps: number,
  offsets: readonly number[],
  centre: (step: number) => number,
  scale: (step: number) => number = () => 1,
): Float32Array {
  const forecasts = new Float32Array(horizonSteps * offsets.length);
  for (let step = 0; step < horizonSteps; step++) {
    const middle = centre(step);
    const width = scale(step);
    for (const [q, offset] of offsets.entries()) forecasts[step * offsets.length + q] = middle + offset * width;
  }
  return forecasts;
}
