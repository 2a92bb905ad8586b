// Ingestion: rows per second into the server (parse and check alone, and over HTTP into a daemon of its own process that
// commits before the answer), acknowledgement times at a steady load, beside JSON.parse of the same bytes and an append
// with fdatasync of as many values; one JSON document.
// Run: npm run build; npx tsx bench/ingest.bench.ts [--seconds 20] [--program dist/cli/main.js]
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRng } from "../src/base/index.ts";
import { fleetContract } from "../src/contract/index.ts";
import { readRows } from "../src/server/ingest/read-rows.ts";
import { splitArray } from "../src/server/ingest/split-rows.ts";
import { startDaemonProcess } from "./daemon-process.ts";
import { createHttpClient } from "./http-client.ts";
import { latenciesOf, paced, rounded } from "./latencies.ts";

const { values: flags } = parseArgs({
  options: {
    /** Length of the steady load. */
    seconds: { type: "string", default: "20" },
    program: { type: "string", default: "dist/cli/main.js" },
  },
});
const SECONDS = Number(flags.seconds);
const ROWS = 10_000;
const BODIES = 12;
const SMALL_ROWS = 100;
const CONNECTIONS = 4;
const HALF_LOAD = 25_000;
const NOW_MS = Date.UTC(2026, 0, 15, 12);
const VALUES_PER_ROW = fleetContract.metrics.length;
const WINDOW = { fromMs: NOW_MS - 86_400_000, toMs: NOW_MS };

const rng = createRng(1);
/** JSON of rows of servers with a name of their own, one instant a thousand rows. */
function rowsText(prefix: string, count: number, timeMs: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const values = fleetContract.metrics.map(({ name, kind }) => [
      name,
      kind === "flag" ? 0 : rounded(rng.uniform() * (name === "error_rate" ? 1 : 100), 3),
    ]);
    const timestamp = new Date(timeMs - Math.floor(row / 1000) * 60_000).toISOString();
    const head = { timestamp, server: `${prefix}-${row % 1000}`, profile: "database", state: "healthy" };
    return { ...head, ...Object.fromEntries(values) };
  });
  return JSON.stringify(rows);
}

/** As `forewarn simulate --live` writes them. */
const bodies = Array.from({ length: BODIES }, (_, body) => rowsText("server", ROWS, NOW_MS - body * 600_000));

function bestValuesPerSecond(run: (body: string) => number): number {
  const seconds = bodies.map((body) => {
    const beganMs = performance.now();
    if (run(body) !== ROWS) throw new Error("bench: Expected every row");
    return (performance.now() - beganMs) / 1000;
  });
  return Math.round((ROWS * VALUES_PER_ROW) / Math.min(...seconds));
}

const root = mkdtempSync(join(tmpdir(), "forewarn-bench-"));

/** Appends the values of as many rows as a request has, and waits for the disk. */
async function appendReference() {
  const file = openSync(join(root, "append"), "w");
  const bytes = new Uint8Array(SMALL_ROWS * VALUES_PER_ROW * 8);
  const times = await paced(
    HALF_LOAD / VALUES_PER_ROW / SMALL_ROWS,
    (requests) => requests >= 100,
    async () => {
      writeSync(file, bytes);
      fdatasyncSync(file);
    },
  );
  closeSync(file);
  return latenciesOf(times);
}

async function overHttp() {
  const models = join(root, "models");
  mkdirSync(models);
  const daemon = startDaemonProcess({
    program: flags.program,
    models,
    dataDir: join(root, "var"),
    startMs: NOW_MS,
    environment: { FOREWARN_STORE__CONTRACT: "fleet" },
  });
  const ready = await daemon.logged("ready");
  const client = createHttpClient(ready["url"] as string);
  const post = (text: string) => client.post("/api/v1/rows", text);

  /** Closed loop: each connection sends the next body when it has its answer. */
  const sendAll = async (texts: readonly string[], rows: number) => {
    const beganMs = performance.now();
    const times: number[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < texts.length) {
        const text = texts[next++]!;
        const sentMs = performance.now();
        await post(text);
        times.push(performance.now() - sentMs);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    const seconds = (performance.now() - beganMs) / 1000;
    return { valuesPerSecond: Math.round((texts.length * rows * VALUES_PER_ROW) / seconds), ...latenciesOf(times) };
  };
  const large = await sendAll(bodies, ROWS);
  const smallTexts = Array.from({ length: 400 }, (_, n) => rowsText("other", SMALL_ROWS, NOW_MS + (n - 400) * 1000));
  const small = await sendAll(smallTexts, SMALL_ROWS);

  const perSecond = HALF_LOAD / VALUES_PER_ROW / SMALL_ROWS;
  const requests = Math.round(perSecond * SECONDS);
  const texts = Array.from({ length: requests }, (_, n) =>
    rowsText("third", SMALL_ROWS, NOW_MS + (n - requests) * 1000),
  );
  const cpuAtStart = daemon.cpuSeconds();
  const times = await paced(
    perSecond,
    (sent) => sent >= requests,
    (index) => post(texts[index]!),
  );
  const halfLoad = {
    valuesPerSecond: HALF_LOAD,
    rowsPerRequest: SMALL_ROWS,
    cpuShare: rounded((daemon.cpuSeconds() - cpuAtStart) / SECONDS, 3),
    ...latenciesOf(times),
  };
  client.close();
  const { peakRssMb } = daemon.memory();
  await daemon.stop();
  return { http10000Rows: large, http100Rows: small, halfLoad, peakRssMb };
}

try {
  const parse = bestValuesPerSecond(
    (body) => readRows(fleetContract, body, splitArray(body, ROWS), WINDOW).indices.length,
  );
  const jsonParse = bestValuesPerSecond((body) => (JSON.parse(body) as unknown[]).length);
  const append = await appendReference();
  const http = await overHttp();
  const head = { bench: "ingest", node: process.version, valuesPerRow: VALUES_PER_ROW };
  const figures = {
    parse: { valuesPerSecond: parse, timesJsonParse: rounded(jsonParse / parse, 2) },
    jsonParse: { valuesPerSecond: jsonParse },
    appendWithSync: append,
    ...http,
  };
  process.stdout.write(`${JSON.stringify({ ...head, ...figures }, null, 1)}\n`);
} finally {
  rmSync(root, { recursive: true });
}
