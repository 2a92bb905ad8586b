// Scores of single forecasts and of arrays of them; a missing truth (NaN) is left out everywhere.

/**
 * Pinball (quantile) loss of one forecast.
 * @param level Quantile level in (0, 1).
 * @see Koenker & Bassett 1978, Econometrica 46(1), 33-50.
 */
export function pinball(truth: number, forecast: number, level: number): number {
  const error = truth - forecast;
  return error >= 0 ? level * error : (level - 1) * error;
}

/**
 * Mean weighted quantile loss, the "CRPS" of GIFT-Eval: mean over levels of 2 * sum of pinball / sum of |truth|.
 * @param truth Observations, NaN where missing.            [n]
 * @param forecasts One column per level, same unit.        [n, levels]
 * @returns NaN without any truth, or when all of it is 0.
 */
export function weightedQuantileLoss(truth: Float32Array, forecasts: Float32Array, levels: readonly number[]): number {
  let loss = 0;
  let size = 0;
  for (let i = 0; i < truth.length; i++) {
    const y = truth[i]!;
    if (Number.isNaN(y)) continue;
    size += Math.abs(y);
    for (const [q, level] of levels.entries()) loss += 2 * pinball(y, forecasts[i * levels.length + q]!, level);
  }
  return size > 0 ? loss / levels.length / size : Number.NaN;
}

/** Mean absolute error of point forecasts (the median, as a rule) [n]; NaN without any truth. */
export function meanAbsoluteError(truth: Float32Array, forecast: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < truth.length; i++) {
    const y = truth[i]!;
    if (Number.isNaN(y)) continue;
    sum += Math.abs(y - forecast[i]!);
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** How a band did; coverage and width are NaN when count is 0. */
export interface BandScore {
  /** Share of the observed truth inside the band, ends included. */
  coverage: number;
  /** Mean width of the band where the truth was observed, in the unit of the truth. */
  width: number;
  /** Observed steps. */
  count: number;
}

/** Coverage and mean width of the band between two quantiles, [p10, p90] as a rule. Arrays are [n]. */
export function scoreBand(truth: Float32Array, low: Float32Array, high: Float32Array): BandScore {
  let inside = 0;
  let width = 0;
  let count = 0;
  for (let i = 0; i < truth.length; i++) {
    const y = truth[i]!;
    if (Number.isNaN(y)) continue;
    if (y >= low[i]! && y <= high[i]!) inside++;
    width += high[i]! - low[i]!;
    count++;
  }
  return { coverage: inside / count, width: width / count, count };
}

/**
 * Scale of MASE: mean |y_t - y_(t - day)| over the pairs of `history` in which both are observed; NaN without a pair.
 * @see Hyndman & Koehler 2006, International Journal of Forecasting 22(4), 679-688.
 */
export function seasonalScale(history: Float32Array, stepsPerDay: number): number {
  let sum = 0;
  let count = 0;
  for (let t = stepsPerDay; t < history.length; t++) {
    const change = Math.abs(history[t]! - history[t - stepsPerDay]!);
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}
