// Scores of point forecasts (the median, as a rule). A missing truth (NaN) is left out everywhere.

/** Mean absolute error of point forecasts [n]; NaN without any truth. */
export function meanAbsoluteError(truth: Float32Array, forecast: Float32Array): number {
  const { error, count } = absoluteSums(truth, forecast);
  return count > 0 ? error / count : Number.NaN;
}

/**
 * Mean absolute scaled error of point forecasts [n]: mean absolute error divided by the scale of the series.
 * @param scale Mean change of the history over a season ({@link seasonalScale}).
 * @returns NaN where it is undefined: no truth, or a scale of 0 (constant history) or NaN (history too short).
 * @see Hyndman & Koehler 2006, International Journal of Forecasting 22(4), 679-688.
 */
export function meanAbsoluteScaledError(truth: Float32Array, forecast: Float32Array, scale: number): number {
  return scale > 0 ? meanAbsoluteError(truth, forecast) / scale : Number.NaN;
}

/** Normalised deviation, sum of |error| / sum of |truth|, over point forecasts [n]; NaN without truth other than 0. */
export function normalizedDeviation(truth: Float32Array, forecast: Float32Array): number {
  const { error, size } = absoluteSums(truth, forecast);
  return size > 0 ? error / size : Number.NaN;
}

/**
 * Scale of MASE: mean |y_t - y_(t - season)| over the pairs of `history` in which both are observed; 0 for a constant
 * series, NaN without a pair. MASE is undefined for both.
 * @param seasonSteps Steps of a season, a day as a rule.
 * @see Hyndman & Koehler 2006, International Journal of Forecasting 22(4), 679-688.
 */
export function seasonalScale(history: Float32Array, seasonSteps: number): number {
  let sum = 0;
  let count = 0;
  for (let t = seasonSteps; t < history.length; t++) {
    const change = Math.abs(history[t]! - history[t - seasonSteps]!);
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

function absoluteSums(truth: Float32Array, forecast: Float32Array): { error: number; size: number; count: number } {
  let error = 0;
  let size = 0;
  let count = 0;
  for (let i = 0; i < truth.length; i++) {
    const y = truth[i]!;
    if (Number.isNaN(y)) continue;
    error += Math.abs(y - forecast[i]!);
    size += Math.abs(y);
    count++;
  }
  return { error, size, count };
}
