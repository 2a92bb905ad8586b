// Times in which a server is away for other reasons than an incident: announced maintenance, and gaps of its collector.
import type { Rng } from "../../base/index.ts";
import { createRenewal, type Span } from "../load/renewal.ts";
import { between, DAY_MS, exponential, HOUR_MS, MINUTE_MS } from "../random.ts";

const MAINTENANCE_EVERY_DAYS = 30;
const ANNOUNCED_MS = DAY_MS;
const GAP_EVERY_DAYS = 3;

/** A maintenance window; the server is restarted in the middle of it. */
export interface Maintenance extends Span {
  /** When it is announced. */
  announcedMs: number;
  /** No rows while it restarts. */
  restart: Span;
}

/** Maintenance windows of a server, by night (UTC), about once a month. */
export function createMaintenance(rng: Rng, startMs: number): (timeMs: number) => Maintenance {
  return createRenewal(startMs, (afterMs) => {
    const day = Math.ceil((afterMs + ANNOUNCED_MS + exponential(rng, MAINTENANCE_EVERY_DAYS * DAY_MS)) / DAY_MS);
    const windowMs = day * DAY_MS + between(rng, 0.5, 3) * HOUR_MS;
    const endMs = windowMs + between(rng, 40, 100) * MINUTE_MS;
    const restartMs = windowMs + between(rng, 10, 20) * MINUTE_MS;
    return {
      announcedMs: windowMs - ANNOUNCED_MS,
      startMs: windowMs,
      endMs,
      restart: { startMs: restartMs, endMs: restartMs + between(rng, 4, 12) * MINUTE_MS },
    };
  });
}

/** Gaps of a server's collector: nothing arrives for some minutes, about every three days. */
export function createGaps(rng: Rng, startMs: number): (timeMs: number) => Span {
  return createRenewal(startMs, (afterMs) => {
    const gapMs = afterMs + exponential(rng, GAP_EVERY_DAYS * DAY_MS);
    return { startMs: gapMs, endMs: gapMs + between(rng, 5, 25) * MINUTE_MS };
  });
}
