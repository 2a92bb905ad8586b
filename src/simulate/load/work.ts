// The work of one server beside its users: jobs that come at random, a daily job, the nightly backup, deploys.
import type { Rng } from "../../base/index.ts";
import type { Personality } from "../fleet/personality.ts";
import type { JobHabit, Profile } from "../fleet/profiles.ts";
import { between, DAY_MS, exponential, HOUR_MS, logBetween, MINUTE_MS } from "../random.ts";
import { utcOffsetMs } from "./calendar.ts";
import { createRenewal, plateau, type Span } from "./renewal.ts";

const EDGE_MS = 8 * MINUTE_MS;
const BACKUP_MS = 40 * MINUTE_MS;
const DEPLOY_EVERY_DAYS = 9;
/** A deploy restarts the service: the first minutes after it are slow and the memory starts small. */
const DEPLOY_MS = 15 * MINUTE_MS;

/** What the work adds to a server at an instant. */
export interface Work {
  cpuPct: number;
  memPct: number;
  /** Disk and network traffic as shares of that of a full load. */
  diskShare: number;
  netInShare: number;
  netOutShare: number;
  /** Share of a deploy's disturbance: 1 right after it, falling to 0. */
  deploy: number;
  /** Start of the running deploy. */
  deployMs: number;
}

/** The work of a server; times asked for must not go back. The object returned is the same every time. */
export function createWork(
  rng: Rng,
  profile: Profile,
  personality: Personality,
  startMs: number,
): (timeMs: number) => Readonly<Work> {
  const jobAt = profile.jobs === null ? null : createJobs(rng.fork("jobs"), profile.jobs, startMs);
  const deployAt = createDeploys(rng.fork("deploys"), startMs);
  const { batch, backupMs, zone } = personality;
  const work: Work = { cpuPct: 0, memPct: 0, diskShare: 0, netInShare: 0, netOutShare: 0, deploy: 0, deployMs: 0 };
  const backup = { startMs: backupMs, lengthMs: BACKUP_MS };
  return (timeMs) => {
    const localMs = timeMs + utcOffsetMs(zone, timeMs);
    const job = jobAt?.(timeMs);
    const jobShare = job === undefined ? 0 : plateau(job, EDGE_MS, timeMs);
    const batchShare = batch === null ? 0 : dailyShare(batch, localMs);
    const backupShare = dailyShare(backup, localMs);
    const deploy = deployAt(timeMs);
    work.cpuPct = jobShare * (job?.cpuPct ?? 0) + batchShare * (batch?.cpuPct ?? 0) + 5 * backupShare;
    work.memPct = jobShare * (job?.memPct ?? 0) + 3 * batchShare;
    work.diskShare = 0.5 * jobShare + 0.8 * batchShare + 0.9 * backupShare;
    work.netInShare = 0.3 * jobShare + 0.6 * batchShare;
    work.netOutShare = 0.2 * batchShare + 0.7 * backupShare;
    work.deploy = timeMs < deploy.startMs ? 0 : 1 - (timeMs - deploy.startMs) / DEPLOY_MS;
    work.deployMs = deploy.startMs;
    return work;
  };
}

interface Job extends Span {
  cpuPct: number;
  memPct: number;
}

function createJobs(rng: Rng, habit: JobHabit, startMs: number): (timeMs: number) => Job {
  return createRenewal(startMs, (afterMs) => {
    const jobStartMs = afterMs + exponential(rng, habit.everyHours * HOUR_MS);
    return {
      startMs: jobStartMs,
      endMs: jobStartMs + habit.medianHours * logBetween(rng, 1 / 3, 3) * HOUR_MS,
      cpuPct: habit.cpuPct * between(rng, 0.75, 1.1),
      memPct: habit.memPct * between(rng, 0.5, 1.1),
    };
  });
}

/** Deploys come on working days between 10 and 16 o'clock UTC. */
function createDeploys(rng: Rng, startMs: number): (timeMs: number) => Span {
  return createRenewal(startMs, (afterMs) => {
    let day = Math.floor((afterMs + exponential(rng, DEPLOY_EVERY_DAYS * DAY_MS)) / DAY_MS) + 1;
    while ([0, 6].includes(new Date(day * DAY_MS).getUTCDay())) day++;
    const deployMs = day * DAY_MS + between(rng, 10, 16) * HOUR_MS;
    return { startMs: deployMs, endMs: deployMs + DEPLOY_MS };
  });
}

function dailyShare(job: { startMs: number; lengthMs: number }, localMs: number): number {
  const sinceStartMs = (localMs - job.startMs + DAY_MS) % DAY_MS;
  if (sinceStartMs >= job.lengthMs) return 0;
  return Math.min(1, sinceStartMs / EDGE_MS, (job.lengthMs - sinceStartMs) / EDGE_MS);
}
