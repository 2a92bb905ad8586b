// What the daemon needs of the world around it; tests and the demo give it another clock.
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ResolveHost } from "../alert/index.ts";
import type { Log } from "./log.ts";

/** See {@link realWorld}. */
export interface World {
  /** Epoch milliseconds. */
  now: () => number;
  /** Epoch milliseconds of the wall, also where `now` runs faster: connections wait in real time. */
  wallNow: () => number;
  /** Resolves after a time of this clock, at once when the signal is aborted, but never in the same turn. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Finds the addresses of a webhook's host. */
  resolve: ResolveHost;
  /** For jitter. */
  seed: number;
  log: Log;
  /** Called once for a fault after which the daemon cannot go on: the process should end. */
  onFatal: (error: unknown) => void;
}

/** The world as it is. @param speed How many times faster the clock runs from now on; 1 for real time. */
export function realWorld({ log, seed, onFatal }: Pick<World, "log" | "seed" | "onFatal">, speed = 1): World {
  const beganMs = Date.now();
  return {
    now: speed === 1 ? () => Date.now() : () => beganMs + (Date.now() - beganMs) * speed,
    wallNow: () => Date.now(),
    wait: async (ms, signal) => {
      await sleep(ms / speed, undefined, { signal }).catch(() => undefined);
    },
    resolve: (host) => lookup(host, { all: true }),
    seed,
    log,
    onFatal,
  };
}
