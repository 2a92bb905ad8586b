// Finds breaches of one rule in rows as they come, with the same result as `breachOnsets` on the finished grid.
import type { BreachSteps } from "../../contract/index.ts";

/** A breach: from the start of its first step to the end of the last step that met the condition. */
export interface TrackedBreach<Cause> {
  startMs: number;
  endMs: number;
  /** What was under way when it began. */
  cause: Cause;
}

/** Tracks one series under one rule. */
export interface BreachTracker<Cause> {
  /** Takes the next value; `cause` is what is under way. */
  add(timeMs: number, value: number, cause: Cause): void;
  /** All breaches so far, the last one perhaps still open; call once the series is over. */
  finish(): TrackedBreach<Cause>[];
}

/** @param stepMs Length of a step of the contract's grid: values are averaged over it. */
export function createBreachTracker<Cause>(rule: BreachSteps, stepMs: number): BreachTracker<Cause> {
  const { op, threshold, forSteps, clearSteps } = rule;
  const breaches: TrackedBreach<Cause>[] = [];
  let step = Number.NaN;
  let sum = 0;
  let count = 0;
  let stepCause: Cause;
  let clear = clearSteps;
  let run = 0;
  let runStartMs = 0;
  let runCause: Cause;
  let mayBegin = false;
  let open = false;

  const close = (): void => {
    const mean = sum / count;
    if (op === ">=" ? mean >= threshold : mean <= threshold) {
      if (run === 0) {
        mayBegin = clear >= clearSteps;
        runStartMs = step * stepMs;
        runCause = stepCause;
      }
      run += 1;
      clear = 0;
      if (run === forSteps && mayBegin) {
        breaches.push({ startMs: runStartMs, endMs: 0, cause: runCause });
        open = true;
      }
      if (open) breaches.at(-1)!.endMs = (step + 1) * stepMs;
    } else {
      skip(1);
    }
  };
  const skip = (steps: number): void => {
    if (steps === 0) return;
    run = 0;
    clear += steps;
    if (clear >= clearSteps) open = false;
  };

  return {
    add(timeMs, value, cause) {
      const next = Math.floor(timeMs / stepMs);
      if (next !== step) {
        if (count > 0) {
          close();
          skip(next - step - 1);
        }
        step = next;
        sum = 0;
        count = 0;
        stepCause = cause;
      }
      sum += value;
      count += 1;
    },
    finish() {
      if (count > 0) close();
      count = 0;
      return breaches;
    },
  };
}
