// The built-in contract node/1.0: what node_exporter tells of a machine, by the built-in mapping of the same name.
import { flag, heavyTail, percent } from "./metric-forms.ts";
import type { Contract, Metric } from "./schema.ts";

const share = { ...percent, role: "observed", required: false } as const;

const metrics: Metric[] = [
  { name: "cpu_pct", ...percent, role: "target", required: true, description: "CPU time in use, all cores" },
  { name: "mem_pct", ...percent, role: "target", required: true, description: "memory that is not available" },
  { name: "disk_pct", ...percent, role: "target", required: false, description: "fullest file system" },
  { name: "load_per_core", unit: "processes", ...heavyTail, description: "1-minute run queue, for each core" },
  { name: "cpu_stall_pct", ...share, description: "time in which some task waited for a CPU (pressure stall)" },
  { name: "mem_stall_pct", ...share, description: "time in which some task waited for memory (pressure stall)" },
  { name: "io_stall_pct", ...share, description: "time in which some task waited for disks (pressure stall)" },
  { name: "disk_busy_pct", ...share, description: "time in which the busiest disk worked" },
  { name: "disk_read_mb_s", unit: "MB/s", ...heavyTail, description: "disk reads" },
  { name: "disk_write_mb_s", unit: "MB/s", ...heavyTail, description: "disk writes" },
  { name: "net_in_mb_s", unit: "MB/s", ...heavyTail, description: "network received" },
  { name: "net_out_mb_s", unit: "MB/s", ...heavyTail, description: "network sent" },
  { name: "oom_kill", ...flag, description: "1 when the kernel killed a process for memory" },
];

/** The built-in contract `node/1.0`: machines every 5 minutes with CPU, memory and disk breach rules. */
export const nodeContract: Contract = {
  name: "node",
  version: "1.0",
  description: "Machines, as Prometheus' node_exporter sees them.",
  interval: "5m",
  labels: [],
  state: null,
  metrics,
  texts: [],
  breachRules: [
    { id: "cpu_high", metric: "cpu_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
    { id: "mem_high", metric: "mem_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
    { id: "disk_full", metric: "disk_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
  ],
};
