// A real node_exporter, scraped by a real Prometheus that sends to the daemon. Prometheus is killed, the daemon is killed,
// again while it reads its journal, and the way between them is cut. Every sample that Prometheus has is accounted for: the
// rows count exactly those, but for what Prometheus itself had not sent when it was killed.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { nodeContract } from "../../src/contract/index.ts";
import { type ServedDaemon, serve } from "../support/daemon-process.ts";
import {
  areInstalled,
  type RunningProgram,
  startNodeExporter,
  startPrometheus,
} from "../support/prometheus-process.ts";

const INTERVAL_MS = 5000;
const SERVER = "127.0.0.1";

const gauge = { unit: "1", kind: "gauge", required: false, min: 0, max: 1e15, transform: "identity" };
const contract = {
  ...nodeContract,
  ...{ name: "count", interval: "5s", labels: [], breachRules: [] },
  metrics: [
    { ...gauge, name: "samples", role: "target" },
    { ...gauge, name: "load", role: "observed" },
  ],
};
const mapping = {
  contract,
  metrics: {
    samples: { expression: "sum by (instance) (count_over_time(up[$interval]))" },
    load: { expression: "sum by (instance) (sum_over_time(node_load1[$interval]))" },
  },
};

/** With FOREWARN_LONG=1 only: it takes two minutes, because rows around outages are waited for. */
const isRun = process.env["FOREWARN_LONG"] === "1" && areInstalled("prometheus-node-exporter", "prometheus");

test.skipIf(!isRun)("every sample of Prometheus is in a row, whoever is killed", { timeout: 300_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-receive-"));
  const programs: RunningProgram[] = [];
  const port = await freePort();
  const way = await openWay(port);
  const mappingFile = join(directory, "mapping.yaml");
  writeFileSync(mappingFile, stringify(mapping));
  const configFile = join(directory, "config.yaml");
  const config = {
    server: { port },
    store: { dataDir: join(directory, "var") },
    models: { directory: join(directory, "models") },
    forecast: { delay: "2s" },
    receive: { mapping: mappingFile },
  };
  writeFileSync(configFile, stringify(config));
  let daemon: ServedDaemon = await serve({ configFile });
  try {
    const exporter = await startNodeExporter();
    programs.push(exporter);
    const prometheusFile = join(directory, "prometheus.yml");
    const prometheusConfig = {
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "node", static_configs: [{ targets: [exporter.url.replace("http://", "")] }] }],
      remote_write: [
        { url: `http://127.0.0.1:${way.port}/api/v1/write`, queue_config: { batch_send_deadline: "500ms" } },
      ],
    };
    writeFileSync(prometheusFile, stringify(prometheusConfig));
    let prometheus = await startPrometheus(directory, prometheusFile);
    const beginMs = Math.ceil(Date.now() / INTERVAL_MS) * INTERVAL_MS + INTERVAL_MS;
    await sleep(12_000);

    await daemon.kill();
    await sleep(3000);
    const again = serve({ configFile });
    await sleep(700);
    await again.then((one) => one.kill());
    daemon = await serve({ configFile });
    await sleep(8000);

    way.cut();
    await sleep(12_000);
    way.mend();
    await sleep(8000);

    const killedMs = Date.now();
    await prometheus.kill();
    await sleep(2000);
    prometheus = await startPrometheus(directory, prometheusFile);
    programs.push(prometheus);
    const backMs = Date.now();
    await sleep(12_000);
    // Ten whole intervals, however quick the machine is, and two more in which Prometheus was killed and away.
    await sleep(Math.max(0, beginMs + 13 * INTERVAL_MS - Date.now()));
    const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS;

    const expected = await rawCounts(prometheus.url, beginMs, endMs);
    expect(expected.size).toBeGreaterThanOrEqual(10);
    const rows = await untilComplete(() => rowCounts(daemon, beginMs, endMs), expected.size);
    expect([...rows.keys()]).toEqual([...expected.keys()]);
    let [unsent, compared] = [0, 0];
    for (const [timeMs, count] of expected) {
      // Prometheus sends after its start what it scrapes from then on.
      const isAtKill = timeMs + INTERVAL_MS > killedMs - 2000 && timeMs < backMs + 2000;
      if (isAtKill) unsent += count - rows.get(timeMs)!;
      else {
        compared += count;
        expect(rows.get(timeMs), new Date(timeMs).toISOString()).toBe(count);
      }
    }
    expect(unsent).toBeGreaterThanOrEqual(0);
    expect(unsent).toBeLessThanOrEqual(4);
    expect(compared).toBeGreaterThan(30);
    expect(await daemon.metric("forewarn_receive_rows_conflict_total")).toBe(0);
    expect(await daemon.metric("forewarn_receive_failures_total")).toBe(0);
    expect(await daemon.metric("forewarn_receive_journal_gaps")).toBe(0);
  } finally {
    for (const program of programs.reverse()) await program.stop();
    await daemon.kill();
    way.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Samples that Prometheus has in every interval (start, start + 5 s]. */
async function rawCounts(url: string, beginMs: number, endMs: number): Promise<Map<number, number>> {
  const query = `up[${(endMs - beginMs) / 1000}s]`;
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query, time: String(endMs / 1000) })}`);
  const { data } = (await answer.json()) as { data: { result: { values: [number, string][] }[] } };
  const counts = new Map<number, number>();
  for (const [seconds] of data.result[0]!.values) {
    const startMs = (Math.ceil((seconds * 1000) / INTERVAL_MS) - 1) * INTERVAL_MS;
    if (startMs >= beginMs) counts.set(startMs, (counts.get(startMs) ?? 0) + 1);
  }
  return counts;
}

/** What the rows of the daemon say of the same. */
async function rowCounts(daemon: ServedDaemon, beginMs: number, endMs: number): Promise<Map<number, number>> {
  const range = new URLSearchParams({ from: new Date(beginMs).toISOString(), to: new Date(endMs).toISOString() });
  const history = await daemon.get<{ startAt: string; metrics: { samples: (number | null)[] } }>(
    `/api/v1/servers/${SERVER}/history?${range}`,
  );
  const counts = new Map<number, number>();
  for (const [at, samples] of history.metrics.samples.entries()) {
    if (samples !== null) counts.set(Date.parse(history.startAt) + at * INTERVAL_MS, samples);
  }
  return counts;
}

/** Asks until there are so many rows: those around a gap are waited for, a minute in this contract. */
async function untilComplete(read: () => Promise<Map<number, number>>, count: number): Promise<Map<number, number>> {
  for (let tries = 0; ; tries++) {
    const rows = await read();
    if (rows.size >= count || tries === 150) return rows;
    await sleep(1000);
  }
}

/** A way to a port that can be cut. */
async function openWay(to: number) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((incoming) => {
    if (isCut) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(to, "127.0.0.1");
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      isCut = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
