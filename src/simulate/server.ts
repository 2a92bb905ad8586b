// One simulated server: load, noise and troubles become a row of fleet/4.0 at each instant. Metrics hang together: CPU
// drives the run queue and latency, memory drives garbage collection, load drives network and disk traffic.
import type { Rng } from "../base/index.ts";
import { loadAt } from "./load.ts";
import { createNoise } from "./noise.ts";
import type { Profile } from "./profiles.ts";
import { batchLevel, type Leak, leakLevel, type Troubles } from "./troubles.ts";

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** Time constants of the noises, in minutes. */
const NOISE_MINUTES = { drift: 2880, demand: 40, cpu: 6, mem: 180, disk: 10, net: 10, latency: 8, gc: 15, error: 12 };

/** One row. Metrics bear the names of fleet/4.0. */
export interface ServerRow {
  /** What an operator could have reported at that time: nothing in it looks ahead. */
  state: string;
  metrics: Record<string, number>;
  notes: string | null;
}

/**
 * Makes a server that is stepped forward in time.
 * @returns A function to be called once for each instant of the grid in order; undefined means that no row arrives.
 */
export function createServer(
  rng: Rng,
  profile: Profile,
  troubles: Troubles,
  intervalMs: number,
): (timeMs: number) => ServerRow | undefined {
  const own = drawPersonality(rng.fork("personality"));
  const sampleNoise = createNoises(rng, intervalMs);
  return (timeMs) => {
    const noise = sampleNoise();
    if (troubles.gaps.some((gap) => gap.startMs <= timeMs && timeMs < gap.endMs)) return undefined;

    const memoryLeak = lastStarted(troubles.memoryLeaks, timeMs);
    const diskFill = lastStarted(troubles.diskFills, timeMs);
    const batch = troubles.batch === null ? 0 : batchLevel(troubles.batch, timeMs);
    const variation = Math.max(0.2, 1 + 0.06 * noise.drift + 0.07 * noise.demand);
    const demand = own.load * loadAt(profile, timeMs - own.shiftMs) * variation;

    const memInUse = profile.idleMemPct + own.memPct + profile.loadMemPct * demand + 0.1 * batch + 1.2 * noise.mem;
    const memPct = limitPercent(withLeak(memoryLeak, memInUse, timeMs));
    const thrashing = above(memPct, 88);
    const work = profile.idleCpuPct + profile.loadCpuPct * demand + batch;
    const cpuPct = limitPercent(work + 30 * thrashing + 2.5 * noise.cpu);
    const overload = above(cpuPct, 70) ** 2;
    const weekOfLogs = 4 * ((timeMs % WEEK_MS) / WEEK_MS);
    const diskInUse = profile.diskPct + own.diskPct + weekOfLogs + 0.02 * batch;
    const diskPct = limitPercent(withLeak(diskFill, diskInUse, timeMs));
    const traffic = demand + batch / 120;

    const metrics = {
      cpu_pct: cpuPct,
      mem_pct: memPct,
      disk_pct: diskPct,
      load_average: profile.cores * (cpuPct / 100) * (1 + 3 * overload) * Math.exp(0.05 * noise.cpu),
      disk_io_mb_s: profile.diskIoMbS * (0.1 + 0.9 * traffic) * Math.exp(0.2 * noise.disk),
      net_in_mb_s: profile.netInMbS * (0.08 + 0.92 * traffic) * Math.exp(0.12 * noise.net),
      net_out_mb_s: profile.netOutMbS * (0.08 + 0.92 * demand) * Math.exp(0.12 * noise.net),
      latency_ms: profile.latencyMs * (1 + 0.4 * demand + 6 * overload + 5 * thrashing) * Math.exp(0.1 * noise.latency),
      error_rate: Math.min(1, profile.errorRate * (0.5 + 0.5 * demand + 12 * overload) * Math.exp(0.3 * noise.error)),
      gc_pause_ms: profile.gcPauseMs * (1 + 9 * above(memPct, 60) ** 2) * Math.exp(0.25 * noise.gc),
      container_oom: memoryLeak !== undefined && failedWithin(memoryLeak, timeMs, 6 * MINUTE_MS) ? 1 : 0,
    };
    return {
      state: reportedState(metrics, memoryLeak, diskFill, timeMs),
      metrics,
      notes: operatorNote(memoryLeak, diskFill, timeMs, intervalMs),
    };
  };
}

