// Static reals of a target: how large, how variable and how complete its window is, and which of eight simple forecasts
// worked on the most recent horizon that is already known ("which naive method works on this server").
import { historyStride, lagDays, lagIndex, stepsPerDay, stepsPerHour } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import { createHourMedian, lastValue } from "./level-candidates.ts";
import type { MetricWindow } from "./metric-window.ts";
import { gatherObserved, nearestRank, selectRanks } from "./select.ts";
import { bound, squash } from "./squash.ts";

/** Names of the numbers of a `stats_<metric>` variable, in order; the last eight are errors of simple forecasts. */
export const STATIC_STATISTICS = [
  "log_scale",
  "location_over_scale",
  "missing_day",
  "zero_share_day",
  "last_value",
  "hour_deviation",
  "day_over_history_deviation",
  "history_share",
  "error_last_value",
  "error_hour_median",
  "error_day_median",
  "error_lag_1_day",
  "error_lag_7_days",
  "error_daily_profile",
  "error_lag_horizon",
  "error_day_mean",
] as const;

const ERROR_COUNT = 8;
const FIRST_ERROR = STATIC_STATISTICS.length - ERROR_COUNT;
/** Keeps logarithms of ratios finite, in scales. */
const EPSILON = 1e-3;

/** Makes the function that writes the statistics of a target at `start`; `typicalScale` is the spec's. */
export function createStaticFeatures(
  spec: InputSpec,
): (out: Float32Array, start: number, window: MetricWindow, typicalScale: number) => void {
  const day = stepsPerDay(spec);
  const writeErrors = createErrorFeatures(spec);
  return (out, start, window, typicalScale) => {
    const { location, scale } = window;
    const last = lastValue(window, day);
    out[start] = bound(Math.log(scale / typicalScale));
    out[start + 1] = squash(location / scale);
    out[start + 2] = 1 - window.dayCount / day;
    out[start + 3] = window.dayCount > 0 ? window.zeroCount / window.dayCount : 0;
    out[start + 4] = squash((last - location) / scale);
    out[start + 5] = bound(hourDeviation(spec, window) / scale);
    const ratio = (window.dayDeviation + EPSILON * scale) / (window.historyDeviation + EPSILON * scale);
    out[start + 6] = bound(Math.log(ratio));
    out[start + 7] = window.sampleCount / window.sample.length;
    writeErrors(out, start + FIRST_ERROR, window);
  };
}

function hourDeviation(spec: InputSpec, { values, origin, oldest }: MetricWindow): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let t = Math.max(oldest, origin - stepsPerHour(spec) + 1); t <= origin; t++) {
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  return count > 0 ? Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) : 0;
}

/**
 * Makes the function that forecasts the last `horizonSteps` known steps from one horizon earlier, eight ways, and
 * writes the logarithm of each mean absolute error over the mean of the eight; all 0 without history or truth.
 */
function createErrorFeatures(spec: InputSpec): (out: Float32Array, start: number, window: MetricWindow) => void {
  const { horizonSteps } = spec;
  const day = stepsPerDay(spec);
  const days = lagDays(spec);
  const hourMedian = createHourMedian(spec);
  const stride = historyStride(spec);
  const dayValues: Float32Array = new Float32Array(Math.ceil(day / stride));
  const medianRank = new Int32Array(1);
  const earlier = { values: dayValues, origin: 0, oldest: 0 };
  const forecasts = new Float64Array(ERROR_COUNT);
  const errors = new Float64Array(ERROR_COUNT);

  return (out, start, window) => {
    const { values, oldest, scale } = window;
    const origin = window.origin - horizonSteps;
    for (let i = 0; i < ERROR_COUNT; i++) out[start + i] = 0;
    if (origin < oldest) return;
    const dayCount = gatherObserved(values, Math.max(oldest, origin - day + 1), origin, stride, dayValues);
    if (dayCount === 0) return;
    medianRank[0] = nearestRank(0.5, dayCount);
    selectRanks(dayValues, dayCount, medianRank);
    const dayMedian = dayValues[medianRank[0]]!;
    earlier.values = values;
    earlier.origin = origin;
    earlier.oldest = oldest;
    forecasts[0] = lastValue(earlier, day);
    forecasts[1] = orElse(hourMedian(earlier), dayMedian);
    forecasts[2] = dayMedian;
    forecasts[7] = meanOf(dayValues, dayCount);
    errors.fill(0);
    let count = 0;
    for (let offset = 1; offset <= horizonSteps; offset++) {
      const truth = values[origin + offset]!;
      if (Number.isNaN(truth)) continue;
      count++;
      const latest = lagIndex(origin, offset, day);
      forecasts[3] = valueAt(values, latest, oldest, dayMedian);
      forecasts[4] = valueAt(values, lagIndex(origin, offset, 7 * day), oldest, dayMedian);
      forecasts[5] = orElse(meanOfLags(values, latest, oldest, day, days), dayMedian);
      forecasts[6] = valueAt(values, origin + offset - horizonSteps, oldest, dayMedian);
      for (let i = 0; i < ERROR_COUNT; i++) errors[i]! += Math.abs(truth - forecasts[i]!);
    }
    if (count === 0) return;
    let mean = 0;
    for (let i = 0; i < ERROR_COUNT; i++) mean += errors[i]! / count / ERROR_COUNT;
    for (let i = 0; i < ERROR_COUNT; i++) {
      out[start + i] = bound(Math.log((errors[i]! / count + EPSILON * scale) / (mean + EPSILON * scale)));
    }
  };
}

function orElse(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}

function valueAt(values: Float32Array, index: number, oldest: number, other: number): number {
  return index >= oldest ? orElse(values[index]!, other) : other;
}

function meanOfLags(values: Float32Array, latest: number, oldest: number, day: number, days: number): number {
  let count = 0;
  let sum = 0;
  for (let back = 0, index = latest; back < days && index >= oldest; back++, index -= day) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  return count > 0 ? sum / count : Number.NaN;
}

function meanOf(values: Float32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  return sum / count;
}
