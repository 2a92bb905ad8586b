// The kinds of incidents: what each presses on, how long it announces itself, how it ends and how the metrics show it.
import type { ProfileName } from "../fleet/profiles.ts";
import { MINUTE_MS } from "../random.ts";
import type { Effects } from "./effects.ts";
import type { Incident, IncidentKind } from "./incident.ts";

type Range = readonly [number, number];

/** A kind of incident. */
export interface Kind {
  /** Rule of fleet/4.0 that it breaches; null when the server goes down instead. */
  rule: "cpu_high" | "mem_high" | "disk_full" | null;
  foreseeable: boolean;
  /** From the first sign to the height; all lengths are drawn uniform in their logarithm. */
  leadMinutes: Range;
  /** How long the height lasts. */
  holdMinutes: Range;
  /** How long the server is down when the height is over, and in what state it comes back. */
  downMinutes: Range | null;
  shape: Range;
  /** Frequency against other kinds, by profile. */
  weight: number;
  profileWeights?: Partial<Record<ProfileName, number>>;
  causes: readonly string[];
  /** What an operator writes down when it begins (because it was announced), ends and is repaired. */
  notes: { start?: string; end: string; repair: string };
  /** Sets the effects at intensity `i` in (0, 1]. */
  apply(i: number, effects: Effects, incident: Incident, timeMs: number): void;
}