/** How one server differs from others of its profile. */
function drawPersonality(rng: Rng): { load: number; memPct: number; diskPct: number; shiftMs: number } {
  return {
    load: 0.8 + 0.35 * rng.uniform(),
    memPct: -5 + 10 * rng.uniform(),
    diskPct: -8 + 16 * rng.uniform(),
    shiftMs: (-45 + 90 * rng.uniform()) * MINUTE_MS,
  };
}

type NoiseName = keyof typeof NOISE_MINUTES;

function createNoises(rng: Rng, intervalMs: number): () => Record<NoiseName, number> {
  const noises = Object.entries(NOISE_MINUTES).map(([name, minutes]) => {
    return [name, createNoise(rng.fork(`noise ${name}`), minutes * MINUTE_MS, intervalMs)] as const;
  });
  const sample = {} as Record<NoiseName, number>;
  return () => {
    for (const [name, next] of noises) sample[name as NoiseName] = next();
    return sample;
  };
}

function lastStarted(leaks: readonly Leak[], timeMs: number): Leak | undefined {
  return leaks.findLast((leak) => leak.startMs <= timeMs);
}

function withLeak(leak: Leak | undefined, basePct: number, timeMs: number): number {
  return leak !== undefined && timeMs < leak.endMs ? leakLevel(leak, basePct, timeMs) : basePct;
}

function failedWithin(leak: Leak, timeMs: number, withinMs: number): boolean {
  return !leak.caught && leak.backMs <= timeMs && timeMs < leak.backMs + withinMs;
}

function reportedState(
  metrics: { cpu_pct: number; mem_pct: number; disk_pct: number },
  memoryLeak: Leak | undefined,
  diskFill: Leak | undefined,
  timeMs: number,
): string {
  if (memoryLeak !== undefined && failedWithin(memoryLeak, timeMs, 20 * MINUTE_MS)) return "recovery";
  if (diskFill !== undefined && failedWithin(diskFill, timeMs, 15 * MINUTE_MS)) return "maintenance";
  const worst = Math.max(metrics.cpu_pct, metrics.mem_pct, metrics.disk_pct);
  if (worst >= 95) return "critical";
  if (worst >= 90) return "degraded";
  if (metrics.cpu_pct >= 70) return "heavy_load";
  return metrics.cpu_pct < 10 ? "idle" : "healthy";
}

/** What an operator wrote down, in the first row after something was put right. */
function operatorNote(
  memoryLeak: Leak | undefined,
  diskFill: Leak | undefined,
  timeMs: number,
  intervalMs: number,
): string | null {
  const isFirstAfter = (leak: Leak): boolean => leak.backMs <= timeMs && timeMs < leak.backMs + intervalMs;
  if (memoryLeak !== undefined && isFirstAfter(memoryLeak)) {
    return memoryLeak.caught ? "restarted to free memory" : "restarted after out of memory";
  }
  return diskFill !== undefined && isFirstAfter(diskFill) ? "removed old files" : null;
}

/** How far a percentage is above `from`, as a share of what is left to 100. */
function above(percent: number, from: number): number {
  return Math.max(0, (percent - from) / (100 - from));
}

/** Keeps a percentage in [0.5, 100): unchanged up to 85, then flattening, as a saturated resource does. */
function limitPercent(percent: number): number {
  if (percent <= 85) return Math.max(0.5, percent);
  return 85 + 15 * Math.tanh((percent - 85) / 15);
}
