// What goes wrong on a server, planned ahead: slow leaks of memory and disk, a daily batch that outgrows the machine,
// and gaps of the collector. The plan depends on the seed and the server alone, never on the sampling interval.
import type { Rng } from "../base/index.ts";
import type { Profile } from "./profiles.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A resource that slowly runs full and is then freed. */
export interface Leak {
  startMs: number;
  /** The ramp is full here; the leak then stays full until `endMs`. */
  fullMs: number;
  endMs: number;
  /** The server reports again from here: later than `endMs` when the process died. */
  backMs: number;
  /** Exponent of the ramp: below 1 it slows down, above 1 it speeds up. */
  shape: number;
  /** Level in percent where the ramp ends, before the limit at 100: above 90 unless the leak is caught. */
  fullPct: number;
  /** Somebody frees the resource before anything breaks. */
  caught: boolean;
}

/** A daily job: its height grows over `cycleDays` until it overloads the server and is tuned back. */
export interface Batch {
  /** Start within the UTC day. */
  offsetMs: number;
  holdMs: number;
  cycleDays: number;
  /** Day number since the epoch on which a cycle began. */
  cycleStartDay: number;
  /** CPU percent on the first and on the last day of a cycle. */
  lowPct: number;
  highPct: number;
}

/** A stretch without rows. */
export interface Gap {
  startMs: number;
  endMs: number;
}

/** Everything that goes wrong on one server. Leaks are in time order and do not overlap; gaps may. */
export interface Troubles {
  memoryLeaks: Leak[];
  diskFills: Leak[];
  batch: Batch | null;
  gaps: Gap[];
}

/** Plans the troubles of one server between two instants; some are under way when the span begins. */
export function planTroubles(rng: Rng, profile: Profile, startMs: number, endMs: number): Troubles {
  const memoryLeaks = planLeaks(rng.fork("memory"), startMs, endMs, {
    everyDays: profile.leakEveryDays,
    rampHours: [3, 20],
    holdHours: [0.25, 0.6],
    downMinutes: [4, 12],
    caughtShare: 0.2,
  });
  const diskFills = planLeaks(rng.fork("disk"), startMs, endMs, {
    everyDays: profile.diskFillEveryDays,
    rampHours: [12, 48],
    holdHours: [1, 4],
    downMinutes: [0, 0],
    caughtShare: 0.15,
  });
  const gaps = planGaps(rng.fork("collector"), startMs, endMs);
  for (const { endMs, backMs } of memoryLeaks) if (backMs > endMs) gaps.push({ startMs: endMs, endMs: backMs });
  return {
    memoryLeaks,
    diskFills,
    batch: planBatch(rng.fork("batch"), profile),
    gaps,
  };
}

interface LeakPlan {
  /** Mean days from the end of one to the start of the next. */
  everyDays: number;
  rampHours: readonly [number, number];
  holdHours: readonly [number, number];
  /** Time that the server is down after a leak that was not caught. */
  downMinutes: readonly [number, number];
  caughtShare: number;
}

function planLeaks(rng: Rng, startMs: number, endMs: number, plan: LeakPlan): Leak[] {
  const leaks: Leak[] = [];
  // Begins one mean gap early, so that the span starts in the middle of things.
  let time = startMs - plan.everyDays * DAY_MS + exponential(rng, plan.everyDays * DAY_MS);
  while (time < endMs) {
    const fullMs = time + between(rng, ...plan.rampHours) * HOUR_MS;
    const caught = rng.uniform() < plan.caughtShare;
    const leakEndMs = caught ? fullMs : fullMs + between(rng, ...plan.holdHours) * HOUR_MS;
    const leak: Leak = {
      startMs: time,
      fullMs,
      endMs: leakEndMs,
      backMs: caught ? leakEndMs : leakEndMs + between(rng, ...plan.downMinutes) * MINUTE_MS,
      shape: between(rng, 0.7, 1.4),
      fullPct: caught ? between(rng, 62, 84) : between(rng, 97, 104),
      caught,
    };
    if (leak.endMs > startMs) leaks.push(leak);
    time = leak.endMs + 4 * HOUR_MS + exponential(rng, plan.everyDays * DAY_MS);
  }
  return leaks;
}

function planBatch(rng: Rng, profile: Profile): Batch | null {
  if (rng.uniform() >= profile.batchShare) return null;
  return {
    offsetMs: profile.batchHour * HOUR_MS + between(rng, 0, 55) * MINUTE_MS,
    holdMs: between(rng, 40, 120) * MINUTE_MS,
    cycleDays: 4 + rng.integer(4),
    cycleStartDay: rng.integer(7),
    lowPct: between(rng, 30, 45),
    highPct: between(rng, 85, 110),
  };
}

function planGaps(rng: Rng, startMs: number, endMs: number): Gap[] {
  const gaps: Gap[] = [];
  let time = startMs + exponential(rng, 3 * DAY_MS);
  while (time < endMs) {
    const end = time + between(rng, 5, 25) * MINUTE_MS;
    gaps.push({ startMs: time, endMs: end });
    time = end + exponential(rng, 3 * DAY_MS);
  }
  return gaps;
}

/** Level that a leak has reached at `timeMs`, starting from `basePct`. */
export function leakLevel(leak: Leak, basePct: number, timeMs: number): number {
  const progress = Math.min(1, (timeMs - leak.startMs) / (leak.fullMs - leak.startMs));
  return basePct + (leak.fullPct - basePct) * progress ** leak.shape;
}

/** CPU percent that a batch adds at `timeMs`: 40 min up, a plateau, 10 min down. */
export function batchLevel(batch: Batch, timeMs: number): number {
  const sinceStart = (timeMs - batch.offsetMs + DAY_MS) % DAY_MS;
  const rise = sinceStart / (40 * MINUTE_MS);
  const fall = (40 * MINUTE_MS + batch.holdMs - sinceStart) / (10 * MINUTE_MS) + 1;
  const share = Math.min(1, rise, fall);
  if (share <= 0) return 0;
  const day = Math.floor((timeMs - sinceStart) / DAY_MS) - batch.cycleStartDay;
  const progress = (day % batch.cycleDays) / (batch.cycleDays - 1);
  return share * (batch.lowPct + (batch.highPct - batch.lowPct) * progress);
}

function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.uniform());
}
