// The metrics of a server from its load, its work and its troubles. They hang together: users drive requests, requests
// drive CPU, memory, network and disk, CPU near its end drives queues, latency and errors, memory near its end drives
// garbage collection.
import { fleetContract } from "../../contract/index.ts";
import type { Personality } from "../fleet/personality.ts";
import type { Profile } from "../fleet/profiles.ts";
import type { Effects } from "../incidents/effects.ts";
import type { Work } from "../load/work.ts";
import { MINUTE_MS } from "../random.ts";

/** Time constants of the noises of a server, in the order of {@link NOISE}. */
export const NOISE_TIMES_MS = [2880, 40, 6, 180, 10, 10, 8, 15, 12].map((minutes) => minutes * MINUTE_MS);
const NOISE = { drift: 0, demand: 1, cpu: 2, mem: 3, disk: 4, net: 5, latency: 6, gc: 7, error: 8 } as const;

/** Place of each metric of fleet/4.0 in a row. */
export const METRIC = Object.fromEntries(fleetContract.metrics.map(({ name }, index) => [name, index])) as Record<
  MetricName,
  number
>;
type MetricName =
  | "cpu_pct"
  | "mem_pct"
  | "disk_pct"
  | "load_average"
  | "disk_io_mb_s"
  | "net_in_mb_s"
  | "net_out_mb_s"
  | "latency_ms"
  | "error_rate"
  | "gc_pause_ms"
  | "container_oom";

/** What a server's metrics are computed from. */
export interface ServerInputs {
  /** Load of its users: 1 is a full ordinary day. */
  load: number;
  work: Readonly<Work>;
  effects: Readonly<Effects>;
  /** Current values of its noises, deviation 1. */
  noise: Float64Array;
  /** Share of the logs of a week that have piled up. In [0, 1). */
  weekShare: number;
  /** Memory regained by the last restart, in percent, growing back over hours. */
  freshPct: number;
  outOfMemory: boolean;
}

/** CPU above this is queued instead: schedulers and load balancers keep ordinary work from filling a server. */
const COMFORT_PCT = 72;
/** A server under growing pressure still works up to this level; the last share of the way leads beyond it. */
const WORKING_PCT = 86;
const TIPPING = 0.94;
/** Requests that a server answers at the same time, per core. */
const WORKERS_PER_CORE = 2;

