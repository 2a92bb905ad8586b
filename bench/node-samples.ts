// Remote write as it comes from a Prometheus that scrapes node_exporters: the series that the mapping `node` asks for, in
// requests of the size that Prometheus sends.
import { compressSnappy, encodeRemoteWrite1, type Label, type LabelSet } from "../src/wire/index.ts";

const PER_SERVER = 20;
/** Prometheus' max_samples_per_send. */
const PER_REQUEST = 2000;

/** The series of so many servers, 20 of each. */
export function nodeSeries(servers: number): LabelSet[] {
  return Array.from({ length: servers * PER_SERVER }, (_, index) => labelsOf(index));
}

/** The bodies of one scrape of all series. @param scrape Its number; counters go up with it. */
export function scrapeBodies(series: readonly LabelSet[], scrape: number, timestampMs: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(series.length / PER_REQUEST) }, (_, request) => {
    const some = series.slice(request * PER_REQUEST, (request + 1) * PER_REQUEST);
    const block = {
      series: some,
      starts: Uint32Array.from({ length: some.length + 1 }, (_, at) => at),
      timestampsMs: new Float64Array(some.length).fill(timestampMs),
      values: Float64Array.from(some, (_, at) => (scrape + 1) * (1 + ((at * 7919) % 13))),
      stale: new Uint8Array(some.length),
    };
    return compressSnappy(encodeRemoteWrite1(block));
  });
}

function labelsOf(index: number): LabelSet {
  const server = Math.floor(index / PER_SERVER);
  const kinds: (readonly [name: string, ...labels: Label[]])[] = [
    ...["0", "1"].flatMap((cpu) =>
      ["idle", "softirq", "system", "user"].map((mode): [string, Label, Label] => [
        "node_cpu_seconds_total",
        ["cpu", cpu],
        ["mode", mode],
      ]),
    ),
    ["node_memory_MemAvailable_bytes"],
    ["node_memory_MemTotal_bytes"],
    ["node_load1"],
    ["node_filesystem_avail_bytes", ["device", "/dev/sda"], ["fstype", "ext4"], ["mountpoint", "/"]],
    ["node_filesystem_size_bytes", ["device", "/dev/sda"], ["fstype", "ext4"], ["mountpoint", "/"]],
    ["node_disk_io_time_seconds_total", ["device", "sda"]],
    ["node_disk_read_bytes_total", ["device", "sda"]],
    ["node_disk_written_bytes_total", ["device", "sda"]],
    ["node_network_receive_bytes_total", ["device", "eth0"]],
    ["node_network_transmit_bytes_total", ["device", "eth0"]],
    ["node_vmstat_oom_kill"],
    ["node_pressure_cpu_waiting_seconds_total"],
  ];
  const [name, ...labels] = kinds[index % PER_SERVER]!;
  const all: Label[] = [
    ["__name__", name],
    ["instance", `host-${server}.example.org:9100`],
    ["job", "node"],
    ["region", "eu-central-1"],
    ...labels,
  ];
  return { name, labels: all.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
