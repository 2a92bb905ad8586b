// Scale-out: a fleet in a real VictoriaMetrics, read by stores as stateless daemons read it. First reading of all windows,
// reading before a tick, their processor time on both sides, and four shards of one fleet; one JSON document.
// Run: npx tsx bench/scale.bench.ts [--servers 1000] [--days 2] [--ticks 5]
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parseContract } from "../src/contract/index.ts";
import {
  createPrometheusClient,
  httpTransport,
  isInShard,
  openMapping,
  openPrometheusStore,
  type Shard,
  shardOf,
  type Transport,
} from "../src/prometheus/index.ts";
import type { LiveStore } from "../src/store/index.ts";
import { startVictoriaMetrics } from "../test/support/prometheus-process.ts";

const { values: flags } = parseArgs({
  options: {
    servers: { type: "string", default: "1000" },
    days: { type: "string", default: "2" },
    ticks: { type: "string", default: "5" },
  },
});
const SERVERS = Number(flags.servers);
const STEPS = Number(flags.days) * 288;
const TICKS = Number(flags.ticks);
const METRICS = 9;
const SHARDS = 4;
const STEP_MS = 300_000;
const END_MS = Math.floor(Date.now() / STEP_MS) * STEP_MS - TICKS * STEP_MS;
const names = Array.from({ length: SERVERS }, (_, i) => `node-${String(i).padStart(6, "0")}.example:9100`);

const contract = parseContract(
  {
    ...{ name: "bench", version: "1.0", interval: "5m", labels: [], state: null, texts: [], breachRules: [] },
    metrics: Array.from({ length: METRICS }, (_, i) => ({
      ...{ name: `metric_${i}`, unit: "percent", kind: "gauge", role: "target" },
      ...{ min: 0, max: 100, required: false, transform: "identity" },
    })),
  },
  "bench",
);
const mapping = openMapping(
  {
    contract,
    metrics: Object.fromEntries(
      contract.metrics.map(({ name }) => [
        name,
        { expression: `max by (instance) (avg_over_time(${name}[$interval]))` },
      ]),
    ),
  },
  "bench",
);

/** Counts the requests of all stores and the bytes of their answers, unpacked. */
const traffic = { queries: 0, bytes: 0 };
const http = httpTransport();
const counted: Transport = async (request) => {
  const answer = await http(request);
  traffic.queries += 1;
  traffic.bytes += answer.text.length;
  return answer;
};

function openStore(url: string, shard: Shard, partServers?: number): LiveStore {
  return openPrometheusStore({
    mapping,
    connect: (signal) =>
      createPrometheusClient({ url, signal, transport: counted, now: Date.now, wait: async () => undefined }),
    ...{ now: Date.now, windowMs: STEPS * STEP_MS, latenessMs: 2 * STEP_MS, maxServers: 1_000_000 },
    ...(partServers !== undefined && { partServers }),
    owns: (server) => isInShard(shard, server),
    onRefused: () => undefined,
    onUnsettled: () => undefined,
    onUnreadable: (error) => {
      throw error;
    },
  });
}

/** Every metric of every server, a value with two decimals in every interval; the ticks' included. */
async function fill(url: string): Promise<number> {
  const times = Array.from({ length: STEPS + TICKS }, (_, i) => END_MS - (STEPS - i) * STEP_MS + STEP_MS / 2);
  const timestamps = JSON.stringify(times);
  for (const [i, instance] of names.entries()) {
    const lines = contract.metrics.map(({ name }, m) => {
      const values = times.map((_, t) => Number((50 + 40 * Math.sin((t + 17 * i) / 46 + m)).toFixed(2)));
      const metric = { __name__: name, instance, job: "node" };
      return `{"metric":${JSON.stringify(metric)},"values":${JSON.stringify(values)},"timestamps":${timestamps}}`;
    });
    const answer = await fetch(`${url}/api/v1/import`, { method: "POST", body: lines.join("\n") });
    if (!answer.ok) throw new Error(`import: Expected 2xx, got ${answer.status}`);
  }
  await fetch(`${url}/internal/force_flush`);
  return names.length * METRICS * times.length;
}