/** All kinds by name. */
export const KINDS: Record<IncidentKind, Kind> = {
  memory_leak: {
    rule: "mem_high",
    foreseeable: true,
    leadMinutes: [150, 1200],
    holdMinutes: [18, 40],
    downMinutes: [3, 10],
    shape: [0.8, 1.3],
    weight: 5,
    profileWeights: { database: 0.5 },
    causes: ["a cache without a limit", "listeners never removed", "a leak in a driver"],
    notes: { end: "restarted after out of memory", repair: "restarted to free memory" },
    apply(i, effects) {
      effects.memPull = i;
    },
  },
  disk_fill: {
    rule: "disk_full",
    foreseeable: true,
    leadMinutes: [360, 1440],
    holdMinutes: [40, 200],
    downMinutes: null,
    shape: [0.8, 1.2],
    weight: 4,
    profileWeights: { database: 2, data_ingest: 2 },
    causes: ["logs that are not rotated", "a table that is never purged", "temporary files of a failed job"],
    notes: { end: "removed old files", repair: "removed old files in time" },
    apply(i, effects) {
      effects.diskPull = i;
      effects.diskIo = 1 + 0.4 * Math.min(1, 4 * i);
    },
  },
  queue_growth: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [40, 240],
    holdMinutes: [25, 90],
    downMinutes: null,
    shape: [0.8, 1.4],
    weight: 2,
    profileWeights: { data_ingest: 2, web_api: 1.5 },
    causes: ["a consumer slower than its producer", "poisoned messages that are tried again"],
    notes: { end: "queue drained after workers were added", repair: "added workers to the queue" },
    apply(i, effects) {
      effects.cpuPull = i;
      effects.memPct = 12 * i;
      effects.latency = 1 + 8 * i;
      effects.netOut = 1 - 0.3 * i;
    },
  },
  batch_overload: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [60, 360],
    holdMinutes: [40, 150],
    downMinutes: null,
    shape: [1, 1.5],
    weight: 2,
    profileWeights: { data_ingest: 3, risk_analytics: 4, ml_compute: 2, web_api: 0, conductor_mgmt: 0.3 },
    causes: ["a backlog loaded at once", "two batches in one window", "a quarter's figures recomputed"],
    notes: { start: "large batch announced", end: "batch finished", repair: "batch moved to another server" },
    apply(i, effects) {
      // Staging fills disk and network long before the computing begins.
      effects.cpuPull = i < 0.5 ? 0.5 * i : 0.25 + 1.5 * (i - 0.5);
      effects.netIn = 1 + 2.5 * Math.min(1, 3 * i);
      effects.diskIo = 1 + 2.5 * Math.min(1, 3 * i);
    },
  },
  noisy_neighbour: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [60, 240],
    holdMinutes: [25, 100],
    downMinutes: null,
    shape: [0.8, 1.3],
    weight: 1.5,
    causes: ["another guest of the same host", "a backup of the host"],
    notes: { end: "neighbour moved to another host", repair: "moved to another host" },
    apply(i, effects, { variation }, timeMs) {
      // Time taken away counts as time in use: bursts of a quarter of an hour or more that leave ever less room between.
      const turn = (2 * Math.PI * timeMs) / ((15 + 20 * variation) * MINUTE_MS);
      const burst = 0.5 + 0.3 * Math.sin(turn) + 0.2 * Math.sin(1.73 * turn + 6 * variation);
      effects.cpuPull = i >= 1 ? 1 : i * (0.55 + 0.45 * burst);
      effects.queue = 1 + 2 * i;
      effects.latency = 1 + 2.5 * i;
    },
  },
  pool_exhaustion: {
    rule: "mem_high",
    foreseeable: true,
    leadMinutes: [40, 180],
    holdMinutes: [20, 60],
    downMinutes: [1, 4],
    shape: [0.8, 1.4],
    weight: 2,
    profileWeights: { web_api: 2, database: 1.5, ml_compute: 0.3 },
    causes: ["connections that are not given back", "a slow query that holds its connection"],
    notes: { end: "restarted with a larger pool", repair: "closed idle connections" },
    apply(i, effects) {
      effects.memPull = i;
      effects.cpuPct = -8 * i;
      effects.latency = 1 + 14 * i;
      effects.errors = 1 + 30 * i * i;
    },
  },
  thermal_throttling: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [60, 360],
    holdMinutes: [30, 150],
    downMinutes: null,
    shape: [0.9, 1.3],
    weight: 1,
    profileWeights: { ml_compute: 3 },
    causes: ["a failed fan", "a cooling unit under repair"],
    notes: { end: "fan replaced", repair: "load moved while the fan was replaced" },
    apply(i, effects) {
      // The same work takes more of a slower processor; less of it comes out.
      effects.cpuPull = i;
      effects.netOut = 1 - 0.55 * i;
      effects.latency = 1 + 1.5 * i;
    },
  },
  deploy_regression: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [180, 1200],
    holdMinutes: [40, 200],
    downMinutes: null,
    shape: [0.7, 1.2],
    weight: 2,
    profileWeights: { web_api: 2, generic: 1.5 },
    causes: ["a query without its index", "a cache that was left out", "logging at debug level"],
    notes: { start: "deployed a new version", end: "rolled back", repair: "rolled back early" },
    apply(i, effects) {
      effects.cpuPull = i;
      effects.latency = 1 + 3 * i;
      effects.diskIo = 1 + 0.8 * i;
    },
  },
  retry_storm: {
    rule: "cpu_high",
    foreseeable: true,
    leadMinutes: [60, 180],
    holdMinutes: [25, 70],
    downMinutes: null,
    shape: [0.7, 1.2],
    weight: 0, // only cascades bring it
    causes: ["callers that try again without waiting"],
    notes: { end: "retries limited", repair: "retries limited early" },
    apply(i, effects) {
      effects.cpuPull = i * i * (3 - 2 * i);
      effects.memPct = 8 * i;
      effects.netIn = 1 + 3 * i;
      effects.latency = 1 + 10 * i;
      effects.errors = 1 + 60 * Math.sqrt(i);
    },
  },
  power_loss: {
    rule: null,
    foreseeable: false,
    leadMinutes: [0, 0],
    holdMinutes: [0.1, 0.2],
    downMinutes: [8, 60],
    shape: [1, 1],
    weight: 0.5,
    causes: ["a failed power supply", "a breaker that tripped"],
    notes: { end: "back after power loss", repair: "" },
    apply() {},
  },
  kernel_panic: {
    rule: null,
    foreseeable: false,
    leadMinutes: [0, 0],
    holdMinutes: [0.1, 0.2],
    downMinutes: [4, 12],
    shape: [1, 1],
    weight: 0.7,
    causes: ["a fault in a driver", "a memory module with errors"],
    notes: { end: "rebooted after kernel panic", repair: "" },
    apply() {},
  },
  operator_error: {
    rule: "cpu_high",
    foreseeable: false,
    leadMinutes: [1, 3],
    holdMinutes: [25, 80],
    downMinutes: null,
    shape: [1, 1],
    weight: 0.8,
    causes: ["a scan started on the wrong server", "a loop in a script", "load switched to one server"],
    notes: { end: "stopped a command entered by mistake", repair: "" },
    apply(i, effects) {
      effects.cpuPull = i;
      effects.diskIo = 1 + 2 * i;
    },
  },
};
