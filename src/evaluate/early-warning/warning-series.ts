// What an early warning is scored on: the true events of one server under one rule, the moments of decision, and what
// was known at each of them. A step ends where the next begins; a decision at step d is made at the end of d.
import { type BreachSteps, breachOnsets, onsetKnownAt } from "../../contract/index.ts";

/** The truth about one server under one rule, and the decisions that are asked for. */
export interface WarningTask {
  server: string;
  rule: string;
  intervalMs: number;
  /** Steps of data: events after them are not known. */
  steps: number;
  /** First steps of the true events (onsets of a breach rule, or labelled incidents), increasing. */
  onsets: Int32Array;
  /** An event that begins in step s is known at the end of step s + knownAfterSteps, not before. */
  knownAfterSteps: number;
  /** Per onset what it came from, null where the truth does not say; null where there is no truth at all. */
  causes: readonly (OnsetCause | null)[] | null;
  /** Steps at whose end a decision is made, increasing. */
  decisionSteps: Int32Array;
  /** Regular distance of decisions in steps: the time that one decision stands for. */
  decisionEverySteps: number;
  /** The measured value that the rule watches; null for labelled incidents. */
  signal: WarningSignal | null;
}

/** What an event came from. */
export interface OnsetCause {
  /** Kind of incident: memory_leak. */
  kind: string;
  /** Whether it has a precursor that a forecast could see. */
  foreseeable: boolean;
}

/** A value that breaches when it reaches a threshold. */
export interface WarningSignal {
  /** In the unit of the threshold, NaN where missing.   [steps] */
  values: Float32Array;
  op: BreachSteps["op"];
  threshold: number;
}

/** A task with the answers of one method. */
export interface WarningSeries extends WarningTask {
  /** Score of "an event begins within the horizon", higher is likelier; NaN where there is no decision.   [decisions] */
  probability: Float32Array;
}

/** What a warning claims: an event between `usefulSteps` and `horizonSteps` ahead, both included. */
export interface WarningOptions {
  horizonSteps: number;
  usefulSteps: number;
}

/** When decisions are made: at the ends of the steps `first`, `first + every`, ... up to `last`. */
export interface DecisionTimes {
  first: number;
  last: number;
  every: number;
}

/**
 * The task of warning of a breach rule.
 * @param values The rule's metric in its own unit, NaN where missing.   [steps]
 */
export function breachWarningTask(
  server: string,
  values: Float32Array,
  rule: BreachSteps & { id: string },
  intervalMs: number,
  { first, last, every }: DecisionTimes,
): WarningTask {
  const { onset } = breachOnsets(values, rule);
  const onsets: number[] = [];
  for (let t = 0; t < onset.length; t++) if (onset[t] === 1) onsets.push(t);
  return {
    server,
    rule: rule.id,
    intervalMs,
    steps: values.length,
    onsets: Int32Array.from(onsets),
    knownAfterSteps: onsetKnownAt(0, rule),
    causes: null,
    decisionSteps: Int32Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every),
    decisionEverySteps: every,
    signal: { values, op: rule.op, threshold: rule.threshold },
  };
}

/**
 * Whether decision `index` is scored: the method made one, and the data reach to the end of its horizon. What must not
 * count (a horizon without observations, an incident that was averted) is masked by a probability of NaN.
 */
export function isScored(series: WarningSeries, index: number, { horizonSteps }: WarningOptions): boolean {
  return !Number.isNaN(series.probability[index]!) && series.decisionSteps[index]! + 1 + horizonSteps < series.steps;
}

/** The first onset at or after step `step` as an index into `onsets`; their number if there is none. */
export function firstOnsetFrom(onsets: Int32Array, step: number): number {
  let low = 0;
  let high = onsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (onsets[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
