// The daemon's clock, by which all ages are told. A simulated feed runs at many times the speed of time.
import { signal } from "@preact/signals";
import type { Status } from "./types.ts";

let speed = 1;
let known = { daemonMs: Date.now(), atMs: Date.now() };

/** The daemon's present time in epoch milliseconds. */
export function daemonNow(): number {
  return known.daemonMs + (Date.now() - known.atMs) * speed;
}

/** The present time of the daemon, once a second: what shows an age reads this. */
export const nowMs = signal(daemonNow());
setInterval(() => {
  if (!document.hidden) nowMs.value = daemonNow();
}, 1000);

/** Sets the clock by an answer that was just read. @param daemonMs The daemon's time when it answered. */
export function follow(daemonMs: number, { demo }: Status): void {
  speed = demo?.speed ?? 1;
  known = { daemonMs, atMs: Date.now() };
  nowMs.value = daemonNow();
}
