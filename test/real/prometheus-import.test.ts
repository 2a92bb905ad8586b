// History of real databases becomes the rows that were computed without them, and a real node_exporter is read as the
// operating system reads itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Contract, nodeContract } from "../../src/contract/index.ts";
import {
  BUILT_IN_MAPPINGS,
  clientEvaluator,
  createPrometheusClient,
  type Discovery,
  discover,
  type Evaluate,
  emptyTally,
  evaluateMapping,
  type Mapping,
  mappingText,
  openMapping,
  pullHistory,
  readMapping,
  sourceEvaluator,
} from "../../src/prometheus/index.ts";
import { memorySource } from "../../src/promql/index.ts";
import { batchRows, type LiveRow, openDataSet, type Series } from "../../src/store/index.ts";
import { runForewarnAt } from "../helpers/cli.ts";
import { CONTAINER_BEGIN_MS, containerSeries } from "../support/container-series.ts";
import {
  ABSENT,
  expectedRow,
  INTERVALS,
  NODE_END_MS,
  NODE_START_MS,
  SERVERS,
  seriesLines,
} from "../support/node-series.ts";
import {
  areInstalled,
  type RunningProgram,
  startNodeExporter,
  startPrometheus,
  startVictoriaMetrics,
} from "../support/prometheus-process.ts";
import { openMetricsText } from "../support/promql-data.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-prometheus-"));
afterAll(() => rmSync(directory, { recursive: true }));
const since = new Date(NODE_START_MS).toISOString();
const until = new Date(NODE_END_MS).toISOString();

async function readSet(path: string): Promise<{ contract: Contract; series: Series[] }> {
  const set = await openDataSet(path);
  try {
    return { contract: set.meta.contract, series: await set.readSeries() };
  } finally {
    set.close();
  }
}

/** Expressions of any mapping that the database does not take. */
function problemsOf({ proposals }: Discovery): (string | null)[] {
  return proposals.flatMap(({ coverage }) => coverage.metrics.flatMap(({ problem }) => problem ?? []));
}

function twice(server: string): string[] {
  return [`shop/${server}`, `shop/${server}`];
}

/** Compares every server, interval and metric; 32-bit floats hold about seven digits. */
async function expectWritten(path: string, isOfVictoria: boolean): Promise<void> {
  const { contract, series } = await readSet(path);
  expect(series.map(({ server }) => server)).toEqual(SERVERS.map(({ server }) => server));
  const wrong: string[] = [];
  for (const [i, { host, server }] of SERVERS.entries()) {
    expect(series[i]!.startMs).toBe(NODE_START_MS);
    for (let interval = 0; interval < INTERVALS; interval++) {
      const expected = expectedRow(host, interval, isOfVictoria);
      for (const [column, { name }] of contract.metrics.entries()) {
        const value = series[i]!.values[column]![interval]!;
        const wanted = expected?.[name] ?? Number.NaN;
        const isClose = Math.abs(value - wanted) <= 2e-6 * Math.max(1, Math.abs(wanted));
        if (!isClose && !(Number.isNaN(value) && Number.isNaN(wanted))) {
          wrong.push(`${server} ${name} ${interval}: Expected ${wanted}, got ${value}`);
        }
      }
    }
  }
  expect(wrong.slice(0, 10)).toEqual([]);
}

