// The time grid of an InputSpec: how many of its steps make an hour and a day, how far back a window reads, and which
// earlier step a seasonal lag points to.
import type { InputSpec } from "./input-spec.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Days whose same time of day feeds the daily profile and the quantiles of daily lags. */
const MAX_LAG_DAYS = 7;

/** Steps of 24 h. */
export function stepsPerDay(spec: Pick<InputSpec, "intervalMs">): number {
  return DAY_MS / spec.intervalMs;
}

/** Steps of an hour, at least 1. */
export function stepsPerHour(spec: Pick<InputSpec, "intervalMs">): number {
  return Math.max(1, Math.round(HOUR_MS / spec.intervalMs));
}

/** Previous days used by daily profiles: as many as `historySteps` holds, 1 to 7. */
export function lagDays(spec: Pick<InputSpec, "intervalMs" | "historySteps">): number {
  return Math.min(MAX_LAG_DAYS, Math.max(1, Math.floor(spec.historySteps / stepsPerDay(spec))));
}

/**
 * Steps up to and including the origin that inputs can depend on; more history than this changes nothing but the state
 * of a breach that began earlier. Whoever forecasts reads at least this much when it is there.
 */
export function requiredHistorySteps(spec: InputSpec): number {
  return spec.historySteps + Math.max(spec.contextSteps, spec.horizonSteps);
}

/**
 * The step that a seasonal lag of the step `origin + offset` points to: the same phase of `period`, the most recent
 * multiple of it that is not after the origin (one period back for steps up to the origin).
 */
export function lagIndex(origin: number, offset: number, period: number): number {
  return origin + offset - (offset <= period ? period : period * Math.ceil(offset / period));
}

/**
 * Quantiles and deviations of the whole history read every n-th step: the smallest n from 5 up without a common divisor
 * with the steps of a day, so that every time of day is met and an hourly job is not always missed.
 */
export function historyStride(spec: Pick<InputSpec, "intervalMs">): number {
  const day = stepsPerDay(spec);
  let stride = 5;
  while (greatestCommonDivisor(day, stride) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
