// Which forecasts are scored. A scored forecast stays in memory until its horizon is over, so a large fleet is scored less
// often; the servers take turns, so that every tick scores about the same number.
import { fnv1a } from "../base/index.ts";

/** How forecasts are chosen. */
export interface SamplingOptions {
  stepMs: number;
  /** A server's turn comes at most this often. */
  everyMs: number;
  /** Forecasts that may be open at a time. */
  most: number;
}

/** Whether a server's forecast at a boundary is scored, in a fleet of `servers` and with a horizon of `horizonSteps`. */
export type ScoreSampling = (server: string, boundaryMs: number, servers: number, horizonSteps: number) => boolean;

/** Makes the choice; it depends on nothing but its arguments. */
export function createScoreSampling({ stepMs, everyMs, most }: SamplingOptions): ScoreSampling {
  return (server, boundaryMs, servers, horizonSteps) => {
    const turnSteps = Math.max(1, Math.ceil(everyMs / stepMs), Math.ceil((servers * horizonSteps) / most));
    return Math.floor(boundaryMs / stepMs) % turnSteps === fnv1a(server) % turnSteps;
  };
}
