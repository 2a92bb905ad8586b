// The seven profiles of fleet/4.0: how large, how loaded and how troubled a server of each role is. The figures are
// invented to look plausible together; they describe no real fleet.

/** A daily wave of load, repeated every day. */
export interface LoadPeak {
  /** Hour of its top, UTC. */
  hour: number;
  /** Standard deviation of its bell, in hours. */
  widthHours: number;
  /** Its height; 1 is the profile's ordinary full load. */
  height: number;
}

/** What the servers of one role have in common. Rates and sizes are those at full ordinary load unless said. */
export interface Profile {
  /** Servers are named by it: ppml0001. */
  prefix: string;
  digits: number;
  /** Share of the fleet. */
  share: number;
  cores: number;
  idleCpuPct: number;
  /** CPU above idle at full load. */
  loadCpuPct: number;
  idleMemPct: number;
  loadMemPct: number;
  diskPct: number;
  diskIoMbS: number;
  netInMbS: number;
  netOutMbS: number;
  /** Answer time of an idle server. */
  latencyMs: number;
  errorRate: number;
  gcPauseMs: number;
  peaks: readonly LoadPeak[];
  /** Factor on the load on Saturday and Sunday. */
  weekendLoad: number;
  /** Mean days between two memory leaks, and between two disk fills, of one server. */
  leakEveryDays: number;
  diskFillEveryDays: number;
  /** Share of servers that run a daily batch, and the hour of its start, UTC. */
  batchShare: number;
  batchHour: number;
}

const officeDay: readonly LoadPeak[] = [
  { hour: 10, widthHours: 1.8, height: 0.95 },
  { hour: 15, widthHours: 2.2, height: 0.85 },
];

/** All profiles by their value of the contract's label `profile`. */
export const PROFILES = {
  ml_compute: {
    prefix: "ppml",
    digits: 4,
    share: 0.22,
    cores: 64,
    idleCpuPct: 14,
    loadCpuPct: 48,
    idleMemPct: 42,
    loadMemPct: 12,
    diskPct: 48,
    diskIoMbS: 60,
    netInMbS: 9,
    netOutMbS: 5,
    latencyMs: 20,
    errorRate: 0.002,
    gcPauseMs: 15,
    peaks: [
      { hour: 11, widthHours: 3, height: 0.7 },
      { hour: 22, widthHours: 3, height: 0.8 },
    ],
    weekendLoad: 0.75,
    leakEveryDays: 3,
    diskFillEveryDays: 8,
    batchShare: 0.4,
    batchHour: 1,
  },
  database: {
    prefix: "ppdb",
    digits: 3,
    share: 0.17,
    cores: 32,
    idleCpuPct: 10,
    loadCpuPct: 42,
    idleMemPct: 58,
    loadMemPct: 7,
    diskPct: 60,
    diskIoMbS: 190,
    netInMbS: 35,
    netOutMbS: 28,
    latencyMs: 8,
    errorRate: 0.001,
    gcPauseMs: 5,
    peaks: officeDay,
    weekendLoad: 0.55,
    leakEveryDays: 8,
    diskFillEveryDays: 4,
    batchShare: 0.3,
    batchHour: 2,
  },
  web_api: {
    prefix: "ppweb",
    digits: 3,
    share: 0.28,
    cores: 8,
    idleCpuPct: 6,
    loadCpuPct: 55,
    idleMemPct: 38,
    loadMemPct: 10,
    diskPct: 40,
    diskIoMbS: 12,
    netInMbS: 85,
    netOutMbS: 120,
    latencyMs: 40,
    errorRate: 0.004,
    gcPauseMs: 8,
    peaks: officeDay,
    weekendLoad: 0.45,
    leakEveryDays: 3,
    diskFillEveryDays: 9,
    batchShare: 0.15,
    batchHour: 3,
  },
  conductor_mgmt: {
    prefix: "ppcon",
    digits: 2,
    share: 0.06,
    cores: 16,
    idleCpuPct: 9,
    loadCpuPct: 32,
    idleMemPct: 45,
    loadMemPct: 6,
    diskPct: 42,
    diskIoMbS: 18,
    netInMbS: 22,
    netOutMbS: 18,
    latencyMs: 14,
    errorRate: 0.001,
    gcPauseMs: 10,
    peaks: officeDay,
    weekendLoad: 0.7,
    leakEveryDays: 5,
    diskFillEveryDays: 7,
    batchShare: 0.2,
    batchHour: 4,
  },
  data_ingest: {
    prefix: "ppetl",
    digits: 3,
    share: 0.11,
    cores: 24,
    idleCpuPct: 12,
    loadCpuPct: 46,
    idleMemPct: 46,
    loadMemPct: 9,
    diskPct: 55,
    diskIoMbS: 220,
    netInMbS: 150,
    netOutMbS: 95,
    latencyMs: 12,
    errorRate: 0.003,
    gcPauseMs: 18,
    peaks: [
      { hour: 6, widthHours: 1.6, height: 0.85 },
      { hour: 13, widthHours: 3, height: 0.6 },
    ],
    weekendLoad: 0.8,
    leakEveryDays: 6,
    diskFillEveryDays: 4,
    batchShare: 0.6,
    batchHour: 23,
  },
  risk_analytics: {
    prefix: "pprisk",
    digits: 3,
    share: 0.09,
    cores: 48,
    idleCpuPct: 12,
    loadCpuPct: 52,
    idleMemPct: 48,
    loadMemPct: 12,
    diskPct: 46,
    diskIoMbS: 38,
    netInMbS: 12,
    netOutMbS: 8,
    latencyMs: 18,
    errorRate: 0.002,
    gcPauseMs: 25,
    peaks: [
      { hour: 9, widthHours: 1.5, height: 0.5 },
      { hour: 18, widthHours: 1.8, height: 0.9 },
    ],
    weekendLoad: 0.35,
    leakEveryDays: 4,
    diskFillEveryDays: 8,
    batchShare: 0.7,
    batchHour: 19,
  },
  generic: {
    prefix: "ppgen",
    digits: 3,
    share: 0.07,
    cores: 16,
    idleCpuPct: 10,
    loadCpuPct: 38,
    idleMemPct: 40,
    loadMemPct: 8,
    diskPct: 50,
    diskIoMbS: 25,
    netInMbS: 15,
    netOutMbS: 12,
    latencyMs: 30,
    errorRate: 0.003,
    gcPauseMs: 10,
    peaks: [{ hour: 13, widthHours: 3.5, height: 0.85 }],
    weekendLoad: 0.6,
    leakEveryDays: 5,
    diskFillEveryDays: 6,
    batchShare: 0.4,
    batchHour: 5,
  },
} as const satisfies Record<string, Profile>;
