// Scores of quantile forecasts over arrays of one series. A missing truth (NaN) is left out everywhere.

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
 * @see Aksu et al. 2024, GIFT-Eval, arXiv 2410.10393.
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

/** How a band did; coverage and width are NaN when count is 0. */
export interface BandScore {
  /** Share of the observed truth inside the band, ends included. */
  coverage: number;
  /** Mean width of the band where the truth was observed, in the unit of the truth. */
  width: number;
  /** Observed steps. */
  count: number;
}

/** Coverage and mean width of the band between any two quantiles, [p10, p90] as a rule. Arrays are [n]. */
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
 * Adds one truth to a histogram of the probability integral transform, whose bins are the spans of probability below,
 * between and above the levels. A truth between two quantiles belongs to the bin between them. A truth that equals one
 * or more quantiles is shared among all bins that touch them, by their width: a forecast that rightly puts half of its
 * quantiles on 0 then has a flat histogram.
 * @param counts Number of truths per bin, changed in place.                    [levels + 1]
 * @param widths Probability of each bin under the forecast ({@link pitWidths}). [levels + 1]
 * @param below Number of levels whose quantile is below the truth.
 * @param notAbove Number of levels whose quantile is at or below the truth.
 * @see Czado, Gneiting & Held 2009, Biometrics 65(4), 1254-1261 (the transform without randomisation).
 */
export function addToPit(counts: number[], widths: readonly number[], below: number, notAbove: number): void {
  if (below === notAbove) {
    counts[below]!++;
    return;
  }
  let width = 0;
  for (let bin = below; bin <= notAbove; bin++) width += widths[bin]!;
  for (let bin = below; bin <= notAbove; bin++) counts[bin]! += widths[bin]! / width;
}

/** Expected shares of the bins of {@link addToPit}: the probability below, between and above the levels. [levels + 1] */
export function pitWidths(levels: readonly number[]): number[] {
  return [...levels, 1].map((level, bin) => level - (levels[bin - 1] ?? 0));
}
