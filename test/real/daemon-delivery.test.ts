// The receiver of alerts is away: for an hour of the daemon's clock, and in real time while the daemon is killed. Then it
// gets the newest state of every alert, once per idempotency key, and never an older state after a newer one.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { idempotencyId } from "../../src/alert/labels.ts";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";
import { type AlertReceiver, faultsOf, startReceiver } from "../support/alert-receiver.ts";
import { makeDaemonHome, type ServedDaemon, serve, untilMetric } from "../support/daemon-process.ts";
import { type CpuOf, type LiveFeed, startFeed } from "../support/live-feed.ts";

const KILLS = process.env["FOREWARN_LONG"] === "1" ? 20 : 3;
const SERVERS = 12;
const MINUTE_MS = 60_000;
let receiver: AlertReceiver;
let closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

const rule = { when: "breach", rule: "cpu_high" };
/** One alert a message, so that its key names its state. */
const alertsTo = (url: string, rules: object[]): object => ({
  rules,
  group: { by: ["server"], window: "1s" },
  destinations: [{ name: "hook", kind: "webhook", url, secret: "s", allowPrivate: true }],
});

test("away for an hour", async () => {
  receiver = await startReceiver();
  closers.push(() => receiver.goDown());
  const root = mkdtempSync(join(tmpdir(), "forewarn-delivery-"));
  closers.push(() => rmSync(root, { recursive: true }));
  cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
  const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
  const hourly = { within: "1h", for: "15m", clear: { for: "10m" } };
  const config = configSchema.parse({
    store: { dataDir: join(root, "var") },
    models: { directory: join(root, "models") },
    alerts: alertsTo(receiver.url, [
      // Here the fixture model's median lies between 40 and 47, and its probability between 0.05 and 0.4.
      { ...{ id: "cpu_line", when: "quantile", metric: "cpu_pct", quantile: 0.5, op: ">=", threshold: 44 }, ...hourly },
      { ...{ id: "cpu_soon", ...rule, within: "1h", probability: 0.15 }, clear: { probability: 0.12, for: "10m" } },
    ]),
  });
  const startMs = Date.UTC(2026, 0, 10);
  const fake = createFakeWorld(startMs, 4);
  const start = () => startDaemon({ config, version: "0.0.0", listen: null }, fake.world);
  let daemon: Daemon = await start();
  closers.push(() => daemon.stop());
  /** Every server is at 95 % for 25 minutes of every hour, one after the other. */
  const send = async (timeMs: number): Promise<void> => {
    const rows = Array.from({ length: SERVERS }, (_, server) => {
      const minute = (timeMs / MINUTE_MS + server * 5) % 60;
      const isHigh = timeMs >= startMs && minute < 25;
      return { server: `s${server}`, timestampMs: timeMs, metrics: { cpu_pct: isHigh ? 95 : 40, mem_pct: 50 } };
    });
    await daemon.services.store.write(rowBatch(contract, rows));
  };
  for (let timeMs = startMs - 10 * 60 * MINUTE_MS; timeMs < startMs; timeMs += 5 * MINUTE_MS) await send(timeMs);
  const pass = (minutes: number) => fake.pass(minutes * MINUTE_MS, (timeMs) => send(timeMs - 5 * MINUTE_MS));

  await pass(30);
  const before = receiver.taken.length;
  expect(before).toBeGreaterThan(0);
  await receiver.goDown();
  await pass(30);
  await daemon.stop();
  daemon = await start();
  await pass(30);
  expect(receiver.taken.length).toBe(before);
  const waiting = daemon.services.alerts.outbox().pending;
  expect(waiting).toBeGreaterThan(SERVERS / 2);
  await receiver.comeUp();
  // The longest pause between two tries is five minutes.
  await pass(6);
  expect(daemon.services.alerts.outbox()).toEqual({ pending: 0, oldestPendingMs: null });
  expect(faultsOf(receiver.taken)).toEqual([]);
  const took = receiver.taken.length - before;
  expect(took).toBeGreaterThanOrEqual(waiting);
  await pass(60);
  expect(faultsOf(receiver.taken)).toEqual([]);
  const ids = new Set(receiver.taken.map(({ messageId }) => messageId));
  const stands = daemon.services.alerts.book.alerts().filter(({ track }) => track.shown !== null);
  expect(stands.length).toBeGreaterThan(SERVERS);
  expect(daemon.services.alerts.outbox().pending).toBe(0);
  console.log(
    `away for 60 min: ${waiting} states waited, ${took} taken within 6 min, ${ids.size} in all, 0 twice, 0 out of order; ${stateCounts()}`,
  );
});

