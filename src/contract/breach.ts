// Breach rules on a regular grid: where the condition holds, where an incident begins and how long it counts as open.
import { parseDuration } from "../base/index.ts";
import { intervalMs } from "./identity.ts";
import type { BreachRule, Contract } from "./schema.ts";

/** A breach rule in steps of the grid; both counts are at least 1. */
export interface BreachSteps {
  op: BreachRule["op"];
  threshold: number;
  /** Consecutive steps that must meet the condition. */
  forSteps: number;
  /** Consecutive steps that must not meet it before the next incident can begin. */
  clearSteps: number;
}

/** What {@link breachOnsets} finds, one byte (0 or 1) per step of the series. */
export interface BreachTrace {
  /** The step meets the condition. */
  condition: Uint8Array;
  /** An incident begins here. */
  onset: Uint8Array;
  /** An incident is open: from its onset up to and with the `clearSteps`-th step in a row without the condition. */
  active: Uint8Array;
}

/** The contract's breach rules with their durations in steps of its grid, in contract order. */
export function breachRuleSteps(contract: Contract): (BreachSteps & { id: string; metric: string })[] {
  const stepMs = intervalMs(contract);
  return contract.breachRules.map(({ id, metric, op, threshold, for: forText, clear }) => ({
    id,
    metric,
    op,
    threshold,
    forSteps: parseDuration(forText, `breachRules.${id}.for`) / stepMs,
    clearSteps: parseDuration(clear, `breachRules.${id}.clear`) / stepMs,
  }));
}

/**
 * Finds the incidents of one series under one rule. An onset is the first step of a run of at least `forSteps` steps
 * that meet the condition, when the `clearSteps` steps before the run do not meet it. A missing value (NaN) does not
 * meet the condition, and neither do the steps before the series begins.
 *
 * Beware of the future: whether step t is an onset, and so `active`, depends on the values up to t + forSteps - 1. What
 * reads the past of a forecast must use {@link onsetKnownAt}.
 * @param values One value per step of the grid, NaN where missing. [steps]
 */
export function breachOnsets(values: Float32Array | Float64Array, rule: BreachSteps): BreachTrace {
  const { op, threshold, forSteps, clearSteps } = rule;
  const steps = values.length;
  const condition = new Uint8Array(steps);
  const onset = new Uint8Array(steps);
  const active = new Uint8Array(steps);
  for (let t = 0; t < steps; t++) {
    const value = values[t]!;
    condition[t] = (op === ">=" ? value >= threshold : value <= threshold) ? 1 : 0;
  }
  let clear = clearSteps; // steps in a row without the condition, up to the step before t
  let open = false;
  for (let t = 0; t < steps; t++) {
    if (condition[t] === 1) {
      if (clear >= clearSteps && holdsFor(condition, t, forSteps)) {
        onset[t] = 1;
        open = true;
      }
      clear = 0;
    } else {
      clear += 1;
    }
    if (open) active[t] = 1;
    if (clear >= clearSteps) open = false;
  }
  return { condition, onset, active };
}

/** The first step at which an onset can be known: the step that completes its run of `forSteps`. */
export function onsetKnownAt(onsetStep: number, rule: BreachSteps): number {
  return onsetStep + rule.forSteps - 1;
}

function holdsFor(condition: Uint8Array, from: number, forSteps: number): boolean {
  if (from + forSteps > condition.length) return false;
  for (let t = from + 1; t < from + forSteps; t++) if (condition[t] === 0) return false;
  return true;
}