/** Writes one row of metrics, in the order of fleet/4.0, all of them inside their legal ranges. */
export function writeMetrics(
  out: Float64Array,
  profile: Profile,
  personality: Personality,
  { load, work, effects, noise, weekShare, freshPct, outOfMemory }: ServerInputs,
): void {
  const variation = Math.max(0.2, 1 + 0.06 * noise[NOISE.drift]! + 0.07 * noise[NOISE.demand]!);
  const demand = personality.load * load * variation;

  const memWork = profile.idleMemPct + personality.memPct + profile.loadMemPct * demand + work.memPct + effects.memPct;
  const memInUse = Math.min(82, memWork - freshPct) + 1.1 * noise[NOISE.mem]!;
  const mem = limitPercent(pulled(memInUse, effects.memPull, effects.levelPct));
  const thrashing = above(mem, 88);

  const cpuWork = profile.idleCpuPct + profile.loadCpuPct * demand + work.cpuPct + effects.cpuPct;
  const comfortable = cpuWork <= COMFORT_PCT ? cpuWork : COMFORT_PCT + 0.45 * (cpuWork - COMFORT_PCT);
  const cpuInUse = pulled(Math.max(1, comfortable), effects.cpuPull, effects.levelPct);
  // A processor that has nothing to do, or nothing left to give, shows less of the ups and downs.
  const cpuNoise = (2 - 1.1 * effects.cpuPull) * Math.min(1, cpuInUse / 12) * noise[NOISE.cpu]!;
  const cpu = limitPercent(cpuInUse + 12 * work.deploy + 8 * thrashing + cpuNoise);
  const waiting = queueing(cpu / 100, WORKERS_PER_CORE * profile.cores);

  const diskWork = 4 * weekShare + 0.6 * work.diskShare;
  const diskInUse = profile.diskPct + personality.diskPct + diskWork + 0.08 * noise[NOISE.disk]!;
  // A disk fills in a straight line and does not give way: there is no load that it could refuse.
  const disk = diskInUse + Math.max(0, effects.levelPct - diskInUse) * effects.diskPull;
  const diskShare = demand + work.diskShare;

  out[METRIC.cpu_pct] = round(cpu);
  out[METRIC.mem_pct] = round(mem);
  out[METRIC.disk_pct] = round(limitPercent(disk));
  out[METRIC.load_average] = round(
    profile.cores * (cpu / 100) * (1 + waiting) * effects.queue * Math.exp(0.06 * noise[NOISE.cpu]!),
  );
  out[METRIC.disk_io_mb_s] = round(
    profile.diskIoMbS * (0.1 + 0.9 * diskShare) * effects.diskIo * heavyTail(0.22, noise[NOISE.disk]!),
  );
  out[METRIC.net_in_mb_s] = round(
    profile.netInMbS * (0.08 + 0.92 * (demand + work.netInShare)) * effects.netIn * Math.exp(0.12 * noise[NOISE.net]!),
  );
  out[METRIC.net_out_mb_s] = round(
    profile.netOutMbS *
      (0.08 + 0.92 * (demand + work.netOutShare)) *
      effects.netOut *
      Math.exp(0.1 * noise[NOISE.net]! + 0.05 * noise[NOISE.demand]!),
  );
  const slowness = (1 + 0.3 * demand + waiting + 5 * thrashing + 1.5 * work.deploy) * effects.latency;
  // A database that waits for its disks answers late.
  const diskWait = 0.3 * Math.max(0, diskShare * effects.diskIo - 1);
  out[METRIC.latency_ms] = round(profile.latencyMs * (slowness + diskWait) * heavyTail(0.12, noise[NOISE.latency]!));
  const timeouts = Math.min(0.5, 0.004 * Math.max(0, slowness - 4));
  const failed = profile.errorRate * (0.5 + 0.5 * demand) * effects.errors * Math.exp(0.3 * noise[NOISE.error]!);
  out[METRIC.error_rate] = Math.round(Math.min(1, failed + timeouts) * 1e6) / 1e6;
  out[METRIC.gc_pause_ms] = round(
    profile.gcPauseMs * (1 + 9 * above(mem, 60) ** 2 + 25 * thrashing) * heavyTail(0.2, noise[NOISE.gc]!),
  );
  out[METRIC.container_oom] = outOfMemory ? 1 : 0;
}

/**
 * Mean wait in the queue as a multiple of the service time, for `workers` at a utilisation: close to nothing until the
 * last third, then without bound.
 * @see Sakasegawa 1977, Annals of the Institute of Statistical Mathematics 29, 67-75 (M/M/c approximation).
 */
export function queueing(utilisation: number, workers: number): number {
  const busy = Math.min(utilisation, 0.995);
  return busy ** (Math.sqrt(2 * (workers + 1)) - 1) / (workers * (1 - busy));
}

/** Lognormal noise whose rare bursts are larger than those of a lognormal: the square acts above two deviations. */
function heavyTail(scale: number, noise: number): number {
  const burst = noise > 2 ? 3 * (noise - 2) ** 2 : 0;
  return Math.exp(scale * (noise + burst));
}

/**
 * A percentage under the pull of an incident: it creeps up to a level that still works, then gives way and goes to its
 * last level within the rest of the way. In [0, 1] `pull` says how far it has come.
 */
function pulled(value: number, pull: number, levelPct: number): number {
  if (pull === 0) return value;
  const crept = value + Math.max(0, Math.min(levelPct, WORKING_PCT) - value) * Math.min(1, pull / TIPPING);
  if (pull <= TIPPING) return crept;
  return crept + (Math.max(levelPct, crept) - crept) * ((pull - TIPPING) / (1 - TIPPING));
}

/** How far a percentage is above `from`, as a share of what is left to 100. */
function above(percent: number, from: number): number {
  return percent <= from ? 0 : (percent - from) / (100 - from);
}

function limitPercent(value: number): number {
  return value < 0 ? 0 : value > 100 ? 100 : value;
}

/** Three decimals are below the noise and keep files small. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