/** Processor time of the database, which it looks up once in a second. */
async function databaseSeconds(url: string): Promise<number> {
  await sleep(1100);
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}

/** What one reading takes here. */
async function measured(work: () => Promise<unknown>) {
  const before = { ...traffic, own: process.cpuUsage(), begin: performance.now() };
  await work();
  const ms = performance.now() - before.begin;
  const { user, system } = process.cpuUsage(before.own);
  return {
    ms: Math.round(ms),
    cpuMs: Math.round((user + system) / 1000),
    queries: traffic.queries - before.queries,
    megabytes: Number(((traffic.bytes - before.bytes) / 1e6).toFixed(2)),
  };
}

/** First reading and readings before ticks of one store. */
async function reading(url: string, shard: Shard, partServers?: number) {
  const store = openStore(url, shard, partServers);
  const beforeMs = (await databaseSeconds(url)) * 1000;
  const firstRead = await measured(() => store.refresh(END_MS));
  const betweenMs = (await databaseSeconds(url)) * 1000;
  const first = { ...firstRead, databaseCpuMs: Math.round(betweenMs - beforeMs) };
  const ticks = [];
  for (let tick = 1; tick <= TICKS; tick++) {
    ticks.push(await measured(() => store.refresh(END_MS + tick * STEP_MS)));
  }
  const databaseCpuMs = Math.round(((await databaseSeconds(url)) * 1000 - betweenMs) / TICKS);
  const servers = store.servers().map(({ server }) => server);
  const newestMs = Math.min(...store.servers().map(({ lastMs }) => lastMs));
  if (newestMs !== END_MS + (TICKS - 1) * STEP_MS) throw new Error("a server has no newest interval");
  await store.close();
  const tick = { ...ticks.toSorted((a, b) => a.ms - b.ms)[Math.floor(TICKS / 2)]!, databaseCpuMs };
  return { servers, report: { servers: servers.length, first, tick } };
}

function hashing(): Record<string, number> {
  const perServer = (count: number): number => {
    const begin = performance.now();
    for (const name of names) shardOf(name, count);
    return Number((((performance.now() - begin) * 1000) / names.length).toFixed(3));
  };
  perServer(64);
  return { microsecondsOf4: perServer(4), microsecondsOf64: perServer(64) };
}

const folder = mkdtempSync(join(tmpdir(), "forewarn-scale-"));
const victoria = await startVictoriaMetrics(folder, ["-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms"]);
try {
  const samples = await fill(victoria.url);
  const whole: Shard = { index: 0, count: 1 };
  const byPart = [];
  for (const partServers of [25, 100, 400]) {
    byPart.push({ partServers, ...(await reading(victoria.url, whole, partServers)).report });
  }
  const shards = [];
  for (let index = 0; index < SHARDS; index++) shards.push(await reading(victoria.url, { index, count: SHARDS }));
  const union = shards.flatMap(({ servers }) => servers);
  const everyServerOnce = union.length === SERVERS && new Set(union).size === SERVERS;
  const perThousand = (ms: number) => Math.round((ms * 1000) / SERVERS);
  const { first, tick } = byPart[1]!;
  const machine = { cpu: cpus()[0]!.model, cores: cpus().length, node: process.version };
  process.stdout.write(
    `${JSON.stringify(
      {
        ...{ bench: "scale", ...machine, servers: SERVERS, metrics: METRICS, windowSteps: STEPS, samples },
        byPart,
        shards: { count: SHARDS, everyServerOnce, each: shards.map(({ report }) => report) },
        perThousandServers: {
          ...{ firstMs: perThousand(first.ms), firstCpuMs: perThousand(first.cpuMs) },
          ...{ tickMs: perThousand(tick.ms), tickCpuMs: perThousand(tick.cpuMs) },
          ...{ tickQueries: perThousand(tick.queries), tickDatabaseCpuMs: perThousand(tick.databaseCpuMs) },
        },
        hashing: hashing(),
      },
      null,
      1,
    )}\n`,
  );
} finally {
  await victoria.stop();
  rmSync(folder, { recursive: true, force: true });
}
