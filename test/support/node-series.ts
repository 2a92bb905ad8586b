// The series of a few node_exporters, made from rates and levels that are known, and the rows that they must become: by
// formulas of their own, not by PromQL.
import { nodeContract } from "../../src/contract/index.ts";

/** A whole interval. */
export const NODE_START_MS = Date.UTC(2026, 0, 5);
export const INTERVAL_MS = 300_000;
export const INTERVALS = 144;
export const NODE_END_MS = NODE_START_MS + INTERVALS * INTERVAL_MS;
const SCRAPE_MS = 60_000;
/** Scrapes are never at the ends of intervals, which Prometheus 2 counts on both sides. */
const PHASE_MS = 7_000;
const SCRAPES = INTERVAL_MS / SCRAPE_MS;

/** Hosts; the second is silent for a while, the third is scraped by two jobs. */
const HOSTS = ["web1", "web2", "db1"];
const SILENT = { host: 1, from: 60, to: 84 };
const CPUS = 2;
/** Interval at whose begin all counters of a host start again. */
const REBOOT = [40, 50, 100];

/** Seconds that a CPU spends per second in a mode, during an interval. */
function cpuRate(host: number, cpu: number, mode: string, interval: number): number {
  const user = 0.2 + 0.02 * host + 0.1 * cpu + 0.15 * Math.sin((interval + 9 * host) / 11);
  const system = 0.05 + 0.001 * (interval % 7);
  const iowait = 0.03;
  return { user, system, iowait, idle: 1 - user - system - iowait }[mode]!;
}
const trafficRate = (host: number, device: string, interval: number) =>
  1e6 * ({ eth0: 3, eth1: 1, lo: 50, veth7: 70 }[device]! + host + Math.cos(interval / 9));
const available = (host: number, timeMs: number) =>
  8e9 * (0.5 + 0.1 * host + 0.05 * Math.sin((timeMs - NODE_START_MS) / 9e5));
const free = (host: number, mount: string, timeMs: number) =>
  1e11 * ({ "/": 0.6, "/data": 0.4, "/run": 0.01 }[mount]! - 0.1 * host * ((timeMs - NODE_START_MS) / 1e8));
const load = (host: number, timeMs: number) => 2 + host + Math.sin(timeMs / 4e5);

/** One series as text of samples. */
export interface TextSeries {
  name: string;
  labels: Record<string, string>;
  samples: { timeMs: number; value: number }[];
}

/** All series. */
export function nodeSeries(): TextSeries[] {
  return HOSTS.flatMap((_, host) =>
    (host === 2 ? ["node", "node-again"] : ["node"]).flatMap((job) =>
      seriesOf(host, { instance: instanceOf(host), job }),
    ),
  );
}

function seriesOf(host: number, target: Record<string, string>): TextSeries[] {
  const times = scrapeTimes(host);
  const gauge = (name: string, labels: Record<string, string>, at: (timeMs: number) => number): TextSeries => ({
    name,
    labels: { ...target, ...labels },
    samples: times.map((timeMs) => ({ timeMs, value: at(timeMs) })),
  });
  const counter = (name: string, labels: Record<string, string>, rate: (interval: number) => number): TextSeries =>
    gauge(name, labels, (timeMs) => counted(host, rate, timeMs));
  const series: TextSeries[] = [];
  for (let cpu = 0; cpu < CPUS; cpu++) {
    for (const mode of ["user", "system", "iowait", "idle"]) {
      const labels = { cpu: String(cpu), mode };
      series.push(counter("node_cpu_seconds_total", labels, (interval) => cpuRate(host, cpu, mode, interval)));
    }
  }
  for (const device of ["eth0", "eth1", "lo", "veth7"]) {
    const rate = (interval: number) => trafficRate(host, device, interval);
    series.push(counter("node_network_receive_bytes_total", { device }, rate));
  }
  series.push(gauge("node_memory_MemAvailable_bytes", {}, (timeMs) => available(host, timeMs)));
  series.push(gauge("node_memory_MemTotal_bytes", {}, () => 8e9));
  series.push(gauge("node_load1", {}, (timeMs) => load(host, timeMs)));
  for (const mountpoint of ["/", "/data", "/run"]) {
    const labels = { mountpoint, device: mountpoint, fstype: mountpoint === "/run" ? "tmpfs" : "ext4" };
    series.push(gauge("node_filesystem_avail_bytes", labels, (timeMs) => free(host, mountpoint, timeMs)));
    series.push(gauge("node_filesystem_size_bytes", labels, () => 1e11));
  }
  series.push(gauge("node_vmstat_oom_kill", {}, (timeMs) => (intervalAt(timeMs) >= 120 ? 5 : 4)));
  return series;
}

