// The seven profiles of fleet/4.0: how large, how loaded and how busy a server of each role is. The figures are invented
// to look plausible together; they describe no real fleet.

/** A daily wave of load, repeated every day. */
export interface LoadPeak {
  /** Hour of its top, local time. */
  hour: number;
  /** Standard deviation of its bell, in hours. */
  widthHours: number;
  /** Its height; 1 is the profile's ordinary full load. */
  height: number;
}

/** Jobs that come at random and hold a part of the machine for hours. */
export interface JobHabit {
  everyHours: number;
  /** Median length; single jobs last from a third of it to three times it. */
  medianHours: number;
  cpuPct: number;
  memPct: number;
}

/** A job at the same local time every day. */
export interface DailyJob {
  /** Share of the servers that run it. */
  share: number;
  hour: number;
  minutes: readonly [number, number];
  cpuPct: readonly [number, number];
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
  /** Factors on the load at weekends and holidays, and on the last two working days of a month. */
  weekendLoad: number;
  monthEndLoad: number;
  /** How much a campaign for the users lifts the load: 0 is not at all, 1 as much as that of the web servers. */
  campaignShare: number;
  jobs: JobHabit | null;
  batch: DailyJob;
}

const officeDay: readonly LoadPeak[] = [
  { hour: 10.5, widthHours: 2, height: 0.9 },
  { hour: 15, widthHours: 2.4, height: 0.8 },
];

/** All profiles by their value of the contract's label `profile`. */
export const PROFILES = {
  ml_compute: {
    prefix: "ppml",
    digits: 4,
    share: 0.22,
    cores: 64,
    idleCpuPct: 8,
    loadCpuPct: 10,
    idleMemPct: 30,
    loadMemPct: 5,
    diskPct: 48,
    diskIoMbS: 60,
    netInMbS: 9,
    netOutMbS: 5,
    latencyMs: 20,
    errorRate: 0.002,
    gcPauseMs: 15,
    peaks: [{ hour: 14, widthHours: 4, height: 0.8 }],
    weekendLoad: 0.8,
    monthEndLoad: 1,
    campaignShare: 0,
    jobs: { everyHours: 5, medianHours: 3, cpuPct: 58, memPct: 30 },
    batch: { share: 0.3, hour: 1, minutes: [60, 150], cpuPct: [8, 16] },
  },
  database: {
    prefix: "ppdb",
    digits: 3,
    share: 0.17,
    cores: 32,
    idleCpuPct: 10,
    loadCpuPct: 38,
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
    weekendLoad: 0.5,
    monthEndLoad: 1.1,
    campaignShare: 0.6,
    jobs: null,
    batch: { share: 0.5, hour: 2, minutes: [40, 90], cpuPct: [18, 30] },
  },
  web_api: {
    prefix: "ppweb",
    digits: 3,
    share: 0.28,
    cores: 8,
    idleCpuPct: 6,
    loadCpuPct: 48,
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
    monthEndLoad: 1,
    campaignShare: 1,
    jobs: null,
    batch: { share: 0.15, hour: 3, minutes: [20, 50], cpuPct: [15, 25] },
  },
  conductor_mgmt: {
    prefix: "ppcon",
    digits: 2,
    share: 0.06,
    cores: 16,
    idleCpuPct: 20,
    loadCpuPct: 8,
    idleMemPct: 48,
    loadMemPct: 3,
    diskPct: 42,
    diskIoMbS: 18,
    netInMbS: 22,
    netOutMbS: 18,
    latencyMs: 14,
    errorRate: 0.001,
    gcPauseMs: 10,
    peaks: [{ hour: 13, widthHours: 5, height: 0.8 }],
    weekendLoad: 0.9,
    monthEndLoad: 1,
    campaignShare: 0,
    jobs: null,
    batch: { share: 0.2, hour: 4, minutes: [20, 40], cpuPct: [10, 15] },
  },
  data_ingest: {
    prefix: "ppetl",
    digits: 3,
    share: 0.11,
    cores: 24,
    idleCpuPct: 12,
    loadCpuPct: 30,
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
      { hour: 6, widthHours: 1.4, height: 0.8 },
      { hour: 13, widthHours: 3, height: 0.5 },
    ],
    weekendLoad: 0.8,
    monthEndLoad: 1.15,
    campaignShare: 0.2,
    jobs: null,
    batch: { share: 1, hour: 23, minutes: [80, 180], cpuPct: [30, 48] },
  },
  risk_analytics: {
    prefix: "pprisk",
    digits: 3,
    share: 0.09,
    cores: 48,
    idleCpuPct: 12,
    loadCpuPct: 40,
    idleMemPct: 44,
    loadMemPct: 12,
    diskPct: 46,
    diskIoMbS: 38,
    netInMbS: 12,
    netOutMbS: 8,
    latencyMs: 18,
    errorRate: 0.002,
    gcPauseMs: 25,
    peaks: [
      { hour: 9, widthHours: 1.5, height: 0.4 },
      { hour: 17.5, widthHours: 1.5, height: 0.85 },
    ],
    weekendLoad: 0.3,
    monthEndLoad: 1.35,
    campaignShare: 0,
    jobs: null,
    batch: { share: 0.8, hour: 20, minutes: [50, 120], cpuPct: [25, 40] },
  },
  generic: {
    prefix: "ppgen",
    digits: 3,
    share: 0.07,
    cores: 16,
    idleCpuPct: 10,
    loadCpuPct: 34,
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
    monthEndLoad: 1,
    campaignShare: 0.3,
    jobs: null,
    batch: { share: 0.4, hour: 5, minutes: [30, 60], cpuPct: [15, 30] },
  },
} as const satisfies Record<string, Profile>;

/** A profile of the built-in contract. */
export type ProfileName = keyof typeof PROFILES;
