// A real vmagent and a real Prometheus scrape a real node_exporter and send to the daemon, which is killed meanwhile and comes
// back. Its rows are what the raw samples of the senders make, every sample in its interval: Prometheus knows its own, and
// vmagent sends to VictoriaMetrics, too. And the daemon scrapes the same node_exporter without any agent.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ServedDaemon, serve } from "../support/daemon-process.ts";
import {
  areInstalled,
  type RunningProgram,
  startNodeExporter,
  startPrometheus,
  startVictoriaMetrics,
  startVmagent,
} from "../support/prometheus-process.ts";

const INTERVAL_MS = 5000;
const SCRAPES = 5;
/** Who scrapes; each has a job of its own, which is a server to the mapping. */
const JOBS = ["prometheus", "scraper", "vmagent"];
/** Distance of the values of rows, which have 32 bits, relative to those of doubles. */
const PRECISION = 1e-6;

const contract = {
  ...{ name: "quick", version: "1.0", description: "A machine every 5 seconds.", interval: "5s" },
  ...{ labels: [], state: null, texts: [] },
  metrics: [
    metric("samples", "target", true),
    metric("free_gib", "observed", false),
    metric("cpu_seconds", "observed", false),
  ],
  breachRules: [{ id: "many", metric: "samples", op: ">=", threshold: 1e6, for: "10s", clear: "60s" }],
};

function metric(name: string, role: string, required: boolean) {
  return { name, unit: "1", kind: "gauge", role, required, min: 0, max: 1e15, transform: "log1p" };
}

const mapping = {
  contract,
  server: { label: "job", pattern: "^(.+)$" },
  metrics: {
    samples: { expression: "sum by (job) (count_over_time(up[$interval]))" },
    free_gib: { expression: "avg by (job) (avg_over_time(node_memory_MemAvailable_bytes[$interval])) / 1073741824" },
    cpu_seconds: { expression: 'sum by (job) (max_over_time(node_cpu_seconds_total{mode="idle"}[$interval]))' },
  },
};

const installed = areInstalled("prometheus-node-exporter", "prometheus", "vmagent", "victoria-metrics");

