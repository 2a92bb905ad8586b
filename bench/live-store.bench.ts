// Live store: durable rows per second by batch size beside a plain append with fsync of the same bytes, acknowledgement
// times under a steady load, start with a million rows of history, and memory of the hot window; one JSON document.
// Run: npx tsx --expose-gc bench/live-store.bench.ts
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contract } from "../src/contract/index.ts";
import { openEmbeddedStore, type RowBatch } from "../src/store/index.ts";
import { contractWith } from "./synthetic-contract.ts";

const METRICS = 9;
const SERVERS = 1000;
const SECONDS = 6;
const BASE_MS = Date.UTC(2024, 0, 1);
const HISTORY_ROWS = 1_000_000;
const contract: Contract = {
  ...contractWith(METRICS),
  labels: [{ name: "profile", required: false, values: ["db", "web"] }],
  breachRules: [],
};

/** Rows `first` ... of a fleet that reports once per interval. */
function batchOf(first: number, count: number): RowBatch {
  const servers = Array.from({ length: count }, (_, i) => `server-${(first + i) % SERVERS}`);
  return {
    servers,
    timestampsMs: Float64Array.from({ length: count }, (_, i) => BASE_MS + Math.floor((first + i) / SERVERS) * 300_000),
    labels: [servers.map((_, i) => (i % 2 === 0 ? "db" : "web"))],
    states: null,
    metrics: contract.metrics.map((_, m) => Float64Array.from({ length: count }, (_, i) => Math.sqrt(first + i + m))),
    texts: [],
  };
}

function quantiles(times: number[]): Record<string, number> {
  times.sort((a, b) => a - b);
  const at = (p: number): number => Number((times[Math.floor((times.length - 1) * p)] ?? Number.NaN).toFixed(2));
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

async function throughput(directory: string, batchRows: number): Promise<Record<string, number>> {
  const store = await openEmbeddedStore(directory, contract);
  const times: number[] = [];
  const begin = performance.now();
  let rows = 0;
  while (performance.now() - begin < SECONDS * 1000) {
    const batch = batchOf(rows, batchRows);
    const start = performance.now();
    await store.write(batch);
    times.push(performance.now() - start);
    rows += batchRows;
  }
  const seconds = (performance.now() - begin) / 1000;
  await store.close();
  const rowsPerSecond = Math.round(rows / seconds);
  return { batchRows, rowsPerSecond, valuesPerSecond: rowsPerSecond * METRICS, ...quantiles(times) };
}

/** The bytes of the values of a batch, appended to a file and synced: what the disk allows. */
function appendReference(directory: string, batchRows: number): Record<string, number> {
  const file = openSync(join(directory, `append-${batchRows}`), "w");
  const times: number[] = [];
  const begin = performance.now();
  let rows = 0;
  while (performance.now() - begin < 2000) {
    const batch = batchOf(rows, batchRows);
    const start = performance.now();
    for (const column of [batch.timestampsMs, ...batch.metrics]) writeSync(file, new Uint8Array(column.buffer));
    fdatasyncSync(file);
    times.push(performance.now() - start);
    rows += batchRows;
  }
  closeSync(file);
  const rowsPerSecond = Math.round((rows / (performance.now() - begin)) * 1000);
  return { batchRows, rowsPerSecond, valuesPerSecond: rowsPerSecond * METRICS, ...quantiles(times) };
}

/** Requests of 100 rows from several clients at a fixed rate, counted from when each was due. */
async function steadyLoad(directory: string, valuesPerSecond: number): Promise<Record<string, number>> {
  const store = await openEmbeddedStore(directory, contract);
  const batchRows = 100;
  const everyMs = (batchRows * METRICS * 1000) / valuesPerSecond;
  const times: number[] = [];
  const writes: Promise<void>[] = [];
  const begin = performance.now();
  for (let request = 0; request * everyMs < SECONDS * 1000; request++) {
    const due = begin + request * everyMs;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const write = store.write(batchOf(request * batchRows, batchRows));
    writes.push(write.then(() => void times.push(performance.now() - due)));
  }
  await Promise.all(writes);
  await store.close();
  return { valuesPerSecond, batchRows, ...quantiles(times) };
}

async function timed<T>(work: () => Promise<T>): Promise<[result: T, ms: number]> {
  const begin = performance.now();
  const result = await work();
  return [result, Math.round(performance.now() - begin)];
}

async function startAndMemory(directory: string): Promise<Record<string, number>> {
  const first = await openEmbeddedStore(directory, contract);
  for (let row = 0; row < HISTORY_ROWS; row += 10_000) await first.write(batchOf(row, 10_000));
  const newestMs = BASE_MS + (HISTORY_ROWS / SERVERS) * 300_000;
  const [, sealMs] = await timed(() => first.sealBefore(newestMs - 86_400_000));
  await first.close();
  const [store, openMs] = await timed(() => openEmbeddedStore(directory, contract));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const [, firstSeriesMs] = await timed(async () => void (await store.series()).length);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const [, cachedSeriesMs] = await timed(async () => void (await store.series()).length);
  await store.write(batchOf(HISTORY_ROWS, SERVERS));
  const [, tickSeriesMs] = await timed(async () => void (await store.series(undefined, newestMs - 86_400_000)).length);
  const [, historyMs] = await timed(() => store.history("server-7", BASE_MS, newestMs));
  await store.close();
  const windowBytesPerServer = Math.round((after.arrayBuffers - before.arrayBuffers) / SERVERS);
  const stepsPerServer = HISTORY_ROWS / SERVERS;
  return {
    historyRows: HISTORY_ROWS,
    sealMs,
    openMs,
    firstSeriesMs,
    cachedSeriesMs,
    tickSeriesMs,
    historyMs,
    stepsPerServer,
    windowBytesPerServer,
    rssMb: Math.round(after.rss / 1e6),
  };
}

const work = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
try {
  const sizes = [100, 1000, 10_000];
  const reference = sizes.map((size) => appendReference(work, size));
  const store = [];
  for (const size of sizes) store.push(await throughput(join(work, `store-${size}`), size));
  const steady = await steadyLoad(join(work, "steady"), 25_000);
  const start = await startAndMemory(join(work, "history"));
  const ratio = store.map((entry, i) => Number((entry["rowsPerSecond"]! / reference[i]!["rowsPerSecond"]!).toFixed(3)));
  process.stdout.write(
    `${JSON.stringify({ bench: "live-store", node: process.version, metrics: METRICS, reference, store, ratio, steady, start }, null, 1)}\n`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
