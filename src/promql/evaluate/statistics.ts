// Statistics of values, used over the samples of a range and over the series of a group alike. Sums are compensated
// (Neumaier 1974) as in Prometheus, so that they do not depend on the order of large and small values.

/** A statistic of `values[from..to)`, which is not empty. */
export type Statistic = (values: Float64Array, from: number, to: number) => number;

/** Sum with compensation. */
export const sum: Statistic = (values, from, to) => {
  let total = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += rounding(total, value, next);
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
};

/** Mean; where the sum would overflow it is computed step by step. */
export const mean: Statistic = (values, from, to) => {
  const total = sum(values, from, to);
  if (Number.isFinite(total) || Number.isNaN(total)) return total / (to - from);
  let average = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const count = i - from + 1;
    average = average * ((count - 1) / count) + values[i]! / count;
  }
  return average;
};

/** Smallest value; NaN only if there is nothing else. */
export const minimum: Statistic = (values, from, to) => {
  let least = values[from]!;
  for (let i = from + 1; i < to; i++) if (values[i]! < least || Number.isNaN(least)) least = values[i]!;
  return least;
};

/** Largest value; NaN only if there is nothing else. */
export const maximum: Statistic = (values, from, to) => {
  let most = values[from]!;
  for (let i = from + 1; i < to; i++) if (values[i]! > most || Number.isNaN(most)) most = values[i]!;
  return most;
};

/** How many values. */
export const count: Statistic = (_values, from, to) => to - from;

/** 1, whatever the values. */
export const one: Statistic = () => 1;

/** Population variance (Welford 1962). */
export const variance: Statistic = (values, from, to) => {
  let average = 0;
  let squares = 0;
  for (let i = from; i < to; i++) {
    const delta = values[i]! - average;
    average += delta / (i - from + 1);
    squares += delta * (values[i]! - average);
  }
  return squares / (to - from);
};

/** Population standard deviation. */
export const deviation: Statistic = (values, from, to) => Math.sqrt(variance(values, from, to));

/** The first value. */
export const first: Statistic = (values, from) => values[from]!;

/** The last value. */
export const last: Statistic = (values, _from, to) => values[to - 1]!;

/** Median absolute deviation from the median. */
export const medianDeviation: Statistic = (values, from, to) => {
  const median = quantile(0.5, values, from, to);
  const distances = values.slice(from, to).map((value) => Math.abs(value - median));
  return quantile(0.5, distances, 0, distances.length);
};

/**
 * The quantile of `values[from..to)`, interpolated between neighbours; NaN counts as the smallest value.
 * @param level From 0 to 1; -Inf below, +Inf above.
 */
export function quantile(level: number, values: Float64Array, from: number, to: number): number {
  if (Number.isNaN(level) || from >= to) return Number.NaN;
  if (level < 0) return -Infinity;
  if (level > 1) return Infinity;
  const sorted = sortedWithNaNFirst(values.slice(from, to));
  const rank = level * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(sorted.length - 1, below + 1);
  const weight = rank - below;
  return sorted[below]! * (1 - weight) + sorted[above]! * weight;
}

/** What was lost when `next` was rounded from `total + value`. */
export function rounding(total: number, value: number, next: number): number {
  if (!Number.isFinite(next)) return 0;
  return Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
}

/** Sorts in place; typed arrays sort NaN last. */
function sortedWithNaNFirst(values: Float64Array): Float64Array {
  values.sort();
  let missing = 0;
  while (missing < values.length && Number.isNaN(values[values.length - 1 - missing]!)) missing++;
  if (missing === 0) return values;
  values.copyWithin(missing, 0, values.length - missing);
  return values.fill(Number.NaN, 0, missing);
}
