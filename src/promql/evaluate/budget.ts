// What a query may still spend: time, samples and values. Long work asks it now and then, so that a query ends when it
// should and the event loop gets its turns.
import { setImmediate as nextTurn } from "node:timers/promises";
import { ForewarnError } from "../../base/index.ts";
import { queryFailed } from "../errors.ts";
import type { QueryOptions } from "../options.ts";

/** The spending of one query. Every method throws a ForewarnError once a limit is passed. */
export interface Budget {
  /** Counts samples read from the source. */
  takeSamples(count: number): void;
  /** Counts values that are about to be computed. */
  takePoints(count: number): void;
  /** Counts steps of work of about a nanosecond to ten, and looks at the clock now and then; true when a pause is due. */
  work(units: number): boolean;
  /** Gives the event loop a turn if it has waited long enough, and looks at the clock. */
  pause(): Promise<void>;
  /** Waits for work elsewhere, which is told by the signal when nobody waits any more; an error after that is the query's. */
  wait<T>(work: (signal: AbortSignal) => Promise<T> | T): Promise<T>;
}

/** Longest stretch without a turn of the event loop. */
const SLICE_MS = 8;
/** Longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const UNITS_PER_LOOK = 200_000;

/** Opens the budget of a query that starts now. */
export function openBudget(options: QueryOptions): Budget {
  const { now, timeoutMs, signal, maxSamples, maxPoints } = options;
  const deadlineMs = now() + timeoutMs;
  let sliceMs = now();
  let samples = 0;
  let points = 0;
  let units = 0;
  const timedOut = () => new ForewarnError("query_timeout", `query: Expected an end within ${timeoutMs} ms, got none`);
  const look = () => {
    if (signal?.aborted) throw new ForewarnError("query_canceled", "query: Expected to be waited for, got aborted");
    if (now() > deadlineMs) throw timedOut();
  };
  return {
    takeSamples(count) {
      samples += count;
      if (samples > maxSamples) throw queryFailed(`at most ${maxSamples} samples to read`, "more", "");
    },
    takePoints(count) {
      points += count;
      if (points > maxPoints) throw queryFailed(`at most ${maxPoints} values to compute`, "more", "");
    },
    work(count) {
      units += count;
      if (units < UNITS_PER_LOOK) return false;
      units = 0;
      look();
      return now() - sliceMs >= SLICE_MS;
    },
    async pause() {
      look();
      if (now() - sliceMs < SLICE_MS) return;
      await nextTurn();
      sliceMs = now();
      look();
    },
    async wait(work) {
      const late = AbortSignal.timeout(Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(deadlineMs - now()))));
      try {
        return await work(signal === undefined ? late : AbortSignal.any([signal, late]));
      } catch (error) {
        if (late.aborted) throw timedOut();
        look();
        throw error;
      }
    },
  };
}
