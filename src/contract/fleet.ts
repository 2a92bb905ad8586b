// The built-in contract fleet/4.0. Its columns descend from two older formats, which legacy.ts migrates by name.
import { flag, heavyTail, percent } from "./metric-forms.ts";
import type { Contract, Metric } from "./schema.ts";

const metrics: Metric[] = [
  { name: "cpu_pct", ...percent, role: "target", required: true, description: "CPU time in use, all cores" },
  { name: "mem_pct", ...percent, role: "target", required: true, description: "memory in use, caches left out" },
  { name: "disk_pct", ...percent, role: "target", required: false, description: "fullest file system" },
  { name: "load_average", unit: "processes", ...heavyTail, description: "1-minute run queue" },
  { name: "disk_io_mb_s", unit: "MB/s", ...heavyTail, description: "disk reads and writes" },
  { name: "net_in_mb_s", unit: "MB/s", ...heavyTail, description: "network received" },
  { name: "net_out_mb_s", unit: "MB/s", ...heavyTail, description: "network sent" },
  { name: "latency_ms", unit: "ms", ...heavyTail, description: "mean answer time of the main service" },
  {
    name: "error_rate",
    unit: "ratio",
    kind: "gauge",
    role: "observed",
    min: 0,
    max: 1,
    required: false,
    transform: "identity",
    description: "failed share of requests",
  },
  { name: "gc_pause_ms", unit: "ms", ...heavyTail, description: "longest garbage-collection pause" },
  { name: "container_oom", ...flag, description: "1 when the kernel killed a process for memory" },
];

/** The built-in contract `fleet/4.0`: general server metrics every 5 minutes with CPU, memory and disk breach rules. */
export const fleetContract: Contract = {
  name: "fleet",
  version: "4.0",
  description: "General server metrics of a fleet.",
  interval: "5m",
  labels: [
    {
      name: "profile",
      required: false,
      values: ["ml_compute", "database", "web_api", "conductor_mgmt", "data_ingest", "risk_analytics", "generic"],
      description: "role of the server",
    },
  ],
  state: {
    name: "state",
    values: ["healthy", "idle", "heavy_load", "degraded", "critical", "maintenance", "recovery", "offline"],
  },
  metrics,
  texts: ["notes"],
  breachRules: [
    { id: "cpu_high", metric: "cpu_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
    { id: "mem_high", metric: "mem_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
    { id: "disk_full", metric: "disk_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
  ],
};