/** How many states of each kind were taken. */
function stateCounts(): string {
  const counts = new Map<string, number>();
  for (const { state } of receiver.taken) counts.set(state ?? "?", (counts.get(state ?? "?") ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

test(`away while the daemon is killed ${KILLS} times`, { timeout: 120_000 + KILLS * 20_000 }, async () => {
  receiver = await startReceiver();
  closers.push(() => receiver.goDown());
  const rules = [0.09, 0.13, 0.18].map((probability, i) => ({
    ...{ id: `cpu_soon_${i}`, ...rule, within: "6s", probability },
    clear: { probability: 0.9 * probability, for: "2s" },
  }));
  const home = await makeDaemonHome({ alerts: alertsTo(receiver.url, rules) });
  closers.push(() => home.remove());
  let daemon: ServedDaemon = await serve(home);
  closers.push(() => daemon.kill());
  /** Servers are high for 8 s of every 30 s, one after the other; half of them come only near the limit. */
  const cpuOf: CpuOf = (server, timeMs) => ((timeMs / 1000 + server * 5) % 30 < 8 ? (server % 2 === 0 ? 95 : 88) : 40);
  const feed: LiveFeed = await startFeed(() => daemon.url, SERVERS, cpuOf);
  closers.push(() => feed.stop());
  await untilMetric(daemon, "forewarn_servers_forecast", SERVERS);
  await sleep(6000);
  expect(receiver.taken.length).toBeGreaterThan(0);
  await receiver.goDown();
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(3000 + kill * 300);
    await daemon.kill();
    daemon = await serve(home);
    expect(daemon.child.stderr()).not.toContain("damaged");
  }
  const waiting = await daemon.metric("forewarn_outbox_pending");
  expect(waiting).toBeGreaterThan(0);
  await receiver.comeUp();
  // What waited is gone. The feed goes on, so another state may wait for a moment at any later look.
  await untilMetric(daemon, "forewarn_outbox_pending", 0);
  await untilMetric(daemon, "forewarn_outbox_oldest_seconds", 0);
  /** Alerts that stand at their receivers. */
  const standing = async () => {
    const { items } = await daemon.get<{ items: { id: string; phase: string; startsAt: string }[] }>(
      "/api/v1/alerts?limit=1000",
    );
    return items.filter(({ phase }) => phase === "predicted" || phase === "confirmed");
  };
  // The servers take turns, so there are moments when none stands.
  while ((await standing()).length === 0) await sleep(100);
  await feed.stop();
  await sleep(3000);
  await untilMetric(daemon, "forewarn_outbox_pending", 0);
  expect(faultsOf(receiver.taken)).toEqual([]);
  // Who stands now was told so.
  const ids = new Set(receiver.taken.map(({ messageId }) => messageId));
  const untold = (await standing()).filter(
    ({ id, startsAt, phase }) => !ids.has(idempotencyId(id, Date.parse(startsAt), phase)),
  );
  expect(untold).toEqual([]);
  console.log(
    `${KILLS} kills while away: ${waiting} states waited, ${ids.size} taken, 0 twice, 0 out of order; ${stateCounts()}`,
  );
});
