// How one server differs from others of its profile.
import type { Rng } from "../../base/index.ts";
import { between, chance, MINUTE_MS, pick } from "../random.ts";
import type { Profile } from "./profiles.ts";

/** Time zones of a fleet's users, in the proportion of their repetition. */
const ZONES = ["Europe/Berlin", "Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Singapore"];
const PROBLEM_SHARE = 0.08;

/** What is particular to a server. */
export interface Personality {
  /** Time zone of its users; the same for a whole service. */
  zone: string;
  /** Factor on its load. */
  load: number;
  memPct: number;
  diskPct: number;
  /** How much later than its profile's its day begins. */
  shiftMs: number;
  /** Offset of its clock from the true time. In [-1, 1], as a share of the fleet's largest skew. */
  clockSkew: number;
  /** Fails three times as often as others. */
  problemChild: boolean;
  /** The daily job, when it has one: local start, length and CPU. */
  batch: { startMs: number; lengthMs: number; cpuPct: number } | null;
  /** Start of the nightly backup, local time of day. */
  backupMs: number;
}

/** Draws a personality; the time zone comes from the service's source, everything else from the server's own. */
export function drawPersonality(profile: Profile, serviceRng: Rng, rng: Rng): Personality {
  const { share, hour, minutes, cpuPct } = profile.batch;
  const batch = {
    startMs: hour * 60 * MINUTE_MS + between(rng, 0, 50) * MINUTE_MS,
    lengthMs: between(rng, ...minutes) * MINUTE_MS,
    cpuPct: between(rng, ...cpuPct),
  };
  return {
    zone: pick(serviceRng, ZONES),
    load: between(rng, 0.8, 1.15),
    memPct: between(rng, -5, 5),
    diskPct: between(rng, -8, 8),
    shiftMs: between(rng, -45, 45) * MINUTE_MS,
    clockSkew: between(rng, -1, 1),
    problemChild: chance(rng, PROBLEM_SHARE),
    batch: chance(rng, share) ? batch : null,
    backupMs: between(rng, 0.5, 4.5) * 60 * MINUTE_MS,
  };
}
