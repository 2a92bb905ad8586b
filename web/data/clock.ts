// The daemon's clock, by which all ages are told. A simulated feed runs at many times the speed of time.
import { signal } from "@preact/signals";
import type { ServerItem, Status } from "./types.ts";

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

/** Sets the clock by an answer that was just read: the age of a forecast's data says what time it is. */
export function follow(servers: readonly ServerItem[], { demo }: Status): void {
  speed = demo?.speed ?? 1;
  const prediction = servers.find((server) => server.prediction !== undefined)?.prediction;
  const newest = Math.max(0, ...servers.map(({ lastSeenAt }) => Date.parse(lastSeenAt)));
  if (prediction) known = { daemonMs: Date.parse(prediction.dataAt) + prediction.dataAgeMs, atMs: Date.now() };
  // Without a forecast nothing tells the time of a simulated feed but its rows.
  else if (demo !== null && newest > 0) known = { daemonMs: newest, atMs: Date.now() };
  nowMs.value = daemonNow();
}
