// A series ready for windows to be cut from it: values in transformed space and everything about breaches that does not
// depend on the window, computed once per series.
import { breachOnsets } from "../contract/index.ts";
import type { Series } from "../store/index.ts";
import type { BreachRuleSpec, InputSpec } from "./input-spec.ts";
import { targetMetricIndices, transformColumn } from "./transform.ts";

/** One server's series in the space the model works in. */
export interface PreparedSeries {
  server: string;
  labels: Record<string, string | null>;
  /** Start of the first step, epoch milliseconds. */
  startMs: number;
  steps: number;
  /** One array `[steps]` per metric of the spec, in transformed space; NaN is missing. */
  values: Float32Array[];
  /** How many steps before step i have a value of at least one target.   [steps + 1] */
  observedBefore: Uint32Array;
  /** One entry per breach rule of the spec. */
  breaches: PreparedBreach[];
}

/** Where one breach rule held in a series. What is known at an origin is decided by {@link lastKnownOnset}. */
export interface PreparedBreach {
  /** First steps of incidents, increasing; each is known only `forSteps - 1` steps later. */
  onsets: Int32Array;
  /** 1 where the condition holds.   [steps] */
  condition: Uint8Array;
  /** 1 while an incident is open.   [steps] */
  active: Uint8Array;
}

/**
 * Transforms a series and finds its breaches.
 * @param series Columns in the order of the contract that `spec` was made from.
 */
export function prepareSeries(spec: InputSpec, series: Series): PreparedSeries {
  const raw = spec.metricColumns.map((column) => series.values[column]!);
  const values = raw.map((column, m) => transformColumn(spec.transforms[m]!, spec.ranges[m]!, column));
  const targets = targetMetricIndices(spec).map((m) => values[m]!);
  return {
    server: series.server,
    labels: series.labels,
    startMs: series.startMs,
    steps: series.steps,
    values,
    observedBefore: countObserved(targets, series.steps),
    breaches: spec.breachRules.map((rule) => prepareBreach(raw[spec.metrics.indexOf(rule.metric)]!, rule)),
  };
}

/** Bytes that a prepared series keeps in memory per step, the columns read for it included. */
export function preparedBytesPerStep(spec: InputSpec, contractMetrics: number): number {
  return 4 * (contractMetrics + spec.metrics.length + 1) + 2 * spec.breachRules.length;
}

/** How many onsets begin in the steps `first` to `last`, both included. */
export function countOnsets(breach: PreparedBreach, first: number, last: number): number {
  return Math.max(0, onsetsUpTo(breach, last) - onsetsUpTo(breach, first - 1));
}

/** The latest onset that is complete at `origin`, or -1. */
export function lastKnownOnset(breach: PreparedBreach, rule: BreachRuleSpec, origin: number): number {
  const count = onsetsUpTo(breach, origin - rule.forSteps + 1);
  return count === 0 ? -1 : breach.onsets[count - 1]!;
}

function onsetsUpTo({ onsets }: PreparedBreach, step: number): number {
  let low = 0;
  let high = onsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (onsets[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

function prepareBreach(values: Float32Array, rule: BreachRuleSpec): PreparedBreach {
  const { onset, condition, active } = breachOnsets(values, rule);
  const onsets: number[] = [];
  for (let t = 0; t < onset.length; t++) if (onset[t] === 1) onsets.push(t);
  return { onsets: Int32Array.from(onsets), condition, active };
}

function countObserved(targets: readonly Float32Array[], steps: number): Uint32Array {
  const before = new Uint32Array(steps + 1);
  for (const values of targets) {
    for (let t = 0; t < steps; t++) if (!Number.isNaN(values[t]!)) before[t + 1] = 1;
  }
  for (let t = 0; t < steps; t++) before[t + 1]! += before[t]!;
  return before;
}
