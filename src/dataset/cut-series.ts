// A stretch of a prepared series as a series of its own, so that a few windows can be kept without all that lies around.
import { requiredHistorySteps } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import type { PreparedSeries } from "./prepared-series.ts";
import type { WindowPlace } from "./windows.ts";

/**
 * The same windows over a copy of only those steps that they read, with their horizons and what confirms the last onset.
 * @param places Windows of one series; at least one.
 */
export function cutToWindows(spec: InputSpec, places: readonly WindowPlace[]): WindowPlace[] {
  const { series } = places[0]!;
  const origins = places.map(({ origin }) => origin);
  const confirmSteps = Math.max(0, ...spec.breachRules.map(({ forSteps }) => forSteps));
  const first = Math.max(0, Math.min(...origins) + 1 - requiredHistorySteps(spec));
  const end = Math.min(series.steps, Math.max(...origins) + 1 + spec.horizonSteps + confirmSteps);
  const cut = cutSeries(spec, series, first, end);
  return origins.map((origin) => ({ series: cut, origin: origin - first }));
}

function cutSeries(spec: InputSpec, series: PreparedSeries, first: number, end: number): PreparedSeries {
  const observedFirst = series.observedBefore[first]!;
  return {
    server: series.server,
    labels: series.labels,
    startMs: series.startMs + first * spec.intervalMs,
    steps: end - first,
    values: series.values.map((values) => values.slice(first, end)),
    observedBefore: series.observedBefore.slice(first, end + 1).map((count) => count - observedFirst),
    breaches: series.breaches.map(({ onsets, condition, active }) => ({
      onsets: onsets.filter((step) => step >= first && step < end).map((step) => step - first),
      condition: condition.slice(first, end),
      active: active.slice(first, end),
    })),
  };
}
