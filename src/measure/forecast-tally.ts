// Scores summed over many windows in one pass, without keeping them: what a table shows for one group of forecasts.
import { addToPit, pitWidths } from "./quantile-scores.ts";

/** Scores of the forecasts added so far; ratios are NaN while nothing was observed. */
export interface ForecastScores {
  /** Observed steps, and steps whose truth was missing. */
  count: number;
  missing: number;
  /** Additions with any truth, and those among them without a scale, for which MASE is undefined. */
  windows: number;
  windowsWithoutScale: number;
  /** Mean over levels of 2 * sum of pinball / sum of |truth|: the "CRPS" of GIFT-Eval. */
  weightedQuantileLoss: number;
  /** Mean pinball loss over levels and steps, in the unit of the truth; and per level. */
  pinball: number;
  pinballPerLevel: number[];
  /** Mean absolute error of the median, in the unit of the truth, and as a ratio: sum of |error| / sum of |truth|. */
  meanAbsoluteError: number;
  normalizedDeviation: number;
  /** Mean of |error of the median| / scale over the steps whose window has a positive scale; NaN is undefined. */
  meanAbsoluteScaledError: number;
  /** Coverage and mean width of the band from the lowest to the highest level. */
  coverage: number;
  width: number;
  /** Pairs of neighbouring levels whose quantiles are in the wrong order. */
  crossings: number;
  /** Shares of the truth below, between and above the quantiles ({@link addToPit}). [levels + 1] */
  pit: number[];
}

/** The sums of a tally: plain data. */
export interface TallyState {
  count: number;
  missing: number;
  windows: number;
  windowsWithoutScale: number;
  absoluteTruth: number;
  absoluteError: number;
  scaledError: number;
  scaledCount: number;
  /** Sum per level. */
  pinball: number[];
  inside: number;
  width: number;
  crossings: number;
  pit: number[];
}

/** Adds up forecasts. */
export interface ForecastTally {
  /**
   * Adds the steps [fromStep, toStep) of one window.
   * @param truth Observations, NaN where missing.   [steps]
   * @param forecasts One column per level.          [steps, levels]
   * @param scale Scale of MASE of this series ({@link seasonalScale}); NaN or 0 leaves the window out of MASE.
   */
  add(truth: Float32Array, forecasts: Float32Array, scale: number, fromStep?: number, toStep?: number): void;
  /** Adds the sums of another tally with the same levels. */
  merge(other: TallyState): void;
  scores(): ForecastScores;
  /** A copy of the sums, to go on from later. */
  state(): TallyState;
}

/** Makes a tally that goes on from `state`, or an empty one; `levels` increase and hold 0.5. */
export function createForecastTally(
  levels: readonly number[],
  state: TallyState = emptyState(levels.length),
): ForecastTally {
  const median = levels.indexOf(0.5);
  if (median < 0) throw new Error(`tally: levels need 0.5, got ${levels.join(", ")}`);
  const total = structuredClone(state);
  const widths = pitWidths(levels);
  const weights = Float64Array.from(levels);

  return {
    add(truth, forecasts, scale, fromStep = 0, toStep = truth.length) {
      const before = total.count;
      for (let step = fromStep; step < toStep; step++) {
        if (Number.isNaN(truth[step]!)) total.missing++;
        else addStep(total, truth[step]!, forecasts, step * weights.length, weights, median, scale, widths);
      }
      if (total.count === before) return;
      total.windows++;
      if (!(scale > 0)) total.windowsWithoutScale++;
    },
    merge: (other) => mergeStates(total, other),
    scores: () => scoresOf(total),
    state: () => structuredClone(total),
  };
}

/** @param row Where the step's quantiles begin in `forecasts`. */
function addStep(
  total: TallyState,
  y: number,
  forecasts: Float32Array,
  row: number,
  levels: Float64Array,
  median: number,
  scale: number,
  widths: readonly number[],
): void {
  const last = levels.length - 1;
  const error = Math.abs(y - forecasts[row + median]!);
  total.count++;
  total.absoluteTruth += Math.abs(y);
  total.absoluteError += error;
  if (scale > 0) {
    total.scaledError += error / scale;
    total.scaledCount++;
  }
  let below = 0;
  let notAbove = 0;
  let previous = -Infinity;
  for (let q = 0; q <= last; q++) {
    const forecast = forecasts[row + q]!;
    const distance = y - forecast;
    total.pinball[q]! += distance >= 0 ? levels[q]! * distance : (levels[q]! - 1) * distance;
    if (distance > 0) below++;
    if (distance >= 0) notAbove++;
    if (forecast < previous) total.crossings++;
    previous = forecast;
  }
  addToPit(total.pit, widths, below, notAbove);
  const low = forecasts[row]!;
  const high = forecasts[row + last]!;
  if (y >= low && y <= high) total.inside++;
  total.width += high - low;
}

function emptyState(levels: number): TallyState {
  return {
    count: 0,
    missing: 0,
    windows: 0,
    windowsWithoutScale: 0,
    absoluteTruth: 0,
    absoluteError: 0,
    scaledError: 0,
    scaledCount: 0,
    pinball: new Array<number>(levels).fill(0),
    inside: 0,
    width: 0,
    crossings: 0,
    pit: new Array<number>(levels + 1).fill(0),
  };
}

function mergeStates(total: TallyState, { pinball, pit, ...sums }: TallyState): void {
  for (const [name, sum] of Object.entries(sums)) total[name as keyof typeof sums] += sum;
  for (const [q, sum] of pinball.entries()) total.pinball[q]! += sum;
  for (const [bin, count] of pit.entries()) total.pit[bin]! += count;
}

function scoresOf(total: TallyState): ForecastScores {
  const { count, missing, windows, windowsWithoutScale, absoluteTruth, crossings } = total;
  const pinball = total.pinball.reduce((sum, loss) => sum + loss, 0) / total.pinball.length;
  return {
    count,
    missing,
    windows,
    windowsWithoutScale,
    weightedQuantileLoss: (2 * pinball) / absoluteTruth,
    pinball: pinball / count,
    pinballPerLevel: total.pinball.map((loss) => loss / count),
    meanAbsoluteError: total.absoluteError / count,
    normalizedDeviation: total.absoluteError / absoluteTruth,
    meanAbsoluteScaledError: total.scaledError / total.scaledCount,
    coverage: total.inside / count,
    width: total.width / count,
    crossings,
    pit: total.pit.map((truths) => truths / count),
  };
}
