// Clocks of servers that are a little off: the timestamps of their rows, not the rows themselves.
import type { Personality } from "../fleet/personality.ts";

/** How far a server's clock is ahead of the true time; at most `largestMs` in either direction, whole milliseconds. */
export function skewMsOf({ clockSkew }: Personality, largestMs: number): number {
  return Math.round(clockSkew * largestMs);
}
