// Series of a kubelet and of kube-state-metrics for three workloads whose limits are known in three ways.
import type { SourceSeries } from "../../src/promql/index.ts";

/** The middle of the series; two rows end there and one interval later. */
export const CONTAINER_BEGIN_MS = Date.UTC(2026, 0, 5);
const SCRAPE_MS = 30_000;
const SCRAPES = 50;
const BEFORE_MS = 900_000;

function series(name: string, labels: Record<string, string>, at: (second: number) => number): SourceSeries {
  const times = Array.from({ length: SCRAPES }, (_, i) => CONTAINER_BEGIN_MS - BEFORE_MS + i * SCRAPE_MS + 1000);
  return {
    labels: { __name__: name, job: "kubelet", namespace: "shop", ...labels },
    timesMs: Float64Array.from(times),
    values: Float64Array.from(times, (timeMs) => at((timeMs - CONTAINER_BEGIN_MS) / 1000)),
  };
}

function container(pod: string, name: string, cores: number, bytes: number): SourceSeries[] {
  const labels = { pod, container: name, id: `/kubepods/${pod}` };
  const cpu = "container_cpu_usage_seconds_total";
  return [
    series(cpu, { ...labels, cpu: "total" }, (second) => 1e4 + cores * second),
    series(cpu, { ...labels, cpu: "total", job: "again" }, (second) => 1e4 + cores * second),
    series(cpu, { pod, container: "", cpu: "total" }, (second) => 1e4 + 9 * second),
    series("container_memory_working_set_bytes", labels, () => bytes),
    series("container_network_receive_bytes_total", { pod, interface: "eth0" }, (second) => 1e9 + 2e6 * second),
    series("container_network_transmit_bytes_total", { pod, interface: "eth0" }, (second) => 1e9 + 1e6 * second),
    series("container_oom_events_total", labels, (second) => (second > 100 ? 1 : 0)),
    series("container_cpu_cfs_throttled_periods_total", labels, (second) => 1e4 + second),
    series("container_cpu_cfs_periods_total", labels, (second) => 1e5 + 10 * second),
    series("kube_pod_container_status_restarts_total", { pod, container: name }, (second) => (second > 20 ? 4 : 1)),
  ];
}

/** All series. */
export function containerSeries(): SourceSeries[] {
  const limit = (pod: string, resource: string, value: number) =>
    series("kube_pod_container_resource_limits", { pod, container: "app", resource, unit: "any" }, () => value);
  const spec = (pod: string, name: string, what: string, value: number) =>
    series(`container_spec_${what}`, { pod, container: name, id: `/kubepods/${pod}` }, () => value);
  return [
    ...container("web-7d4b9c6f5b-x2k8p", "app", 0.5, 3e8),
    ...container("web-7d4b9c6f5b-zq4tw", "app", 1, 9e8),
    limit("web-7d4b9c6f5b-x2k8p", "cpu", 2),
    limit("web-7d4b9c6f5b-zq4tw", "cpu", 2),
    limit("web-7d4b9c6f5b-zq4tw", "memory", 1e9),
    ...container("db-0", "pg", 0.25, 1e8),
    spec("db-0", "pg", "cpu_quota", 50_000),
    spec("db-0", "pg", "cpu_period", 100_000),
    spec("db-0", "pg", "cpu_shares", 102),
    spec("db-0", "pg", "memory_limit_bytes", 4e8),
    ...container("agent-x2k8p", "a", 0.1, 1e8),
    spec("agent-x2k8p", "a", "cpu_shares", 102),
    spec("agent-x2k8p", "a", "memory_limit_bytes", 0),
  ];
}
