// The built-in mapping `container`: the kubelet's cAdvisor, and kube-state-metrics where it is there, to the contract
// container/1.0. A server is namespace/workload/container. Pods live for hours and forecasts need days of history, so
// the pods of a Deployment, DaemonSet or CronJob are one server; those of a StatefulSet keep their names.
import type { MappingInput } from "./document.ts";

/** Letters of the names that Kubernetes generates. */
const GENERATED = "[bcdfghjklmnpqrstvwxz2456789]";
/** A pod's name: its workload, the hash of a ReplicaSet or the time of a CronJob, five generated letters. */
const POD_NAME = `(.+?)(-(${GENERATED}{6,10}|[0-9]{8,10}))?-${GENERATED}{5}`;
/** Series of containers, without those of pods and of the kubelet's own groups. */
const CONTAINER = '{container!="", container!="POD"}';
const BY_CONTAINER = "namespace, pod, container";

/** The largest of the series of a container, which jobs and restarts multiply. */
const newest = (series: string): string => `max by (${BY_CONTAINER}) (${series})`;

/** Series by pod and container, put together by workload and named. */
function byWorkload(aggregation: "sum" | "max" | "count", series: string): string {
  const copied = `label_replace(${series}, "workload", "$1", "pod", "(.+)")`;
  const named = `label_replace(${copied}, "workload", "$1", "pod", "$pod_name")`;
  const together = `${aggregation} by (namespace, workload, container) (${named})`;
  return `label_join(${together}, "server", "/", "namespace", "workload", "container")`;
}

/** What expressions share. */
const PARTS = {
  pod_name: POD_NAME,
  running: newest(`last_over_time(container_memory_working_set_bytes${CONTAINER}[$interval])`),
  cpu_use:
    `sum by (${BY_CONTAINER}) (max by (${BY_CONTAINER}, cpu) ` +
    `(rate(container_cpu_usage_seconds_total${CONTAINER}[$interval])))`,
  cpu_limit: `(${[
    newest('kube_pod_container_resource_limits{resource="cpu"}'),
    newest(`container_spec_cpu_quota${CONTAINER} / container_spec_cpu_period${CONTAINER} > 0`),
    newest('kube_pod_container_resource_requests{resource="cpu"}'),
    newest(`container_spec_cpu_shares${CONTAINER} / 1024`),
  ].join(" or ")})`,
  memory_use: newest(`avg_over_time(container_memory_working_set_bytes${CONTAINER}[$interval])`),
  memory_limit: `(${[
    newest('kube_pod_container_resource_limits{resource="memory"}'),
    newest(`container_spec_memory_limit_bytes${CONTAINER} > 0`),
  ].join(" or ")})`,
};

const periods = (name: string): string => newest(`rate(container_cpu_cfs_${name}_total${CONTAINER}[$interval])`);

/** What a counter of rare events rose since the interval before; a rate misses what falls between two windows. */
const risen = (counter: string): string =>
  newest(
    `clamp_min(last_over_time(${counter}[$interval]) - last_over_time(${counter}[$interval] offset $interval), 0)`,
  );

/** Traffic of a pod, which its containers share: each of them is given all of it. */
function podTraffic(counter: string): string {
  const links = `max by (namespace, pod, interface) (rate(${counter}{pod!="", interface!="lo"}[$interval]))`;
  const shared = `($running * 0 + 1) * on (namespace, pod) group_left () sum by (namespace, pod) (${links})`;
  return `${byWorkload("sum", shared)} / 1e6`;
}

/** The built-in mapping `container`. */
export const containerMapping: MappingInput = {
  contract: "container/1.0",
  server: { label: "server", pattern: "^(.+)$", present: byWorkload("max", "$running") },
  parts: PARTS,
  metrics: {
    // Only pods whose limit or request is known count, on both sides.
    cpu_pct: {
      expression: `100 * ${byWorkload("sum", "($cpu_use and $cpu_limit)")} / ${byWorkload("sum", "($cpu_limit and $cpu_use)")}`,
    },
    mem_pct: { expression: byWorkload("max", "(100 * $memory_use / $memory_limit)"), outOfRange: "clip" },
    throttled_pct: {
      expression: byWorkload("max", `(100 * ${periods("throttled_periods")} / ${periods("periods")})`),
      outOfRange: "clip",
    },
    restarts: { expression: byWorkload("sum", risen("kube_pod_container_status_restarts_total")) },
    net_in_mb_s: { expression: podTraffic("container_network_receive_bytes_total") },
    net_out_mb_s: { expression: podTraffic("container_network_transmit_bytes_total") },
    pods: { expression: byWorkload("count", "$running") },
    oom_kill: { expression: `${byWorkload("max", risen(`container_oom_events_total${CONTAINER}`))} > bool 0` },
  },
};
