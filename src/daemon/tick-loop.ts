// The loop that makes ticks: waits, looks at the clock again, makes the tick that is due.
import { lookForTick, newestTick, type PlannedTick, type TickSchedule } from "./tick-schedule.ts";

/** What the loop needs. */
export interface TickLoopOptions {
  schedule: TickSchedule;
  /** Epoch milliseconds; may jump. */
  now: () => number;
  /** Resolves after a time, at once when the signal is aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Makes one tick. What it throws ends the loop. */
  run: (tick: PlannedTick) => Promise<void>;
  /** Called when ticks were skipped. */
  onOverrun: (skipped: number) => void;
}

/** A running loop. */
export interface TickLoop {
  /** When the next tick comes. */
  nextMs(): number;
  /** Ends the loop; resolves once a tick that is being made is over. */
  stop(): Promise<void>;
  /** Settles when the loop has ended; rejects with what a tick threw. */
  ended: Promise<void>;
}

/** The clock is looked at again after so long, since timers do not see when it is set. */
const LONGEST_WAIT_MS = 1000;

/** Starts the loop. */
export function startTickLoop({ schedule, now, wait, run, onOverrun }: TickLoopOptions): TickLoop {
  const stopping = new AbortController();
  const { signal } = stopping;
  // The tick of the present interval is still made.
  let planned = newestTick(schedule, now());

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const nowMs = now();
      const { due, next, skipped } = lookForTick(schedule, planned, nowMs);
      planned = next;
      if (due === null) {
        await wait(Math.min(LONGEST_WAIT_MS, next.atMs - nowMs), signal);
        continue;
      }
      if (skipped > 0) onOverrun(skipped);
      await run(due);
    }
  };
  const ended = loop();
  // Who waits for `ended` sees the error; without a waiter it must not count as unhandled before.
  ended.catch(() => undefined);
  return {
    nextMs: () => planned.atMs,
    async stop() {
      stopping.abort();
      await ended.catch(() => undefined);
    },
    ended,
  };
}
