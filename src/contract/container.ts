// The built-in contract container/1.0: what the kubelet's cAdvisor tells of the containers of a workload, by the built-in
// mapping of the same name.
import { flag, heavyTail, percent } from "./metric-forms.ts";
import type { Contract, Metric } from "./schema.ts";

const metrics: Metric[] = [
  {
    name: "cpu_pct",
    unit: "percent",
    kind: "gauge",
    role: "target",
    min: 0,
    max: null,
    required: true,
    transform: "identity",
    description: "CPU in use, of the limit or else of the request, which may be exceeded; all pods together",
  },
  {
    name: "mem_pct",
    ...percent,
    role: "target",
    required: false,
    description: "memory working set of the limit, in the fullest pod",
  },
  {
    name: "throttled_pct",
    ...percent,
    role: "observed",
    required: false,
    description: "scheduler periods in which CPU was denied",
  },
  { name: "restarts", unit: "restarts", ...heavyTail, description: "container restarts in the interval" },
  { name: "net_in_mb_s", unit: "MB/s", ...heavyTail, description: "network received by the pods" },
  { name: "net_out_mb_s", unit: "MB/s", ...heavyTail, description: "network sent by the pods" },
  { name: "pods", unit: "pods", ...heavyTail, description: "pods that run" },
  { name: "oom_kill", ...flag, description: "1 when the kernel killed a process for memory" },
];

/** The built-in contract `container/1.0`: workloads of Kubernetes every 5 minutes with CPU and memory breach rules. */
export const containerContract: Contract = {
  name: "container",
  version: "1.0",
  description: "Containers of Kubernetes workloads, as the kubelet sees them.",
  interval: "5m",
  labels: [],
  state: null,
  metrics,
  texts: [],
  breachRules: [
    { id: "cpu_high", metric: "cpu_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
    { id: "mem_high", metric: "mem_pct", op: ">=", threshold: 90, for: "15m", clear: "1h" },
  ],
};
