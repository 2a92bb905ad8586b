// Receivers of remote write side by side: the same sender sends the same bytes over as many connections to a daemon, to
// Prometheus and to VictoriaMetrics, each a process of its own on an empty disk, in turn, round after round. Samples a second
// by the clock and by the receiver's own processor time, with that of the seconds afterwards in which it works on; memory.
// They promise different things: the daemon syncs before it answers, Prometheus writes its log without syncing, and
// VictoriaMetrics answers from memory. One JSON document.
//   npm run build; npx tsx bench/receive-peers.bench.ts [--servers 2000] [--scrapes 40] [--rounds 3] [--connections 10]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { REMOTE_WRITE_1_TYPE } from "../src/wire/index.ts";
import { startPrometheus, startVictoriaMetrics } from "../test/support/prometheus-process.ts";
import { startDaemonProcess } from "./daemon-process.ts";
import { rounded } from "./latencies.ts";
import { nodeSeries, scrapeBodies } from "./node-samples.ts";
import { cpuSecondsOf, memoryOf } from "./process-use.ts";

const { values: flags } = parseArgs({
  options: {
    servers: { type: "string", default: "2000" },
    scrapes: { type: "string", default: "40" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "10" },
    program: { type: "string", default: "dist/cli/main.js" },
  },
});
const [SERVERS, SCRAPES, ROUNDS, CONNECTIONS] = [flags.servers, flags.scrapes, flags.rounds, flags.connections].map(
  Number,
) as [number, number, number, number];
const SCRAPE_MS = 15_000;
/** What a receiver may go on with when it has answered is counted for so long. */
const AFTERWARDS_MS = 8000;

interface Receiver {
  url: string;
  pid: number;
  stop(): Promise<unknown>;
}

/** How each is started on an empty directory, and the counter by which it says how many samples it has taken. */
const RECEIVERS: Record<string, { counter: string; start: (directory: string) => Promise<Receiver> }> = {
  forewarn: { counter: "forewarn_receive_samples_total", start: startForewarn },
  prometheus: {
    counter: 'prometheus_tsdb_head_samples_appended_total{type="float"}',
    start: (directory) => startPrometheus(directory, join(directory, "empty.yml"), { receives: true }),
  },
  victoriametrics: {
    counter: 'vm_rows_inserted_total{type="promremotewrite"}',
    start: (directory) => startVictoriaMetrics(directory),
  },
};

async function startForewarn(directory: string): Promise<Receiver> {
  const daemon = startDaemonProcess({
    ...{ program: flags.program, models: join(directory, "models"), dataDir: join(directory, "var") },
    ...{ startMs: Date.now(), environment: { FOREWARN_RECEIVE__MAPPING: "node" } },
  });
  const { url } = await daemon.logged("ready");
  return { url: String(url), pid: daemon.pid, stop: daemon.stop };
}

/**
 * Sends the bodies of all scrapes over several connections. As with Prometheus' shards, a series stays with its connection,
 * and its samples come in order.
 * @returns Seconds until the last was answered.
 */
async function send(url: string, scrapes: readonly (readonly Uint8Array[])[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { "content-type": REMOTE_WRITE_1_TYPE, "content-encoding": "snappy" };
  const post = (body: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      const all = { ...headers, "content-length": body.length };
      const sent = request(`${url}/api/v1/write`, { method: "POST", headers: all, agent }, (response) => {
        response.resume().on("end", () => {
          if (response.statusCode === 204) resolve();
          else reject(new Error(`${url}: Expected status 204, got ${response.statusCode}`));
        });
      });
      sent.on("error", reject).end(body);
    });
  const beganMs = performance.now();
  const connection = async (_: unknown, own: number): Promise<void> => {
    for (const bodies of scrapes) {
      for (let at = own; at < bodies.length; at += CONNECTIONS) await post(bodies[at]!);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
  return (performance.now() - beganMs) / 1000;
}

async function counterOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.split(" ")[1] ?? Number.NaN);
}

async function measure(name: string, scrapes: readonly (readonly Uint8Array[])[]) {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
  mkdirSync(join(directory, "models"));
  writeFileSync(join(directory, "empty.yml"), "scrape_configs: []\n");
  const { counter, start } = RECEIVERS[name]!;
  let receiver: Receiver | null = null;
  try {
    receiver = await start(directory);
    const before = cpuSecondsOf(receiver.pid);
    const wallSeconds = await send(receiver.url, scrapes);
    const answered = cpuSecondsOf(receiver.pid) - before;
    await sleep(AFTERWARDS_MS);
    const cpuSeconds = cpuSecondsOf(receiver.pid) - before;
    const taken = await counterOf(receiver.url, counter);
    if (taken !== SAMPLES) throw new Error(`${name}: Expected ${SAMPLES} samples taken, got ${taken}`);
    return {
      samplesPerWallSecond: Math.round(SAMPLES / wallSeconds),
      samplesPerCpuSecond: Math.round(SAMPLES / cpuSeconds),
      cpuSecondsUntilAnswered: rounded(answered, 2),
      cpuSecondsAfterwards: rounded(cpuSeconds - answered, 2),
      peakRssMb: memoryOf(receiver.pid).peakRssMb,
    };
  } finally {
    await receiver?.stop();
    rmSync(directory, { recursive: true });
  }
}

const series = nodeSeries(SERVERS);
const SAMPLES = series.length * SCRAPES;
const names = Object.keys(RECEIVERS);
const rounds: Record<string, Awaited<ReturnType<typeof measure>>>[] = [];
for (let round = 0; round < ROUNDS; round++) {
  // The newest samples are of now: all receivers refuse what is much older or newer.
  const beginMs = Date.now() - SCRAPES * SCRAPE_MS;
  const scrapes = Array.from({ length: SCRAPES }, (_, scrape) =>
    scrapeBodies(series, scrape, beginMs + scrape * SCRAPE_MS),
  );
  const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const at of names.keys()) {
    const name = names[(at + round) % names.length]!;
    results[name] = await measure(name, scrapes);
    process.stderr.write(`round ${round + 1}, ${name}: ${JSON.stringify(results[name])}\n`);
  }
  rounds.push(results);
}

/** Median over the rounds of how many times the daemon's figure is the other's. */
function ratios(figure: "samplesPerWallSecond" | "samplesPerCpuSecond" | "peakRssMb"): Record<string, number> {
  return Object.fromEntries(
    names.slice(1).map((name) => {
      const all = rounds.map((round) => round["forewarn"]![figure] / round[name]![figure]).sort((a, b) => a - b);
      return [name, rounded(all[all.length >> 1]!, 2)];
    }),
  );
}
process.stdout.write(
  `${JSON.stringify(
    {
      ...{ bench: "receive-peers", node: process.version, servers: SERVERS, series: series.length, samples: SAMPLES },
      ...{ connections: CONNECTIONS, rounds },
      forewarnTimes: {
        samplesPerWallSecond: ratios("samplesPerWallSecond"),
        samplesPerCpuSecond: ratios("samplesPerCpuSecond"),
        peakRssMb: ratios("peakRssMb"),
      },
    },
    null,
    1,
  )}\n`,
);
