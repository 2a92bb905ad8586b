// What a window knows about the level of one metric: location and scale of MODEL.md ("Scaling"), and the statistics
// that candidates and static features are made of. Everything up to the origin and nothing after it.
import { historyStride, stepsPerDay } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import { gatherObserved, nearestRank, selectRanks } from "./select.ts";

/** Share of the mean absolute value that is added to the scale. */
const LEVEL_SHARE = 0.01;
/** Quantile levels of the last 24 h; the first and last are minimum and maximum. */
export const DAY_LEVELS = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1] as const;
const MEDIAN = DAY_LEVELS.indexOf(0.5);

/** Statistics of one metric at one origin in transformed space; reused from window to window. */
export interface MetricWindow {
  /** The metric's whole series, transformed. [steps] */
  values: Float32Array;
  /** Last observed step of the window. */
  origin: number;
  /** First step that may be read. */
  oldest: number;
  location: number;
  scale: number;
  /** {@link DAY_LEVELS} quantiles of the last 24 h (nearest rank); all equal `location` when nothing was observed. */
  dayQuantiles: Float64Array;
  /** Mean absolute deviation from the location over the last 24 h and over the history, and the mean of the two. */
  dayDeviation: number;
  historyDeviation: number;
  deviation: number;
  /** Observed steps of the last 24 h. */
  dayCount: number;
  /** Observed steps of the last 24 h that equal `zeroLevel`. */
  zeroCount: number;
  /** Observed values of the history, every {@link historyStride}th step, in any order; the first `sampleCount`. */
  sample: Float32Array;
  sampleCount: number;
}

/** Computes {@link MetricWindow}s with one piece of scratch memory. */
export interface MetricMeter {
  /** Makes an empty window to measure into. */
  createWindow(): MetricWindow;
  /**
   * Measures a metric up to `origin` into `window`.
   * @param floor Added to the scale, so that it is never 0.
   * @param zeroLevel The transformed value of 0.
   */
  measure(
    window: MetricWindow,
    values: Float32Array,
    origin: number,
    oldest: number,
    floor: number,
    zeroLevel: number,
  ): void;
}

/**
 * Makes a meter. Location = median of the last 24 h (of the history where a day is empty, else 0); scale = half of
 * (24-h + history mean absolute deviation from it) + 1 % of the history's mean absolute value + floor. The history is
 * the last `historySteps`, of which every {@link historyStride}th step is read.
 */
export function createMetricMeter(spec: Pick<InputSpec, "intervalMs" | "historySteps">): MetricMeter {
  const daySteps = stepsPerDay(spec);
  const stride = historyStride(spec);
  const scratch = new Float32Array(daySteps);
  const innerRanks = new Int32Array(DAY_LEVELS.length - 2);

  const measureDay = (window: MetricWindow, zeroLevel: number): void => {
    const { values, origin } = window;
    let count = 0;
    let zeroCount = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let t = Math.max(window.oldest, origin - daySteps + 1); t <= origin; t++) {
      const value = values[t]!;
      if (Number.isNaN(value)) continue;
      scratch[count++] = value;
      min = Math.min(min, value);
      max = Math.max(max, value);
      if (value === zeroLevel) zeroCount++;
    }
    window.dayCount = count;
    window.zeroCount = zeroCount;
    if (count === 0) return;
    for (let i = 0; i < innerRanks.length; i++) innerRanks[i] = nearestRank(DAY_LEVELS[i + 1]!, count);
    selectRanks(scratch, count, innerRanks);
    window.dayQuantiles[0] = min;
    for (let i = 0; i < innerRanks.length; i++) window.dayQuantiles[i + 1] = scratch[innerRanks[i]!]!;
    window.dayQuantiles[innerRanks.length + 1] = max;
    window.location = window.dayQuantiles[MEDIAN]!;
    window.dayDeviation = meanDistance(scratch, count, window.location);
  };

  return {
    createWindow: () => emptyWindow(Math.ceil(spec.historySteps / stride)),
    measure(window, values, origin, oldest, floor, zeroLevel) {
      window.values = values;
      window.origin = origin;
      window.oldest = oldest;
      const { sample } = window;
      const historyFirst = Math.max(oldest, origin - spec.historySteps + 1);
      const count = gatherObserved(values, historyFirst, origin, stride, sample);
      window.sampleCount = count;
      measureDay(window, zeroLevel);
      if (window.dayCount === 0) {
        window.dayDeviation = 0;
        const rank = nearestRank(0.5, count);
        if (count > 0) selectRanks(sample, count, [rank]);
        window.location = count > 0 ? sample[rank]! : 0;
        window.dayQuantiles.fill(window.location);
      }
      window.historyDeviation = count > 0 ? meanDistance(sample, count, window.location) : window.dayDeviation;
      if (window.dayCount === 0) window.dayDeviation = window.historyDeviation;
      const level = count > 0 ? meanDistance(sample, count, 0) : 0;
      window.deviation = 0.5 * (window.dayDeviation + window.historyDeviation);
      window.scale = window.deviation + LEVEL_SHARE * level + floor;
    },
  };
}

function emptyWindow(sampleSize: number): MetricWindow {
  return {
    values: new Float32Array(0),
    origin: -1,
    oldest: 0,
    location: 0,
    scale: 1,
    dayQuantiles: new Float64Array(DAY_LEVELS.length),
    dayDeviation: 0,
    historyDeviation: 0,
    deviation: 0,
    dayCount: 0,
    zeroCount: 0,
    sample: new Float32Array(sampleSize),
    sampleCount: 0,
  };
}

function meanDistance(values: Float32Array, count: number, from: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.abs(values[i]! - from);
  return sum / count;
}