describe.skipIf(!areInstalled("prometheus", "promtool"))("Prometheus", () => {
  let prometheus: RunningProgram | undefined;
  afterAll(() => prometheus?.stop());

  it("history is what was written, by the mapping node", async () => {
    const text = join(directory, "node.om");
    writeFileSync(text, seriesLines("openmetrics"));
    writeFileSync(join(directory, "empty.yml"), "global: {}\n");
    const data = join(directory, "data");
    const made = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, data], { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    prometheus = await startPrometheus(directory, join(directory, "empty.yml"));
    const out = join(directory, "fleet");
    const range = ["--since", since, "--until", until];
    const pulled = await runForewarnAt(
      Date.now,
      "import",
      "--prometheus",
      prometheus.url,
      ...range,
      "--out",
      out,
      "--json",
    );
    expect([pulled.exitCode, pulled.stderr]).toEqual([0, expect.stringContaining("wrote")]);
    const { dataSet, findings } = JSON.parse(pulled.stdout);
    expect(dataSet).toMatchObject({ servers: 3, createdBy: { tool: "prometheus", mapping: "node" } });
    expect(dataSet.rows).toBe(3 * INTERVALS - 24);
    // The first interval of every history has none before it to compare with.
    expect(findings.missing).toMatchObject({ cpu_pct: 0, mem_pct: 0, disk_pct: 0, oom_kill: 4 });
    for (const name of ABSENT) expect(findings.missing[name]).toBe(dataSet.rows);
    await expectWritten(out, false);
  });

  it("pulled in small answers, history is the same", async () => {
    const { url } = prometheus!;
    const now = () => NODE_END_MS;
    const client = createPrometheusClient({ url, maxBytes: 4000, now, wait: async () => {} });
    const out = join(directory, "small");
    const mapping = readMapping("node");
    const range = { sinceMs: NODE_START_MS, untilMs: NODE_END_MS, nowMs: Date.now() };
    await pullHistory({ client, mapping, ...range, out, forewarnVersion: "0", onProgress: () => {} });
    await expectWritten(out, false);
  });

  it("discover writes a mapping that import takes", async () => {
    const { url } = prometheus!;
    const client = createPrometheusClient({ url, now: () => NODE_END_MS, wait: async () => {} });
    const found = await discover({ client, nowMs: NODE_END_MS - 1000 });
    const [best] = found.proposals;
    expect(best).toMatchObject({ name: "node", coverage: { servers: 3, scrapeIntervalMs: 60_000 } });
    expect(Math.abs(best!.coverage.sinceMs! - NODE_START_MS)).toBeLessThanOrEqual(300_000);
    expect(best!.shortcomings.join("\n")).toContain("only 0.5 days of history");
    expect(problemsOf(found)).toEqual([]);
    // As after a restart: nothing for a quarter of an hour.
    const later = await discover({ client, nowMs: NODE_END_MS + 900_000 });
    expect(later.proposals[0]).toMatchObject({ name: "node", coverage: { servers: 3 } });
    const generic = (await discover({ client, nowMs: NODE_END_MS - 1000, only: "generic" })).proposals[0]!;
    expect(generic.coverage.servers).toBe(3);
    for (const [name, { document }] of Object.entries({ best: best!, generic })) {
      const path = join(directory, `${name}.yaml`);
      writeFileSync(path, mappingText(document, ["written by discover"]));
      const out = join(directory, `of-${name}`);
      const range = ["--since", "2h", "--until", until];
      const pulled = await runForewarnAt(
        Date.now,
        "import",
        "--prometheus",
        url,
        "--mapping",
        path,
        ...range,
        "--out",
        out,
      );
      expect([name, pulled.exitCode, pulled.stdout]).toEqual([
        name,
        0,
        expect.stringContaining("72 rows of 3 servers"),
      ]);
    }
  });
});

describe.skipIf(!areInstalled("victoria-metrics"))("VictoriaMetrics", () => {
  it("history is what was written, by the mapping node", async () => {
    const victoria = await startVictoriaMetrics(directory);
    try {
      const body = seriesLines("victoria");
      const imported = await fetch(`${victoria.url}/api/v1/import/prometheus`, { method: "POST", body });
      expect(imported.status).toBe(204);
      await fetch(`${victoria.url}/internal/force_flush`);
      const out = join(directory, "victoria-fleet");
      const range = ["--since", since, "--until", until];
      const pulled = await runForewarnAt(Date.now, "import", "--prometheus", victoria.url, ...range, "--out", out);
      expect([pulled.exitCode, pulled.stderr]).toEqual([0, expect.stringContaining("wrote")]);
      await expectWritten(out, true);
      const client = createPrometheusClient({ url: victoria.url, now: () => NODE_END_MS, wait: async () => {} });
      const found = await discover({ client, nowMs: NODE_END_MS - 1000 });
      expect(found.proposals[0]).toMatchObject({ name: "node", coverage: { servers: 3, scrapeIntervalMs: 60_000 } });
      expect(problemsOf(found)).toEqual([]);
      const generic = await discover({ client, nowMs: NODE_END_MS - 1000, only: "generic" });
      expect(generic.proposals[0]).toMatchObject({ name: "generic", coverage: { servers: 3, share: 1 } });
    } finally {
      await victoria.stop();
    }
  });
});

