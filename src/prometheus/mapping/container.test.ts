// The built-in mapping of containers on series as a kubelet and kube-state-metrics give them.
import { describe, expect, it } from "vitest";
import { memorySource, type SourceSeries } from "../../promql/index.ts";
import { batchRows } from "../../store/index.ts";
import { evaluateMapping } from "./evaluate-mapping.ts";
import { sourceEvaluator } from "./evaluator.ts";
import { readMapping } from "./read-mapping.ts";
import { emptyTally } from "./tally.ts";

const BEGIN = Date.UTC(2026, 0, 5);
const STEP = 30_000;
type At = (second: number) => number;

/** Ten minutes before the row, and its five. */
function series(name: string, labels: Record<string, string>, at: At): SourceSeries {
  const times = Array.from({ length: 30 }, (_, i) => BEGIN - 600_000 + i * STEP + 1000);
  return {
    labels: { __name__: name, job: "kubelet", namespace: "shop", ...labels },
    timesMs: Float64Array.from(times),
    values: Float64Array.from(times, (timeMs) => at((timeMs - BEGIN) / 1000)),
  };
}

/** A container with its pod's network; `cores` in use, `bytes` of memory. */
function container(pod: string, name: string, cores: number, bytes: number): SourceSeries[] {
  const labels = { pod, container: name, id: `/kubepods/${pod}` };
  return [
    series("container_cpu_usage_seconds_total", { ...labels, cpu: "total" }, (second) => 1e4 + cores * second),
    // The pod's own group, which is no container, and a second scrape of the same.
    series("container_cpu_usage_seconds_total", { pod, container: "", cpu: "total" }, (second) => 1e4 + 9 * second),
    series(
      "container_cpu_usage_seconds_total",
      { ...labels, cpu: "total", job: "again" },
      (second) => 1e4 + cores * second,
    ),
    series("container_memory_working_set_bytes", labels, () => bytes),
    series("container_network_receive_bytes_total", { pod, interface: "eth0" }, (second) => 1e9 + 2e6 * second),
    series("container_network_receive_bytes_total", { pod, interface: "lo" }, (second) => 1e9 + 7e6 * second),
  ];
}

async function row(all: readonly SourceSeries[]): Promise<Record<string, Readonly<Record<string, number>>>> {
  const mapping = readMapping("container");
  const batch = await evaluateMapping(mapping, sourceEvaluator(memorySource(all)), BEGIN, BEGIN, emptyTally(mapping));
  return Object.fromEntries(batchRows(mapping.contract, batch).map(({ server, metrics }) => [server, metrics]));
}

describe("the mapping container", () => {
  it("puts the pods of a Deployment together", async () => {
    const limit = (pod: string, resource: string, value: number) =>
      series("kube_pod_container_resource_limits", { pod, container: "app", resource }, () => value);
    const [first, second] = ["web-7d4b9c6f5b-x2k8p", "web-7d4b9c6f5b-zq4tw"] as const;
    const rows = await row([
      ...container(first, "app", 0.5, 3e8),
      ...container(second, "app", 1, 9e8),
      ...[first, second].flatMap((pod) => [limit(pod, "cpu", 2), limit(pod, "memory", 1e9)]),
      series("kube_pod_container_status_restarts_total", { pod: first, container: "app" }, (s) => (s > 20 ? 4 : 1)),
      series("container_oom_events_total", { pod: first, container: "app" }, () => 0),
      series("container_cpu_cfs_throttled_periods_total", { pod: first, container: "app" }, (s) => 1e4 + s),
      series("container_cpu_cfs_periods_total", { pod: first, container: "app" }, (s) => 1e5 + 10 * s),
    ]);
    expect(Object.keys(rows)).toEqual(["shop/web/app"]);
    const { cpu_pct, mem_pct, net_in_mb_s, pods, restarts, throttled_pct, oom_kill, ...rest } = rows["shop/web/app"]!;
    expect(cpu_pct).toBeCloseTo((100 * 1.5) / 4, 6);
    expect(mem_pct).toBeCloseTo(90, 6);
    expect(net_in_mb_s).toBeCloseTo(4, 6);
    expect(throttled_pct).toBeCloseTo(10, 6);
    expect([pods, restarts, oom_kill, rest]).toEqual([2, 3, 0, {}]);
  });

  it("takes the quota of the kubelet, then the request, for a limit", async () => {
    const spec = (name: string, value: number) =>
      series(`container_spec_${name}`, { pod: "db-0", container: "pg", id: "/kubepods/db-0" }, () => value);
    const quota = [spec("cpu_quota", 50_000), spec("cpu_period", 100_000), spec("memory_limit_bytes", 4e8)];
    const withQuota = (await row([...container("db-0", "pg", 0.25, 1e8), ...quota]))["shop/db-0/pg"]!;
    expect(withQuota["cpu_pct"]).toBeCloseTo(50, 6);
    expect(withQuota["mem_pct"]).toBeCloseTo(25, 6);
    // No limit is a quota below 0 and a memory limit of 0.
    const shares = [
      spec("cpu_quota", -1),
      spec("cpu_period", 100_000),
      spec("memory_limit_bytes", 0),
      spec("cpu_shares", 102),
    ];
    const withShares = (await row([...container("db-0", "pg", 0.25, 1e8), ...shares]))["shop/db-0/pg"]!;
    expect(withShares["cpu_pct"]).toBeCloseTo((100 * 0.25) / (102 / 1024), 6);
    expect(withShares["mem_pct"]).toBeUndefined();
  });

  it("names workloads so that they outlive their pods", async () => {
    const pods = [
      "db-0",
      "agent-x2k8p",
      "kube-proxy-x9w4q",
      "backup-28394820-bq7dl",
      "api-server-5b8f7c9d4-xk2mz",
      "frontend",
    ];
    const rows = await row(pods.flatMap((pod) => container(pod, "c", 1, 1e8)));
    expect(Object.keys(rows)).toEqual(
      ["agent", "api-server", "backup", "db-0", "frontend", "kube-proxy"].map((workload) => `shop/${workload}/c`),
    );
  });
});
