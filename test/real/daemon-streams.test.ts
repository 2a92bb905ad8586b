// Many clients listen to events while rows come and ticks are made; some never read, some are cut off and come back. Those
// that read miss nothing, and the daemon's memory stays bounded. FOREWARN_LONG=1 takes more clients.
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { startScript } from "../helpers/child.ts";
import { makeDaemonHome, serve, untilMetric } from "../support/daemon-process.ts";
import { startFeed } from "../support/live-feed.ts";

const isLong = process.env["FOREWARN_LONG"] === "1";
const [CLIENTS, DEAF] = isLong ? [500, 100] : [100, 20];
const [EVENTS_PER_SECOND, EVENT_CHARACTERS] = isLong ? [8, 16_384] : [15, 32_768];
const SECONDS = isLong ? 75 : 15;
const CUT_EVERY_MS = 250;
const FLEET = 20;
/** The queue of a client that does not read, and what Node and the kernel hold of it on their way. */
const MOST_GROWTH_BYTES = (64 << 20) + DEAF * (3 << 20);
const script = fileURLToPath(new URL("../support/noisy-daemon.ts", import.meta.url));

/** A client of the stream. */
interface Client {
  firstId: number;
  lastId: number;
  types: Map<string, number>;
  faults: string[];
  cuts: number;
  /** Ends its connection; it comes back with the last identifier that it saw. */
  cut(): void;
  stop(): void;
}

function connect(url: string, lastId: number, onResponse: (response: IncomingMessage) => void): ClientRequest {
  const headers = lastId < 0 ? {} : { "last-event-id": `${lastId}` };
  const request = get(`${url}/api/v1/stream`, { agent: false, headers }, onResponse);
  request.on("error", () => undefined);
  return request;
}

/** A client that reads. */
function startClient(url: string): Client {
  let request: ClientRequest;
  const client: Client = {
    ...{ firstId: -1, lastId: -1, types: new Map<string, number>(), faults: [] as string[], cuts: 0 },
    cut() {
      client.cuts++;
      request.destroy();
      open();
    },
    stop: () => void request.destroy(),
  };
  const take = (block: string): void => {
    const type = /^event: (.*)$/m.exec(block)?.[1];
    const id = Number(/^id: (\d+)$/m.exec(block)?.[1] ?? Number.NaN);
    if (type === undefined) return;
    client.types.set(type, (client.types.get(type) ?? 0) + 1);
    if (type === "dropped" || type === "reset" || type === "bye") client.faults.push(`${type} at ${id}`);
    if (Number.isNaN(id)) return;
    if (client.lastId >= 0 && id !== client.lastId + 1) client.faults.push(`${id} after ${client.lastId}`);
    if (client.firstId < 0) client.firstId = id;
    client.lastId = id;
  };
  const open = (): void => {
    let rest = "";
    const own = connect(url, client.lastId, (response) => {
      response.setEncoding("utf8");
      response.on("error", () => undefined);
      response.on("data", (text: string) => {
        if (own !== request) return;
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop()!;
        for (const block of blocks) take(block);
      });
    });
    request = own;
  };
  open();
  return client;
}

test(`${CLIENTS} clients, ${DEAF} of which never read`, { timeout: 120_000 + SECONDS * 4000 }, async () => {
  const rng = createRng(Number(process.env["FOREWARN_SEED"] ?? 1));
  const home = await makeDaemonHome();
  const daemon = await serve(home, () =>
    startScript(script, home.configFile, String(EVENTS_PER_SECOND), String(EVENT_CHARACTERS)),
  );
  const feed = await startFeed(() => daemon.url, FLEET);
  try {
    await untilMetric(daemon, "forewarn_servers_forecast", FLEET);
    const beforeBytes = await daemon.metric("forewarn_process_resident_bytes");
    // The response is never read: nobody listens to its data.
    const deaf = Array.from({ length: DEAF }, () => connect(daemon.url, -1, () => undefined));
    const deadlineMs = performance.now() + 90_000;
    while ((await daemon.metric("forewarn_stream_dropped_total")) === 0 && performance.now() < deadlineMs)
      await sleep(200);
    const clients = Array.from({ length: CLIENTS - DEAF }, () => startClient(daemon.url));
    await untilMetric(daemon, "forewarn_stream_listeners", CLIENTS);
    const endMs = performance.now() + SECONDS * 1000;
    let mostBytes = beforeBytes;
    let [slowestMs, reads] = [0, 0];
    while (performance.now() < endMs) {
      clients[Math.floor(rng.uniform() * clients.length)]!.cut();
      const beganMs = performance.now();
      mostBytes = Math.max(mostBytes, await daemon.metric("forewarn_process_resident_bytes"));
      slowestMs = Math.max(slowestMs, performance.now() - beganMs);
      reads++;
      await sleep(CUT_EVERY_MS);
    }
    const dropped = await daemon.metric("forewarn_stream_dropped_total");
    const listeners = await daemon.metric("forewarn_stream_listeners");
    await sleep(2000);
    const [least, most] = [Math.min, Math.max].map((pick) => pick(...clients.map(({ lastId }) => lastId)));
    for (const client of clients) client.stop();
    for (const request of deaf) request.destroy();
    expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
    expect(clients.every(({ types }) => types.get("forecast")! > SECONDS / 3)).toBe(true);
    // All of them are at the same place, give or take what is on its way.
    expect(most! - least!).toBeLessThan(2 * EVENTS_PER_SECOND);
    expect(feed.failed).toBe(0);
    expect(dropped).toBeGreaterThan(0);
    // After half a minute those that do not read are ended.
    if (SECONDS > 60) expect(listeners).toBe(CLIENTS - DEAF);
    const growth = mostBytes - beforeBytes;
    const cuts = clients.reduce((sum, one) => sum + one.cuts, 0);
    console.log(
      `${CLIENTS} clients, ${DEAF} deaf, ${cuts} cut and resumed: 0 events missed by those that read, ${dropped} dropped for the deaf; memory +${Math.round(growth / 2 ** 20)} MiB; slowest of ${reads} reads ${Math.round(slowestMs)} ms`,
    );
    expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
    await untilMetric(daemon, "forewarn_stream_listeners", 0);
  } finally {
    await feed.stop();
    await daemon.kill();
    home.remove();
  }
});
