// Days of history of machines as Prometheus has it of their node_exporters: load that rises and falls with the day and
// wanders, so that there is something to learn, and memory and disks that follow it.
import { createRng, type Rng } from "../../src/base/index.ts";

const DAY_S = 86_400;
const SCRAPE_S = 60;
const CPUS = ["0", "1"];
const MEMORY_BYTES = 8e9;
const DISK_BYTES = 1e11;

/** The series of one name: labels, and a value for each scrape. */
type Family = readonly { labels: Readonly<Record<string, string>>; values: Float64Array }[];

/**
 * OpenMetrics for `promtool tsdb create-blocks-from openmetrics`: one scrape a minute of `hosts` machines, web-0 and so on.
 * @param endMs The newest scrape is less than two minutes before it.
 */
export function nodeHistory(hosts: number, days: number, endMs: number): string {
  const scrapes = (days * DAY_S) / SCRAPE_S;
  const beginS = Math.floor(endMs / 1000) - SCRAPE_S * scrapes;
  const machines = Array.from({ length: hosts }, (_, host) => {
    const labels = { instance: `web-${host}.example:9100`, job: "node" };
    return machineOf(labels, loads(createRng(host).fork("load"), beginS, scrapes));
  });
  const lines = Object.keys(machines[0]!).flatMap((name) => [
    `# TYPE ${name} unknown`,
    ...machines.flatMap((machine) => machine[name]!).flatMap(({ labels, values }) => sampleLines(name, labels, values)),
  ]);
  function sampleLines(name: string, labels: Readonly<Record<string, string>>, values: Float64Array): string[] {
    const series = `${name}{${Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`)}}`;
    return Array.from(values, (value, scrape) => `${series} ${value} ${beginS + scrape * SCRAPE_S}`);
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

/** How busy a machine is at each scrape, 0 to 1. */
function loads(rng: Rng, beginS: number, scrapes: number): Float64Array {
  let wander = 0;
  return Float64Array.from({ length: scrapes }, (_, scrape) => {
    wander = 0.98 * wander + 0.02 * rng.normal();
    const day = Math.sin((2 * Math.PI * (beginS + scrape * SCRAPE_S)) / DAY_S);
    return Math.min(0.97, Math.max(0.03, 0.45 + 0.3 * day + wander));
  });
}

function machineOf(target: Readonly<Record<string, string>>, load: Float64Array): Record<string, Family> {
  const gauge = (value: (load: number) => number, labels = {}) => ({
    labels: { ...target, ...labels },
    values: load.map(value),
  });
  const counter = (rate: (load: number) => number, labels = {}) => {
    let sum = 0;
    return gauge((now) => (sum += SCRAPE_S * rate(now)), labels);
  };
  const root = { device: "/dev/sda1", fstype: "ext4", mountpoint: "/" };
  return {
    node_cpu_seconds_total: CPUS.flatMap((cpu) => [
      counter((now) => 0.8 * now, { cpu, mode: "user" }),
      counter((now) => 0.2 * now, { cpu, mode: "system" }),
      counter((now) => 1 - now, { cpu, mode: "idle" }),
    ]),
    node_memory_MemAvailable_bytes: [gauge((now) => MEMORY_BYTES * (0.7 - 0.4 * now))],
    node_memory_MemTotal_bytes: [gauge(() => MEMORY_BYTES)],
    node_load1: [gauge((now) => CPUS.length * now)],
    node_filesystem_avail_bytes: [gauge((now) => DISK_BYTES * (0.5 - 0.1 * now), root)],
    node_filesystem_size_bytes: [gauge(() => DISK_BYTES, root)],
    node_network_receive_bytes_total: [counter((now) => 5e6 * now, { device: "eth0" })],
    node_vmstat_oom_kill: [gauge(() => 0)],
  };
}
