// Ingestion through HTTP: rows per second into the server (parse and check alone, and with a real store that commits
// before the answer), beside JSON.parse of the same bytes, as one JSON document.
// Run: npx tsx bench/ingest.bench.ts
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "../src/base/index.ts";
import { fleetContract } from "../src/contract/index.ts";
import { createApp } from "../src/server/index.ts";
import { readRows } from "../src/server/ingest/read-rows.ts";
import { splitArray } from "../src/server/ingest/split-rows.ts";
import { DEFAULT_STORE_OPTIONS, openEmbeddedStore } from "../src/store/index.ts";
import { fakeServices, NOW_MS } from "../test/support/fake-services.ts";

const ROWS = 10_000;
const BODIES = 12;
const CONNECTIONS = 4;
const VALUES_PER_ROW = fleetContract.metrics.length;
const WINDOW = { fromMs: NOW_MS - 86_400_000, toMs: NOW_MS };

const rng = createRng(1);
/** Rows of 1,000 servers, ten instants a body, as `forewarn simulate --live` writes them. */
const bodies = Array.from({ length: BODIES }, (_, body) =>
  JSON.stringify(
    Array.from({ length: ROWS }, (_, row) => {
      const values = fleetContract.metrics.map(({ name, kind }) => [
        name,
        kind === "flag" ? 0 : Number((rng.uniform() * (name === "error_rate" ? 1 : 100)).toFixed(3)),
      ]);
      const timeMs = NOW_MS - (body * 10 + Math.floor(row / 1000)) * 60_000;
      const head = { timestamp: new Date(timeMs).toISOString(), server: `server-${row % 1000}` };
      return { ...head, profile: "database", state: "healthy", ...Object.fromEntries(values) };
    }),
  ),
);

function bestSeconds(run: (body: string) => number): number {
  const seconds = bodies.map((body) => {
    const begin = performance.now();
    if (run(body) !== ROWS) throw new Error("bench: Expected every row");
    return (performance.now() - begin) / 1000;
  });
  return Math.min(...seconds);
}

const parseSeconds = bestSeconds((body) => {
  return readRows(fleetContract, body, splitArray(body, ROWS), WINDOW).indices.length;
});
const jsonParseSeconds = bestSeconds((body) => (JSON.parse(body) as unknown[]).length);

const directory = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
const services = fakeServices();
services.store = await openEmbeddedStore(join(directory, "store"), fleetContract, DEFAULT_STORE_OPTIONS);
const app = await createApp(services);
await app.listen({ host: "127.0.0.1", port: 0 });
const { port } = app.server.address() as AddressInfo;
const agent = new Agent({ keepAlive: true });

function post(body: string): Promise<number> {
  const begin = performance.now();
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const options = { port, host: "127.0.0.1", path: "/api/v1/rows", method: "POST", headers, agent };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - begin);
        else reject(new Error(`bench: Expected status 200, got ${response.statusCode}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}

async function send(texts: string[]): Promise<{ seconds: number; latencies: number[] }> {
  const begin = performance.now();
  const latencies: number[] = [];
  const queue = [...texts];
  const worker = async (): Promise<void> => {
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) latencies.push(await post(body));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return { seconds: (performance.now() - begin) / 1000, latencies: latencies.sort((a, b) => a - b) };
}

const large = await send(bodies);
/** The same size of load in requests of 100 rows, of other servers. */
const small = await send(
  bodies.slice(0, 4).flatMap((body) => {
    const rows = JSON.parse(body.replaceAll('"server-', '"other-')) as unknown[];
    return Array.from({ length: ROWS / 100 }, (_, n) => JSON.stringify(rows.slice(n * 100, n * 100 + 100)));
  }),
);
/** Open loop: requests of 100 rows at fixed times, at half of 50,000 values/s; latency counts from the scheduled time. */
const HALF_LOAD_SECONDS = 6;
const requestsPerSecond = Math.round(25_000 / VALUES_PER_ROW / 100);
async function halfLoad(): Promise<number[]> {
  const rows = JSON.parse(bodies[0]!.replaceAll('"server-', '"third-')) as object[];
  const texts = Array.from({ length: requestsPerSecond * HALF_LOAD_SECONDS }, (_, n) => {
    const from = (n * 100) % ROWS;
    const timestamp = (NOW_MS - 3_600_000 - n * 1000) / 1000;
    return JSON.stringify(
      rows.slice(from, from + 100).map((row, at) => ({ ...row, timestamp, server: `third-${at}` })),
    );
  });
  const begin = performance.now();
  const latencies = texts.map(async (text, n) => {
    const scheduledMs = (n / requestsPerSecond) * 1000;
    await new Promise((resolve) => setTimeout(resolve, scheduledMs));
    await post(text);
    return performance.now() - begin - scheduledMs;
  });
  return (await Promise.all(latencies)).sort((a, b) => a - b);
}
const paced = await halfLoad();
agent.destroy();
await app.close();
await services.store.close();
rmSync(directory, { recursive: true });

const rate = (rows: number, seconds: number): number => Math.round((rows * VALUES_PER_ROW) / seconds);
const quantile = (sorted: readonly number[], level: number): number =>
  Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * level))]!.toFixed(1));
process.stdout.write(
  `${JSON.stringify({
    bench: "ingest",
    node: process.version,
    valuesPerRow: VALUES_PER_ROW,
    bytesPerRow: Math.round(bodies[0]!.length / ROWS),
    parse: {
      valuesPerSecond: rate(ROWS, parseSeconds),
      timesJsonParse: Number((parseSeconds / jsonParseSeconds).toFixed(2)),
    },
    jsonParse: { valuesPerSecond: rate(ROWS, jsonParseSeconds) },
    http10000Rows: {
      valuesPerSecond: rate(ROWS * BODIES, large.seconds),
      p50Ms: quantile(large.latencies, 0.5),
      p99Ms: quantile(large.latencies, 0.99),
    },
    http100Rows: {
      valuesPerSecond: rate(ROWS * 4, small.seconds),
      p50Ms: quantile(small.latencies, 0.5),
      p99Ms: quantile(small.latencies, 0.99),
    },
    halfLoad: {
      valuesPerSecond: requestsPerSecond * 100 * VALUES_PER_ROW,
      p50Ms: quantile(paced, 0.5),
      p99Ms: quantile(paced, 0.99),
    },
  })}\n`,
);
