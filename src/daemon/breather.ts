// Long work in short slices, so that requests are answered in between.
import { setImmediate as nextTurn } from "node:timers/promises";

/** Called between pieces of work: gives the event loop a turn once the slice is used up. */
export type Breather = () => Promise<void>;

/** Makes a breather. @param sliceMs Longest work without a turn. @param now A clock in milliseconds that never jumps. */
export function createBreather(sliceMs = 8, now: () => number = () => performance.now()): Breather {
  let startMs = now();
  return async () => {
    if (now() - startMs < sliceMs) return;
    await nextTurn();
    startMs = now();
  };
}
