// The incidents of one server under one rule, found step by step: the incremental form of the contract's breachOnsets.
import type { BreachSteps } from "../../contract/index.ts";

/** Where a rule stands after its last step: plain data. */
export interface RuleTrack {
  /** Steps in a row without the condition, counted up to the rule's `clearSteps`. */
  clearSteps: number;
  /** An incident is open at the last step, as in BreachTrace. */
  active: boolean;
  /** Onsets and observed steps so far. */
  onsets: number;
  observed: number;
}

/** A rule before its first step: clear for long. */
export function startRuleTrack({ clearSteps }: BreachSteps): RuleTrack {
  return { clearSteps, active: false, onsets: 0, observed: 0 };
}

/**
 * Takes one step more.
 * @param valueAt The value of the step (0) and of those after it, up to forSteps - 1; undefined where missing.
 * @returns Whether an incident begins at this step.
 */
export function advanceRuleTrack(
  track: RuleTrack,
  rule: BreachSteps,
  valueAt: (stepsAhead: number) => number | undefined,
): boolean {
  const holds = (stepsAhead: number): boolean => {
    const value = valueAt(stepsAhead);
    return value !== undefined && (rule.op === ">=" ? value >= rule.threshold : value <= rule.threshold);
  };
  const clear = track.clearSteps === rule.clearSteps;
  if (clear) track.active = false;
  if (valueAt(0) !== undefined) track.observed++;
  if (!holds(0)) {
    track.clearSteps = Math.min(track.clearSteps + 1, rule.clearSteps);
    return false;
  }
  let onset = clear;
  for (let ahead = 1; onset && ahead < rule.forSteps; ahead++) onset = holds(ahead);
  track.clearSteps = 0;
  if (onset) {
    track.active = true;
    track.onsets++;
  }
  return onset;
}

/** Whether the track is as {@link startRuleTrack} left it, apart from its counts. */
export function isAtRest(track: RuleTrack, rule: BreachSteps): boolean {
  return !track.active && track.clearSteps === rule.clearSteps;
}
