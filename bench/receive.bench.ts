// The receiver of samples: samples per second that are decoded, taken into memory and made rows of by the built-in mapping
// of node_exporter, without and with the journal, and the memory over simulated time; beside decoding alone, and an append
// with fdatasync of the same bodies. CPU time where no disk is waited for, since machines are shared. One JSON document.
// Run: npx tsx --expose-gc bench/receive.bench.ts [--servers 10000] [--minutes 60]
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { readMapping } from "../src/prometheus/index.ts";
import { type JournalFiles, journalFiles, type OwnReceiver, openReceiver } from "../src/receive/index.ts";
import type { RowBatch, WriteResult } from "../src/store/index.ts";
import { createLabelCache, decodeRemoteWrite1, decompressSnappy, REMOTE_WRITE_LIMITS } from "../src/wire/index.ts";
import { rounded } from "./latencies.ts";
import { nodeSeries, scrapeBodies } from "./node-samples.ts";

const { values: flags } = parseArgs({
  options: {
    servers: { type: "string", default: "10000" },
    /** Simulated time. */
    minutes: { type: "string", default: "60" },
  },
});
const SERVERS = Number(flags.servers);
const MINUTES = Number(flags.minutes);
const SCRAPE_MS = 15_000;
const START_MS = Date.UTC(2026, 0, 15);
const CONNECTIONS = 16;

const mapping = readMapping("node");
const limits = {
  ...{ delayMs: 10_000, latenessMs: 3 * 3_600_000, maxAgeMs: 86_400_000, maxAheadMs: 600_000 },
  ...{ maxSeries: 1_000_000, maxSamples: 100_000_000 },
};

const series = nodeSeries(SERVERS);
/** The requests of one scrape of all servers. */
const bodiesAt = (scrape: number) => scrapeBodies(series, scrape, START_MS + scrape * SCRAPE_MS);

function memoryFiles(): JournalFiles {
  const nothing = async () => undefined;
  const file = { write: nothing, sync: nothing, truncate: nothing, close: nothing };
  return {
    ...{ directory: "memory", list: () => [], read: async () => Buffer.alloc(0), truncate: nothing },
    ...{ create: async () => file, rename: nothing, remove: nothing, freeBytes: () => Number.MAX_SAFE_INTEGER },
  };
}

let rows = 0;
const store = {
  async write(batch: RowBatch): Promise<WriteResult> {
    rows += batch.servers.length;
    return { accepted: batch.servers.length, duplicates: 0, conflicts: [], rejected: [] };
  },
};
const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};
const residentMb = (): number => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().rss / 2 ** 20);
};
const decode = (body: Uint8Array, cache: ReturnType<typeof createLabelCache>) =>
  decodeRemoteWrite1(decompressSnappy(body, REMOTE_WRITE_LIMITS.decodedBytes), cache);

/** Sends the scrapes of some time, and settles when it is due. */
async function play(receiver: OwnReceiver, clock: { ms: number }, scrapes: number, afterSettle: () => void) {
  const cache = createLabelCache();
  const spent = { decodeMs: 0, writeMs: 0, settleMs: 0, blockedMs: 0, wallMs: 0 };
  for (let scrape = 1; scrape <= scrapes; scrape++) {
    const bodies = bodiesAt(scrape);
    clock.ms = START_MS + scrape * SCRAPE_MS + 100;
    const wall = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < bodies.length) {
        const body = bodies[next++]!;
        const before = process.cpuUsage();
        const decoded = decode(body, cache);
        spent.decodeMs += cpuMs(before);
        await receiver.write(decoded, body);
      }
    };
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    spent.writeMs += cpuMs(before);
    if ((scrape * SCRAPE_MS) % mapping.intervalMs === 0) {
      clock.ms = START_MS + scrape * SCRAPE_MS + limits.delayMs;
      const settling = process.cpuUsage();
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      await receiver.settle();
      delay.disable();
      spent.blockedMs = Math.max(spent.blockedMs, delay.max / 1e6);
      spent.settleMs += cpuMs(settling);
      afterSettle();
    }
    spent.wallMs += performance.now() - wall;
  }
  return spent;
}

async function run(files: JournalFiles, minutes: number) {
  const clock = { ms: START_MS };
  rows = 0;
  const receiver = await openReceiver({
    ...{ mapping, store, files, limits, now: () => clock.ms },
    onFailure: (error) => {
      throw error;
    },
  });
  const residentMbs: number[] = [];
  const scrapes = (minutes * 60_000) / SCRAPE_MS;
  const spent = await play(receiver, clock, scrapes, () => residentMbs.push(residentMb()));
  const samples = scrapes * series.length;
  const status = receiver.status();
  await receiver.close();
  const perSecond = (ms: number) => Math.round((samples / ms) * 1000);
  return {
    samples,
    rows,
    samplesPerCpuSecond: perSecond(spent.writeMs + spent.settleMs),
    decodePerCpuSecond: perSecond(spent.decodeMs),
    indexPerCpuSecond: perSecond(spent.writeMs - spent.decodeMs),
    settleMsPerInterval: Math.round((spent.settleMs / (minutes * 60_000)) * mapping.intervalMs),
    longestBlockOfSettleMs: Math.round(spent.blockedMs),
    samplesPerWallSecond: perSecond(spent.wallMs),
    seriesHeld: status.series,
    samplesHeld: status.samples,
    journalBytes: status.journal.bytes,
    residentMbAfterIntervals: residentMbs,
  };
}

/** The same bodies, appended and synced with as many together as the journal puts together. */
function appendReference(directory: string): number {
  const file = openSync(join(directory, "reference"), "w");
  const bodies = bodiesAt(1);
  const began = performance.now();
  for (let at = 0; at < bodies.length; at += CONNECTIONS) {
    for (const body of bodies.slice(at, at + CONNECTIONS)) writeSync(file, body);
    fdatasyncSync(file);
  }
  closeSync(file);
  return Math.round((series.length / (performance.now() - began)) * 1000);
}

const root = mkdtempSync(join(tmpdir(), "forewarn-receive-"));
try {
  const inMemory = await run(memoryFiles(), MINUTES);
  const durable = await run(journalFiles(join(root, "journal")), Math.min(MINUTES, 15));
  process.stdout.write(
    `${JSON.stringify(
      {
        ...{ bench: "receive", node: process.version, servers: SERVERS, series: series.length, minutes: MINUTES },
        ...{ inMemory, durable, timesOfOneScrapeHeld: rounded(inMemory.samplesHeld / series.length, 1) },
        appendWithSync: { samplesPerWallSecond: appendReference(root) },
      },
      null,
      1,
    )}\n`,
  );
} finally {
  rmSync(root, { recursive: true });
}