describe.skipIf(!areInstalled("victoria-metrics"))("VictoriaMetrics, up to now", () => {
  it("no value is filled in: its own `-search.latencyOffset` is left out", async () => {
    const folder = mkdtempSync(join(directory, "now-"));
    const victoria = await startVictoriaMetrics(folder);
    try {
      const untilMs = Math.floor(Date.now() / 1000) * 1000;
      const lines = Array.from(
        { length: 120 },
        (_, second) => `load{instance="a"} ${second} ${untilMs - second * 1000}`,
      );
      await fetch(`${victoria.url}/api/v1/import/prometheus`, { method: "POST", body: lines.join("\n") });
      await fetch(`${victoria.url}/internal/force_flush`);
      const contract = {
        ...nodeContract,
        ...{ name: "age", interval: "5s", labels: [], breachRules: [] },
        metrics: [{ ...nodeContract.metrics[0]!, name: "age", max: null }],
      } as unknown as Record<string, unknown>;
      const metrics = { age: { expression: "max by (instance) (last_over_time(load[$interval]))" } };
      const mapping = openMapping({ contract, metrics }, "age");
      const client = createPrometheusClient({ url: victoria.url, now: Date.now, wait: async () => {} });
      const out = join(folder, "fleet");
      const range = { sinceMs: untilMs - 90_000, untilMs, nowMs: Date.now() };
      const report = await pullHistory({ client, mapping, ...range, out, forewarnVersion: "0", onProgress: () => {} });
      // This version fills in 30 s, whatever it is asked; one that knows latency_offset fills in nothing.
      if (report.unsettledMs > 0) expect(report.unsettledMs).toBeGreaterThan(25_000);
      const [series] = (await readSet(out)).series;
      const ages = Array.from({ length: series!.steps }, (_, at) => (untilMs - series!.startMs) / 1000 - 5 * (at + 1));
      expect([...series!.values[0]!]).toEqual(ages);
      expect(ages.length).toBeGreaterThanOrEqual(11);
    } finally {
      await victoria.stop();
    }
  });
});

