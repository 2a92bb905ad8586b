// Functions of the samples of one series within a range. Semantics as in Prometheus 3 (promql/functions.go).
import {
  count,
  deviation,
  first,
  last,
  maximum,
  mean,
  medianDeviation,
  minimum,
  one,
  quantile,
  rounding,
  type Statistic,
  sum,
  variance,
} from "./statistics.ts";

/** The samples of one series after `startMs` up to `endMs`: those from index `from` to before `to`, at least one. */
export interface Window {
  timesMs: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
  startMs: number;
  endMs: number;
  /** The instant of the evaluation, which offset and @ do not move. */
  evaluationMs: number;
}

/** A function of a window; undefined where it has no result. @param parameter Its scalar argument, if it has one. */
export type RangeFunction = (window: Window, parameter: number) => number | undefined;

const statistic =
  (of: Statistic): RangeFunction =>
  ({ values, from, to }) =>
    of(values, from, to);

/** Every function of a range but absent_over_time, which looks at all series. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ["avg_over_time", statistic(mean)],
  ["min_over_time", statistic(minimum)],
  ["max_over_time", statistic(maximum)],
  ["sum_over_time", statistic(sum)],
  ["count_over_time", statistic(count)],
  ["first_over_time", statistic(first)],
  ["last_over_time", statistic(last)],
  ["stddev_over_time", statistic(deviation)],
  ["stdvar_over_time", statistic(variance)],
  ["mad_over_time", statistic(medianDeviation)],
  ["present_over_time", statistic(one)],
  ["quantile_over_time", ({ values, from, to }, level) => quantile(level, values, from, to)],
  ["rate", (window) => extrapolated(window, true, true)],
  ["increase", (window) => extrapolated(window, true, false)],
  ["delta", (window) => extrapolated(window, false, false)],
  ["irate", (window) => newestDifference(window, true)],
  ["idelta", (window) => newestDifference(window, false)],
  ["deriv", (window) => regression(window, window.timesMs[window.from]!)?.slope],
  ["predict_linear", predictLinear],
  ["resets", ({ values, from, to }) => countPairs(values, from, to, (before, after) => after < before)],
  ["changes", ({ values, from, to }) => countPairs(values, from, to, differs)],
]);

/** Functions that keep the name of the metric, since their result is one of its samples. */
export const NAME_KEEPING: ReadonlySet<string> = new Set(["first_over_time", "last_over_time"]);

/** Difference over the range, extrapolated to its ends where samples lie close to them. */
function extrapolated(window: Window, isCounter: boolean, isRate: boolean): number | undefined {
  const { timesMs, values, from, to, startMs, endMs } = window;
  if (to - from < 2) return undefined;
  let difference = values[to - 1]! - values[from]!;
  for (let i = from + 1; isCounter && i < to; i++) if (values[i]! < values[i - 1]!) difference += values[i - 1]!;
  const sampledS = (timesMs[to - 1]! - timesMs[from]!) / 1000;
  const betweenS = sampledS / (to - from - 1);
  const closeS = betweenS * 1.1;
  const extend = (gapS: number) => (gapS >= closeS ? betweenS / 2 : gapS);
  let beforeS = extend((timesMs[from]! - startMs) / 1000);
  if (isCounter && difference > 0 && values[from]! >= 0) {
    beforeS = Math.min(beforeS, sampledS * (values[from]! / difference));
  }
  const afterS = extend((endMs - timesMs[to - 1]!) / 1000);
  const factor = (sampledS + beforeS + afterS) / sampledS;
  return difference * (isRate ? factor / ((endMs - startMs) / 1000) : factor);
}

/** Difference of the last two samples; of a counter per second, and after a reset from zero. */
function newestDifference({ timesMs, values, from, to }: Window, isCounter: boolean): number | undefined {
  if (to - from < 2) return undefined;
  const [before, after] = [values[to - 2]!, values[to - 1]!];
  const difference = isCounter && after < before ? after : after - before;
  return isCounter ? difference / ((timesMs[to - 1]! - timesMs[to - 2]!) / 1000) : difference;
}

function predictLinear(window: Window, aheadS: number): number | undefined {
  const line = regression(window, window.evaluationMs);
  return line === undefined ? undefined : line.slope * aheadS + line.intercept;
}

/** Least squares through the samples; slope per second, intercept at `originMs`. */
function regression(
  { timesMs, values, from, to }: Window,
  originMs: number,
): { slope: number; intercept: number } | undefined {
  const size = to - from;
  if (size < 2) return undefined;
  if (countPairs(values, from, to, (before, after) => before !== after) === 0) {
    const level = Number.isFinite(values[from]!) ? values[from]! : Number.NaN;
    return { slope: Number.isNaN(level) ? level : 0, intercept: level };
  }
  const [x, y, xy, xx] = [compensated(), compensated(), compensated(), compensated()];
  for (let i = from; i < to; i++) {
    const seconds = (timesMs[i]! - originMs) / 1000;
    x.add(seconds);
    y.add(values[i]!);
    xy.add(seconds * values[i]!);
    xx.add(seconds * seconds);
  }
  const covariance = xy.total() - (x.total() * y.total()) / size;
  const slope = covariance / (xx.total() - (x.total() * x.total()) / size);
  return { slope, intercept: y.total() / size - (slope * x.total()) / size };
}

function compensated(): { add(value: number): void; total(): number } {
  let total = 0;
  let lost = 0;
  return {
    add(value) {
      const next = total + value;
      lost += rounding(total, value, next);
      total = next;
    },
    total: () => total + lost,
  };
}

function countPairs(
  values: Float64Array,
  from: number,
  to: number,
  isCounted: (before: number, after: number) => boolean,
): number {
  let counted = 0;
  for (let i = from + 1; i < to; i++) if (isCounted(values[i - 1]!, values[i]!)) counted++;
  return counted;
}

function differs(before: number, after: number): boolean {
  return before !== after && !(Number.isNaN(before) && Number.isNaN(after));
}
