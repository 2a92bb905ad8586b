// Trivial quantile forecasters that a model has to beat (FEATURES.md, part d). They exist for evaluation only: never
// served, never a fallback. Gaps are carried forward for them, as in the reference harness; nothing is clipped.

/**
 * A baseline.
 * @param history Values up to and including the origin, NaN where missing; 8 days are enough.
 * @param levels Quantile levels, increasing.
 * @returns Forecasts `[horizonSteps, levels]`; all NaN when `history` has no value.
 */
export type Baseline = (
  history: Float32Array,
  horizonSteps: number,
  levels: readonly number[],
  stepsPerDay: number,
) => Float32Array;

const DAYS = 7;

/**
 * Last value plus the quantiles of past changes over half the horizon in the last 7 days, centred on their median: one
 * change length stands for all lead times.
 */
export const lastValueQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const filled = carryForward(history);
  const changes = sortedChanges(filled, Math.max(1, Math.floor(horizonSteps / 2)), DAYS * stepsPerDay);
  const centre = changes.length === 0 ? 0 : quantileOf(changes, 0.5);
  const offsets = levels.map((level) => (changes.length === 0 ? 0 : quantileOf(changes, level) - centre));
  return spread(horizonSteps, () => filled.at(-1) ?? Number.NaN, offsets);
};

/**
 * The value 24 h earlier (of the latest known day) plus the quantiles of the changes over a day in the last 7 days; the
 * last value where 24 h earlier is before the first value.
 */
export const yesterdayQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const filled = carryForward(history);
  const changes = sortedChanges(filled, stepsPerDay, DAYS * stepsPerDay);
  const offsets = levels.map((level) => (changes.length === 0 ? 0 : quantileOf(changes, level)));
  const firstOfDay = filled.length - stepsPerDay;
  const yesterday = (step: number): number => {
    const value = filled[firstOfDay + (step % stepsPerDay)];
    return value === undefined || Number.isNaN(value) ? filled.at(-1)! : value;
  };
  return spread(horizonSteps, filled.length === 0 ? () => Number.NaN : yesterday, offsets);
};

/** The quantiles of the last 24 h, the same at every step. */
export const last24hQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const day = carryForward(history)
    .slice(-stepsPerDay)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const quantiles = levels.map((level) => (day.length === 0 ? Number.NaN : quantileOf(day, level)));
  return spread(horizonSteps, () => 0, quantiles);
};

/** Quantile of sorted values by linear interpolation between ranks (the default of NumPy, type 7). */
export function quantileOf(sorted: Float32Array, level: number): number {
  const place = level * (sorted.length - 1);
  const rank = Math.floor(place);
  const low = sorted[rank]!;
  return rank + 1 < sorted.length ? low + (place - rank) * (sorted[rank + 1]! - low) : low;
}

function spread(horizonSteps: number, base: (step: number) => number, offsets: readonly number[]): Float32Array {
  const forecasts = new Float32Array(horizonSteps * offsets.length);
  for (let step = 0; step < horizonSteps; step++) {
    const centre = base(step);
    for (const [q, offset] of offsets.entries()) forecasts[step * offsets.length + q] = centre + offset;
  }
  return forecasts;
}

/** Changes y_t - y_(t - lag) of the last `steps` steps, sorted. */
function sortedChanges(filled: Float32Array, lag: number, steps: number): Float32Array {
  const changes: number[] = [];
  for (let t = Math.max(lag, filled.length - steps); t < filled.length; t++) {
    const change = filled[t]! - filled[t - lag]!;
    if (!Number.isNaN(change)) changes.push(change);
  }
  return Float32Array.from(changes).sort();
}

/** Fills gaps with the value before them; what comes before the first value stays NaN. */
function carryForward(history: Float32Array): Float32Array {
  let carried = Number.NaN;
  return history.map((value) => {
    if (!Number.isNaN(value)) carried = value;
    return carried;
  });
}
