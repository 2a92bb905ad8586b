// A world whose clock moves only when everything waits for it, so that hours of a daemon's life pass in seconds.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { World } from "../../src/daemon/index.ts";

/** A logged event. */
export interface LoggedEvent {
  level: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** See {@link createFakeWorld}. */
export interface FakeWorld {
  world: World;
  logged: LoggedEvent[];
  faults: unknown[];
  /** Sets the clock without anyone noticing before the next look. */
  jump(toMs: number): void;
  /** Lets time pass; `each` is called at every whole step of it, before the daemon sees that time. */
  pass(ms: number, each?: (timeMs: number) => Promise<void>, stepMs?: number): Promise<void>;
}

/** Makes a world. @param sleepers How many loops the daemon has: the clock moves when all of them wait. */
export function createFakeWorld(startMs: number, sleepers: number): FakeWorld {
  let nowMs = startMs;
  const waiting = new Set<{ dueMs: number; wake: () => void }>();
  const logged: LoggedEvent[] = [];
  const faults: unknown[] = [];
  const world: World = {
    now: () => nowMs,
    wallNow: () => nowMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(entry);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const entry = { dueMs: nowMs + ms, wake };
        waiting.add(entry);
        if (signal.aborted) wake();
        else signal.addEventListener("abort", wake);
      }),
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    seed: 1,
    log: (level, message, fields = {}) => void logged.push({ level, message, fields }),
    onFatal: (error) => void faults.push(error),
  };
  const settle = async (): Promise<void> => {
    while (waiting.size < sleepers && faults.length === 0) await nextTurn();
    if (faults.length > 0) throw faults[0];
  };
  return {
    world,
    logged,
    faults,
    jump(toMs) {
      nowMs = toMs;
    },
    async pass(ms, each, stepMs = 300_000) {
      const endMs = nowMs + ms;
      let stepAtMs = Math.ceil((nowMs + 1) / stepMs) * stepMs;
      for (;;) {
        await settle();
        const due = [...waiting].sort((a, b) => a.dueMs - b.dueMs);
        const nextMs = Math.min(due[0]!.dueMs, stepAtMs);
        if (nextMs > endMs) break;
        nowMs = nextMs;
        if (nextMs === stepAtMs) {
          await each?.(stepAtMs);
          stepAtMs += stepMs;
        }
        for (const entry of due) if (entry.dueMs <= nowMs) entry.wake();
      }
      nowMs = endMs;
    },
  };
}
