// Scores summed over many windows without keeping them: what a table of an evaluation shows for one group of forecasts.
import { pinball } from "./point-scores.ts";

/** Scores of the forecasts added so far; ratios are NaN while nothing was observed. */
export interface ForecastScores {
  /** Observed steps. */
  count: number;
  /** Mean over levels of 2 * sum of pinball / sum of |truth|. */
  weightedQuantileLoss: number;
  /** Mean pinball loss over levels and steps, in the unit of the truth. */
  pinball: number;
  /** Mean absolute error of the median, in the unit of the truth. */
  meanAbsoluteError: number;
  /** Mean of |error of the median| / scale over the steps whose window has a positive scale. */
  meanAbsoluteScaledError: number;
  /** Coverage and mean width of the band from the lowest to the highest level. */
  coverage: number;
  width: number;
}

/** Adds up forecasts. */
export interface ForecastTally {
  /**
   * @param truth Observations, NaN where missing.   [steps]
   * @param forecasts One column per level.          [steps, levels]
   * @param scale Scale of MASE of this series ({@link seasonalScale}); NaN or 0 leaves the window out of MASE.
   */
  add(truth: Float32Array, forecasts: Float32Array, scale: number): void;
  scores(): ForecastScores;
}

/** Makes an empty tally; `levels` increase and hold 0.5. */
export function createForecastTally(levels: readonly number[]): ForecastTally {
  const median = levels.indexOf(0.5);
  if (median < 0) throw new Error(`tally: levels need 0.5, got ${levels.join(", ")}`);
  const last = levels.length - 1;
  const total = { count: 0, size: 0, pinball: 0, error: 0, scaled: 0, scaledCount: 0, inside: 0, width: 0 };

  return {
    add(truth, forecasts, scale) {
      for (let i = 0; i < truth.length; i++) {
        const y = truth[i]!;
        if (Number.isNaN(y)) continue;
        const row = i * levels.length;
        const error = Math.abs(y - forecasts[row + median]!);
        total.count++;
        total.size += Math.abs(y);
        total.error += error;
        if (scale > 0) {
          total.scaled += error / scale;
          total.scaledCount++;
        }
        for (let q = 0; q <= last; q++) total.pinball += pinball(y, forecasts[row + q]!, levels[q]!);
        if (y >= forecasts[row]! && y <= forecasts[row + last]!) total.inside++;
        total.width += forecasts[row + last]! - forecasts[row]!;
      }
    },
    scores: () => ({
      count: total.count,
      weightedQuantileLoss: (2 * total.pinball) / levels.length / total.size,
      pinball: total.pinball / levels.length / total.count,
      meanAbsoluteError: total.error / total.count,
      meanAbsoluteScaledError: total.scaled / total.scaledCount,
      coverage: total.inside / total.count,
      width: total.width / total.count,
    }),
  };
}
