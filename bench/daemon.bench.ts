// Figures of the daemon as a process: start to ready, a first tick and the one after it, memory, reads and
// acknowledgements meanwhile; one JSON document. Its clock is set so that the second tick is due `--gap` seconds after the
// start, so that a history that is kept with --keep serves again at any time.
//   npm run build; npx tsx bench/daemon.bench.ts --model models/tft_... [--servers 1000] [--steps 2016] [--load 25000]
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { intervalMs, parseContract } from "../src/contract/index.ts";
import { type DaemonProcess, startDaemonProcess } from "./daemon-process.ts";
import { createHttpClient } from "./http-client.ts";
import { latenciesOf, paced, rounded } from "./latencies.ts";
import { fleetValue, storeFleet } from "./stored-fleet.ts";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string" },
    servers: { type: "string", default: "1000" },
    /** Intervals of history. */
    steps: { type: "string", default: "2016" },
    /** Metric values per second that are sent from `ready` on; 0 sends one row a server before the second tick. */
    load: { type: "string", default: "0" },
    /** Seconds from the start to the second tick; 0 ends after the first. */
    gap: { type: "string", default: "60" },
    batch: { type: "string", default: "8" },
    program: { type: "string", default: "dist/cli/main.js" },
    /** Directory for the history, which another run may use again. */
    keep: { type: "string" },
  },
});
if (flags.model === undefined) throw new Error("--model: Expected a model directory");
const [servers, steps, gapSeconds, load] = [flags.servers, flags.steps, flags.gap, flags.load].map(Number) as [
  number,
  number,
  number,
  number,
];
const READS_PER_SECOND = 50;
const ROWS_PER_REQUEST = 100;
/** How long after the end of an interval its tick comes, by default. */
const DELAY_MS = 10_000;
const END_MS = Date.UTC(2026, 0, 15, 12);
const contract = parseContract(JSON.parse(readFileSync(join(flags.model, "contract.json"), "utf8")), "model");
const stepMs = intervalMs(contract);
const names = Array.from({ length: servers }, (_, i) => `server-${String(i).padStart(5, "0")}`);
const root = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
const dataDir = join(root, "var");

/** JSON of the rows of some servers at one time. */
function rowsText(first: number, count: number, timeMs: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const server = (first + i) % servers;
    const values = contract.metrics.map(({ name }, metric) => [
      name,
      rounded(fleetValue(contract, metric, server, steps), 3),
    ]);
    return { timestamp: timeMs / 1000, server: names[server], ...Object.fromEntries(values) };
  });
  return JSON.stringify(rows);
}

async function fill(): Promise<number> {
  const kept = flags.keep && join(flags.keep, `${contract.name}-${servers}x${steps}`);
  if (kept && existsSync(kept)) {
    cpSync(kept, dataDir, { recursive: true });
    return 0;
  }
  const seconds = await storeFleet(dataDir, { contract, servers: names, steps, endMs: END_MS });
  if (kept) cpSync(dataDir, kept, { recursive: true });
  return seconds;
}

function start(): DaemonProcess {
  return startDaemonProcess({
    program: flags.program,
    models: join(root, "models"),
    dataDir,
    startMs: END_MS + (gapSeconds === 0 ? DELAY_MS + 1000 : stepMs + DELAY_MS - gapSeconds * 1000),
    environment: { FOREWARN_FORECAST__BATCH_SIZE: flags.batch },
  });
}

async function measure(daemon: DaemonProcess) {
  const beganMs = performance.now();
  const ready = await daemon.logged("ready");
  const atStart = {
    startToReadySeconds: rounded((performance.now() - beganMs) / 1000, 2),
    startCpuSeconds: rounded(daemon.cpuSeconds(), 2),
    readyRssMb: daemon.memory().rssMb,
  };
  const client = createHttpClient(ready["url"] as string);
  const readOne = (index: number) => client.get(`/api/v1/servers/${names[(index * 7919) % servers]}`);
  const sendRows = (first: number, count: number, timeMs: number) =>
    client.post("/api/v1/rows", rowsText(first, count, timeMs));

  /** Reads while the work goes on. */
  const observe = async <Result>(work: () => Promise<Result>) => {
    let isOver = false;
    const cpuAtStart = daemon.cpuSeconds();
    const reads = paced(READS_PER_SECOND, () => isOver, readOne);
    const result = await work();
    isOver = true;
    return { result, cpuSeconds: rounded(daemon.cpuSeconds() - cpuAtStart, 1), reads: latenciesOf(await reads) };
  };
  const observeTick = async () => {
    const { result, ...figures } = await observe(() => daemon.logged("tick"));
    const { tookMs, forecasts, refused, failed } = result as Record<string, number>;
    return { seconds: rounded(tookMs! / 1000, 2), forecasts, refused, failed, ...figures, ...daemon.memory() };
  };
  const waitForSecondTick = async () => {
    for (let first = 0; load === 0 && first < servers; first += 1000) {
      await sendRows(first, Math.min(1000, servers - first), END_MS);
    }
    await sleep(Math.max(0, END_MS + stepMs + DELAY_MS - daemon.now() - 200));
  };

  let isLoaded = load > 0;
  const requestsPerSecond = load / contract.metrics.length / ROWS_PER_REQUEST;
  const sent = paced(
    requestsPerSecond,
    () => !isLoaded,
    (index) => sendRows(index * ROWS_PER_REQUEST, ROWS_PER_REQUEST, Math.floor(daemon.now()) - 1000),
  );
  const firstTick = await observeTick();
  const between = gapSeconds === 0 ? null : await observe(waitForSecondTick);
  const secondTick = gapSeconds === 0 ? null : await observeTick();
  isLoaded = false;
  const acknowledged = latenciesOf(await sent);
  client.close();
  return {
    ...atStart,
    firstTick,
    between: between && { cpuSeconds: between.cpuSeconds, reads: between.reads },
    secondTick,
    load: load === 0 ? null : { valuesPerSecond: load, acknowledged },
    storedForecastsMb: rounded(folderBytes(join(dataDir, "forecasts")) / 1e6, 2),
    stopSeconds: rounded(await daemon.stop(), 2),
  };
}

function folderBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

try {
  mkdirSync(join(root, "models"), { recursive: true });
  cpSync(flags.model, join(root, "models", basename(flags.model)), { recursive: true });
  const fillSeconds = rounded(await fill(), 1);
  const head = { bench: "daemon", node: process.version, servers, metrics: contract.metrics.length, steps };
  const daemon = start();
  try {
    const figures = await measure(daemon);
    process.stdout.write(`${JSON.stringify({ ...head, rows: servers * steps, fillSeconds, ...figures }, null, 1)}\n`);
  } finally {
    await daemon.stop();
  }
} finally {
  rmSync(root, { recursive: true });
}
