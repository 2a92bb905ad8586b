// Which origins of a series can be forecast from: a full context on the grid, at least half of it observed.
import { ForewarnError } from "../base/index.ts";
import type { InputSpec } from "./input-spec.ts";
import type { PreparedSeries } from "./prepared-series.ts";
import { targetMetricIndices } from "./transform.ts";

/** Smallest share of context steps with a value of at least one target. */
export const MIN_OBSERVED_SHARE = 0.5;

/** What the context of a window holds, for reports beside a forecast. */
export interface ContextSummary {
  /** Start of the first context step and end of the origin's step, epoch milliseconds. */
  startMs: number;
  endMs: number;
  /** Share of the context steps without a value, parallel to `spec.targets`. */
  missingShares: number[];
}

/** Whether the context up to `origin` lies inside the series and at least half of its steps have a target value. */
export function hasEnoughHistory(spec: InputSpec, series: PreparedSeries, origin: number): boolean {
  const first = origin - spec.contextSteps + 1;
  if (first < 0 || origin >= series.steps) return false;
  return observedSteps(series, first, origin) >= MIN_OBSERVED_SHARE * spec.contextSteps;
}

/** Whether at least one target has a value in the horizon after `origin`. */
export function hasTruth(spec: InputSpec, series: PreparedSeries, origin: number): boolean {
  return observedSteps(series, origin + 1, Math.min(origin + spec.horizonSteps, series.steps - 1)) > 0;
}

/** @throws ForewarnError `insufficient_data` unless {@link hasEnoughHistory}. */
export function assertEnoughHistory(spec: InputSpec, series: PreparedSeries, origin: number): void {
  if (hasEnoughHistory(spec, series, origin)) return;
  const available = Math.max(0, Math.min(origin, series.steps - 1) + 1);
  const first = Math.max(0, available - spec.contextSteps);
  const observed = available === 0 ? 0 : observedSteps(series, first, available - 1);
  throw new ForewarnError(
    "insufficient_data",
    `${series.server}: Expected ${spec.contextSteps} steps of history with at least half of them observed, ` +
      `got ${Math.min(available, spec.contextSteps)} steps, ${observed} observed`,
    { hint: "wait for more data, or choose a later time or another server" },
  );
}

/** Describes the context that the window at `origin` reads. */
export function summarizeContext(spec: InputSpec, series: PreparedSeries, origin: number): ContextSummary {
  const first = origin - spec.contextSteps + 1;
  const missingShares = targetMetricIndices(spec).map((metric) => {
    const context = series.values[metric]!.subarray(Math.max(0, first), origin + 1);
    const present = context.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    return 1 - present / spec.contextSteps;
  });
  return {
    startMs: series.startMs + first * spec.intervalMs,
    endMs: series.startMs + (origin + 1) * spec.intervalMs,
    missingShares,
  };
}

function observedSteps(series: PreparedSeries, first: number, last: number): number {
  return last < first ? 0 : series.observedBefore[last + 1]! - series.observedBefore[first]!;
}