describe.skipIf(!installed)("real senders", () => {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-senders-"));
  const configFile = join(directory, "config.yaml");
  const programs: RunningProgram[] = [];
  let daemon: ServedDaemon;
  let victoria: RunningProgram;
  let agent: RunningProgram;
  let prometheus: RunningProgram;

  beforeAll(async () => {
    const exporter = await startNodeExporter();
    programs.push(exporter);
    victoria = await startVictoriaMetrics(directory);
    programs.push(victoria);
    const port = await freePort();
    const mappingFile = join(directory, "mapping.yaml");
    writeFileSync(mappingFile, stringify(mapping));
    const config = {
      server: { port },
      store: { dataDir: join(directory, "var"), contract: join(directory, "contract.json") },
      models: { directory: join(directory, "models") },
      forecast: { delay: "1s" },
      receive: {
        mapping: mappingFile,
        // Senders keep a sample for up to a second before they send it.
        delay: "3s",
        scrape: [{ url: `${exporter.url}/metrics`, every: "1s", labels: { job: "scraper" } }],
      },
    };
    writeFileSync(join(directory, "contract.json"), JSON.stringify(contract));
    writeFileSync(configFile, stringify(config));
    daemon = await serve({ configFile });
    const target = exporter.url.replace("http://", "");
    const write = `${daemon.url}/api/v1/write`;
    const scrapeFile = join(directory, "scrape.yml");
    writeFileSync(scrapeFile, stringify(scrapeConfig("vmagent", target)));
    agent = await startVmagent(directory, scrapeFile, [write, `${victoria.url}/api/v1/write`]);
    programs.push(agent);
    const senderFile = join(directory, "sender.yml");
    const remote = { url: write, queue_config: { batch_send_deadline: "1s" } };
    writeFileSync(senderFile, stringify({ ...scrapeConfig("prometheus", target), remote_write: [remote] }));
    prometheus = await startPrometheus(directory, senderFile);
    programs.push(prometheus);
  });
  afterAll(async () => {
    // Prometheus would wait for a daemon that is gone.
    for (const program of programs.reverse()) await program.stop();
    await daemon?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  test("bring every sample, over a crash of the daemon and in any order", async () => {
    const beginMs = Math.ceil(Date.now() / INTERVAL_MS) * INTERVAL_MS + INTERVAL_MS;
    await sleep(15_000);
    await daemon.kill();
    await sleep(12_000);
    daemon = await serve({ configFile });
    await sleep(15_000);
    // Six whole intervals, however quick the machine is.
    await sleep(Math.max(0, beginMs + 7 * INTERVAL_MS - Date.now()));
    const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS;

    for (const [job, url] of [
      ["vmagent", victoria.url],
      ["prometheus", prometheus.url],
    ] as const) {
      // A machine under load keeps the oracle waiting, too.
      const rawAll = () => rawRows(url, job, beginMs, endMs);
      const expected = await until(rawAll, (found) => [...found.values()].every(({ isWhole }) => isWhole));
      expect(expected.size).toBeGreaterThanOrEqual(6);
      // Samples of an outage come late, and their rows are waited for.
      const sentRows = () => rowsOf(daemon, job, beginMs, endMs);
      const rows = await until(sentRows, ({ size }) => size === expected.size);
      for (const [timeMs, raw] of expected) {
        const row = rows.get(timeMs);
        const what = `${job} ${new Date(timeMs).toISOString()}: ${JSON.stringify({ raw, row })}`;
        expect(row?.samples, what).toBe(raw.samples);
        for (const name of ["free_gib", "cpu_seconds"] as const) {
          expect(Math.abs(row![name]! / raw[name]! - 1), what).toBeLessThan(PRECISION);
        }
      }
      // One scrape a second is five an interval; a scrape may fall on the neighbour's side.
      const counts = [...expected.values()].map(({ samples }) => samples);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(SCRAPES * expected.size * 0.9);
    }

    const lost = /^(?:vmagent_remotewrite_packets_dropped|prometheus_remote_storage_samples_(?:failed|dropped))_total/;
    for (const { url } of [agent, prometheus]) {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n").filter((line) => lost.test(line));
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line).toMatch(/ 0$/);
    }
  }, 180_000);

  test("are not needed: the daemon reads the page of the exporter itself", async () => {
    const text = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(text).toMatch(/^forewarn_scrape_targets_up 1$/m);
    const { items } = await daemon.get<{ items: { server: string }[] }>("/api/v1/servers");
    expect(items.map(({ server }) => server).sort()).toEqual(JOBS);
    // Scrapes of the daemon that was killed are lost; those since are five an interval.
    const beginMs = Date.now() - 3 * INTERVAL_MS;
    const scrapedRows = () => rowsOf(daemon, "scraper", beginMs, Date.now());
    const isFull = ([, { samples }]: [number, Row]) => samples >= SCRAPES - 1;
    const rows = await until(scrapedRows, (found) => [...found].some(isFull));
    const [timeMs, scraped] = [...rows].find(isFull)!;
    const pushedRows = () => rowsOf(daemon, "vmagent", timeMs, timeMs + INTERVAL_MS);
    const pushed = (await until(pushedRows, ({ size }) => size === 1)).get(timeMs)!;
    expect(scraped.free_gib! / pushed.free_gib!).toBeCloseTo(1, 0);
    expect(scraped.cpu_seconds! / pushed.cpu_seconds!).toBeCloseTo(1, 3);
  }, 60_000);
});

interface Row {
  samples: number;
  free_gib: number | null;
  cpu_seconds: number | null;
}

interface RawRow extends Row {
  /** Whether every scrape of the interval is there with all of its samples. */
  isWhole: boolean;
}

function scrapeConfig(job: string, target: string) {
  const scrape = { job_name: job, static_configs: [{ targets: [target] }] };
  return { global: { scrape_interval: "1s" }, scrape_configs: [scrape] };
}

/** What the raw samples that a database has of a job make of every interval (start, start + 5 s]. */
async function rawRows(url: string, job: string, beginMs: number, endMs: number): Promise<Map<number, RawRow>> {
  const seconds = (endMs - beginMs) / 1000;
  const select = async (name: string, matchers = ""): Promise<[timeMs: number, value: number][][]> => {
    const query = `${name}{job="${job}"${matchers}}[${seconds}s]`;
    const parameters = new URLSearchParams({ query, time: `${endMs / 1000}`, nocache: "1", latency_offset: "0s" });
    const answer = await (await fetch(`${url}/api/v1/query?${parameters}`)).json();
    const { result } = (answer as { data: { result: { values: [number, string][] }[] } }).data;
    return result.map(({ values }) => values.map(([time, value]) => [Math.round(time * 1000), Number(value)]));
  };
  const [up] = await select("up");
  const [free] = await select("node_memory_MemAvailable_bytes");
  const idle = await select("node_cpu_seconds_total", ',mode="idle"');
  const rows = new Map<number, RawRow>();
  for (let startMs = beginMs; startMs < endMs; startMs += INTERVAL_MS) {
    const within = (points: [number, number][] = []) =>
      points.filter(([timeMs]) => timeMs > startMs && timeMs <= startMs + INTERVAL_MS).map(([, value]) => value);
    const bytes = within(free);
    const samples = within(up).length;
    rows.set(startMs, {
      samples,
      isWhole: samples > 0 && bytes.length === samples,
      free_gib: bytes.reduce((sum, value) => sum + value, 0) / bytes.length / 2 ** 30,
      cpu_seconds: idle.reduce((sum, points) => sum + Math.max(...within(points)), 0),
    });
  }
  return rows;
}

/** Rows of a server by their time. */
async function rowsOf(daemon: ServedDaemon, server: string, beginMs: number, endMs: number): Promise<Map<number, Row>> {
  const query = new URLSearchParams({ from: new Date(beginMs).toISOString(), to: new Date(endMs).toISOString() });
  const { startAt, metrics } = await daemon.get<{
    startAt: string;
    metrics: Record<keyof Row, (number | null)[]>;
  }>(`/api/v1/servers/${server}/history?${query}`);
  return new Map(
    metrics.samples.flatMap((samples, at) => {
      if (samples === null) return [];
      const timeMs = Date.parse(startAt) + at * INTERVAL_MS;
      return [[timeMs, { samples, free_gib: metrics.free_gib[at]!, cpu_seconds: metrics.cpu_seconds[at]! }]] as const;
    }),
  );
}

/** Reads again, for a minute, until it is as it should be. @returns What was read last. */
async function until<T>(read: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await read();
    if (isDone(found) || tries === 60) return found;
    await sleep(1000);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