describe.skipIf(!areInstalled("prometheus", "promtool", "victoria-metrics"))("the mapping container", () => {
  it("is the same to Prometheus, VictoriaMetrics and Forewarn itself", async () => {
    const mapping = readMapping("container");
    const beginMs = CONTAINER_BEGIN_MS;
    const rows = async (evaluate: Evaluate): Promise<LiveRow[]> => {
      const batch = await evaluateMapping(mapping, evaluate, beginMs - 300_000, beginMs, emptyTally(mapping));
      const rounded = batch.metrics.map((values) => values.map((value) => Number(value.toPrecision(9))));
      return batchRows(mapping.contract, { ...batch, metrics: rounded });
    };
    const client = (url: string) => createPrometheusClient({ url, now: Date.now, wait: async () => {} });
    const expected = await rows(sourceEvaluator(memorySource(containerSeries())));
    expect(expected.map(({ server }) => server)).toEqual(["agent/a", "db-0/pg", "web/app"].flatMap(twice));
    expect(expected[5]!.metrics).toMatchObject({ cpu_pct: 37.5, mem_pct: 90, pods: 2, restarts: 6, oom_kill: 1 });

    const folder = mkdtempSync(join(directory, "containers-"));
    const text = openMetricsText(containerSeries());
    writeFileSync(join(folder, "data.om"), text);
    writeFileSync(join(folder, "empty.yml"), "global: {}\n");
    const made = ["tsdb", "create-blocks-from", "openmetrics", join(folder, "data.om"), join(folder, "data")];
    expect(spawnSync("promtool", made).status).toBe(0);
    const prometheus = await startPrometheus(folder, join(folder, "empty.yml"));
    const victoria = await startVictoriaMetrics(folder);
    try {
      expect(await rows(clientEvaluator(client(prometheus.url)))).toEqual(expected);
      // VictoriaMetrics reads milliseconds.
      const body = text.replaceAll(/ (\d+)\.(\d{3})$/gm, " $1$2").replaceAll(/^#.*\n/gm, "");
      await fetch(`${victoria.url}/api/v1/import/prometheus`, { method: "POST", body });
      await fetch(`${victoria.url}/internal/force_flush`);
      expect(await rows(clientEvaluator(client(victoria.url)))).toEqual(expected);
    } finally {
      await prometheus.stop();
      await victoria.stop();
    }
  });
});

describe.skipIf(!areInstalled("prometheus", "prometheus-node-exporter"))("node_exporter", () => {
  it("gives a plausible value for every metric of the mapping node", async () => {
    const interval = { contract: { ...nodeContract, interval: "10s" } as unknown as Record<string, unknown> };
    const mapping: Mapping = openMapping({ ...BUILT_IN_MAPPINGS["node"], ...interval }, "node");
    const exporter = await startNodeExporter();
    const config = join(directory, "scrape.yml");
    const target = `static_configs: [{ targets: ["${new URL(exporter.url).host}"] }]`;
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }\nscrape_configs:\n  - { job_name: a, ${target} }\n  - { job_name: b, ${target} }\n`,
    );
    const folder = mkdtempSync(join(directory, "scraped-"));
    const prometheus = await startPrometheus(folder, config);
    try {
      const client = createPrometheusClient({ url: prometheus.url, now: Date.now, wait: async () => {} });
      // The row before the newest has an interval before it, to which events are compared.
      const scraped = async () => (await client.query("count_over_time(node_load1[31s]) >= 30", Date.now())).length;
      await expect.poll(scraped, { timeout: 120_000, interval: 500 }).toBe(2);
      const out = join(directory, "scraped");
      const untilMs = Date.now();
      const range = { sinceMs: untilMs - 20_000, untilMs, nowMs: untilMs };
      await pullHistory({ client, mapping, ...range, out, forewarnVersion: "0", onProgress: () => {} });
      const { contract, series } = await readSet(out);
      expect(series.map(({ server }) => server)).toEqual(["127.0.0.1"]);
      const values = Object.fromEntries(contract.metrics.map(({ name }, i) => [name, series[0]!.values[i]![0]!]));
      // A kernel may be built without pressure stall information.
      const missing = Object.keys(values).filter((name) => !name.includes("stall") && Number.isNaN(values[name]));
      expect(missing).toEqual([]);
      const available = /MemAvailable: +(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))![1];
      expect(Math.abs(values["mem_pct"]! - 100 * (1 - (1024 * Number(available)) / totalmem()))).toBeLessThan(15);
      expect(values["cpu_pct"]).toBeGreaterThan(0);
      expect(values["load_per_core"]).toBeGreaterThan(0);
      expect(values["disk_pct"]).toBeGreaterThan(0);
      for (const [name, value] of Object.entries(values)) {
        if (name.endsWith("_pct") && !Number.isNaN(value))
          expect([name, value >= 0 && value <= 100]).toEqual([name, true]);
        if (name.endsWith("_mb_s")) expect([name, value >= 0 && value < 20_000]).toEqual([name, true]);
      }
    } finally {
      await prometheus.stop();
      await exporter.stop();
    }
  });
});