/** What a counter has counted since the last reboot. */
function counted(host: number, rate: (interval: number) => number, timeMs: number): number {
  const last = intervalAt(timeMs);
  const begin = last >= REBOOT[host]! ? REBOOT[host]! : 0;
  let sum = begin === 0 ? 1e6 : 0;
  for (let interval = begin; interval < last; interval++) sum += rate(interval) * (INTERVAL_MS / 1000);
  return sum + rate(last) * ((timeMs - intervalStart(last)) / 1000);
}

/**
 * Metrics of a row by the formulas above; null if there is none.
 * @param isOfVictoria VictoriaMetrics takes the sample before a window as its begin, and extrapolates nothing.
 */
export function expectedRow(host: number, interval: number, isOfVictoria: boolean): Record<string, number> | null {
  const times = scrapeTimes(host).filter((timeMs) => intervalAt(timeMs) === interval);
  if (times.length === 0) return null;
  const mean = (at: (timeMs: number) => number) => times.reduce((sum, timeMs) => sum + at(timeMs), 0) / times.length;
  const hasBefore = interval > 0 && !(host === SILENT.host && interval === SILENT.to);
  const share = isOfVictoria && hasBefore ? (SCRAPE_MS - PHASE_MS) / INTERVAL_MS : 0;
  // What was counted between the last scrape and a reboot nobody knows.
  const before = (rate: (interval: number) => number) => (interval === REBOOT[host] ? 0 : rate(interval - 1));
  const rateOf = (rate: (interval: number) => number) =>
    (share === 0 ? 0 : share * before(rate)) + (1 - share) * rate(interval);
  let busy = 0;
  for (let cpu = 0; cpu < CPUS; cpu++) {
    for (const mode of ["user", "system"]) busy += rateOf((at) => cpuRate(host, cpu, mode, at));
  }
  const traffic = ["eth0", "eth1"].map((device) => rateOf((at) => trafficRate(host, device, at)));
  return {
    cpu_pct: (100 * busy) / CPUS,
    mem_pct: 100 * (1 - mean((timeMs) => available(host, timeMs)) / 8e9),
    disk_pct: Math.max(
      ...["/", "/data"].map((mount) => 100 * (1 - mean((timeMs) => free(host, mount, timeMs)) / 1e11)),
    ),
    load_per_core: mean((timeMs) => load(host, timeMs)) / CPUS,
    net_in_mb_s: traffic.reduce((sum, rate) => sum + rate, 0) / 1e6,
    oom_kill: hasBefore ? Number(interval === 120) : Number.NaN,
  };
}

/** Servers in order of names, and the number of their host. */
export const SERVERS = HOSTS.map((server, host) => ({ server, host })).sort((a, b) => (a.server < b.server ? -1 : 1));

/** Metrics that these series do not have. */
export const ABSENT = nodeContract.metrics
  .map(({ name }) => name)
  .filter((name) => !(name in expectedRow(0, 5, false)!));

/** The series as OpenMetrics (seconds) or as VictoriaMetrics imports them (milliseconds). */
export function seriesLines(format: "openmetrics" | "victoria"): string {
  const lines: string[] = [];
  let family = "";
  for (const { name, labels, samples } of nodeSeries().toSorted((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  )) {
    if (format === "openmetrics" && name !== family) lines.push(`# TYPE ${name} unknown`);
    family = name;
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    for (const { timeMs, value } of samples) {
      const time = format === "openmetrics" ? String(timeMs / 1000) : String(timeMs);
      lines.push(`${name}{${pairs.join(",")}} ${value} ${time}`);
    }
  }
  return `${lines.join("\n")}\n${format === "openmetrics" ? "# EOF\n" : ""}`;
}

function instanceOf(host: number): string {
  return `${HOSTS[host]}:9100`;
}

function scrapeTimes(host: number): number[] {
  return Array.from(
    { length: INTERVALS * SCRAPES },
    (_, scrape) => NODE_START_MS + PHASE_MS + scrape * SCRAPE_MS,
  ).filter((timeMs) => host !== SILENT.host || intervalAt(timeMs) < SILENT.from || intervalAt(timeMs) >= SILENT.to);
}

function intervalAt(timeMs: number): number {
  return Math.floor((timeMs - NODE_START_MS) / INTERVAL_MS);
}

function intervalStart(interval: number): number {
  return NODE_START_MS + interval * INTERVAL_MS;
}
