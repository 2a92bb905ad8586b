// The trivial warnings that a model has to beat, each from the past alone: an event counts only once it is known. They
// exist for evaluation only.
import { firstOnsetFrom, type WarningOptions, type WarningSignal, type WarningTask } from "./warning-series.ts";

/**
 * A trivial warning.
 * @returns A score per decision in [0, 1], higher is likelier; null when it reads a signal and the task has none.
 */
export type WarningBaseline = (task: WarningTask, options: WarningOptions) => Float32Array | null;

/** All warning baselines by the name that reports print, in the order that they print them. */
export const WARNING_BASELINES: Readonly<Record<string, WarningBaseline>> = {
  climatology: (task, options) => scoreEach(task, (step) => climatology(task, options, step)),
  "breaches of the last 24 h": (task) => scoreEach(task, (step) => breachesLastDay(task, step)),
  "same window yesterday": (task, options) => scoreEach(task, (step) => eventInWindow(task, options, step, 1)),
  "latest value near the threshold": ({ signal, ...task }) =>
    signal && scoreEach(task, (step) => nearness(signal, step)),
  "straight line to the threshold": ({ signal, ...task }, { horizonSteps }) =>
    signal && scoreEach(task, (step) => lineToThreshold(signal, step, horizonSteps)),
  "always on": (task) => scoreEach(task, () => 1),
};

const DAY_MS = 86_400_000;

function scoreEach({ decisionSteps }: Pick<WarningTask, "decisionSteps">, score: (step: number) => number) {
  return Float32Array.from(decisionSteps, score);
}

function daySteps({ intervalMs }: WarningTask): number {
  return Math.round(DAY_MS / intervalMs);
}

/** Share of the server's past days with an event in the window of this time of day; 0 before the first such day. */
function climatology(task: WarningTask, options: WarningOptions, step: number): number {
  let days = 0;
  let hits = 0;
  for (let day = 1; step - day * daySteps(task) >= -1; day++) {
    const end = step - day * daySteps(task) + 1 + options.horizonSteps;
    if (end + task.knownAfterSteps > step) continue;
    days++;
    hits += eventInWindow(task, options, step, day);
  }
  return days > 0 ? hits / days : 0;
}

/** How many events became known within the last 24 h, as n / (n + 1); above 0 with one or more. */
function breachesLastDay(task: WarningTask, step: number): number {
  const { onsets, knownAfterSteps } = task;
  const knownBy = (last: number) => firstOnsetFrom(onsets, last - knownAfterSteps + 1);
  const count = knownBy(step) - knownBy(step - daySteps(task));
  return count / (count + 1);
}

/** 1 when an event that is known by `step` began useful to horizon steps after the same time `day` days before. */
function eventInWindow(task: WarningTask, options: WarningOptions, step: number, day: number): number {
  const { onsets, knownAfterSteps } = task;
  const begin = step - day * daySteps(task) + 1;
  const onset = onsets[firstOnsetFrom(onsets, begin + options.usefulSteps)] ?? Infinity;
  return onset <= Math.min(begin + options.horizonSteps, step - knownAfterSteps) ? 1 : 0;
}

/** 1 at or beyond the threshold, less by the distance relative to the threshold's size; 0 for a missing value. */
function nearness({ values, op, threshold }: WarningSignal, step: number): number {
  const missing = op === ">=" ? threshold - values[step]! : values[step]! - threshold;
  if (Number.isNaN(missing)) return 0;
  const size = threshold === 0 ? 1 : Math.abs(threshold);
  return Math.min(1, Math.max(0, 1 - missing / size));
}

/**
 * Least squares line through the last quarter of a horizon: 1 when it is at the threshold now, less the later it gets
 * there, 0 when not within the horizon or with fewer than 2 values.
 */
function lineToThreshold({ values, op, threshold }: WarningSignal, step: number, horizonSteps: number): number {
  const from = Math.max(0, step + 1 - Math.max(2, Math.round(horizonSteps / 4)));
  let [count, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (let t = from; t <= step; t++) {
    const y = values[t]!;
    if (Number.isNaN(y)) continue;
    const x = t - step;
    count++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  if (count < 2) return 0;
  const slope = (count * sumXY - sumX * sumY) / (count * sumXX - sumX * sumX);
  const now = (sumY - slope * sumX) / count;
  if (op === ">=" ? now >= threshold : now <= threshold) return 1;
  const leadSteps = (threshold - now) / slope;
  return leadSteps >= 0 && leadSteps <= horizonSteps ? 1 - leadSteps / (horizonSteps + 1) : 0;
}
