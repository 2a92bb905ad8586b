// A daemon without its HTTP server lives through some simulated hours: it warms up, forecasts, warns, is restarted.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, startDaemon } from "../../src/daemon/index.ts";
import { openEmbeddedStore, rowBatch } from "../../src/store/index.ts";
import { createFakeWorld, type FakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 5 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 10);
/** The fixture model reads 8 h; the daemon starts when 7 h 45 min are there. */
const FIRST_ROW_MS = START_MS - 7.75 * HOUR_MS;
const ONSET_MS = START_MS + 2 * HOUR_MS;
/** Loops of a daemon: ticks, alerts, checkpoints, housekeeping. */
const LOOPS = 4;

const root = mkdtempSync(join(tmpdir(), "forewarn-daemon-"));
const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
const config = configSchema.parse({
  store: { dataDir: join(root, "var") },
  models: { directory: join(root, "models") },
  alerts: {
    rules: [
      { id: "cpu_soon", when: "breach", rule: "cpu_high", within: "2h", probability: 0.000001 },
      { id: "cpu_certain", when: "breach", rule: "cpu_high", within: "2h", probability: 0.999999 },
    ],
  },
});

/** `db` is at 95 % for an hour from {@link ONSET_MS}; `mute` sends nothing after the start. */
async function send({ services }: Daemon, timeMs: number): Promise<void> {
  const inIncident = timeMs >= ONSET_MS && timeMs < ONSET_MS + HOUR_MS;
  const servers = timeMs < START_MS ? ["db", "mute", "web"] : ["db", "web"];
  const rows = servers.map((server, index) => ({
    server,
    timestampMs: timeMs + index,
    labels: { profile: server === "db" ? "database" : "web_api" },
    metrics: {
      cpu_pct: server === "db" && inIncident ? 95 : 40 + 10 * Math.sin(timeMs / HOUR_MS + index),
      mem_pct: 50,
    },
  }));
  await services.store.write(rowBatch(contract, rows));
}

async function start(world: FakeWorld): Promise<Daemon> {
  return startDaemon({ config, version: "0.0.0", listen: null }, world.world);
}

const fake = createFakeWorld(START_MS, LOOPS);
let daemon: Daemon;
beforeAll(async () => {
  cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
  daemon = await start(fake);
  for (let timeMs = FIRST_ROW_MS; timeMs < START_MS; timeMs += STEP_MS) await send(daemon, timeMs);
});
afterAll(async () => {
  await daemon?.stop();
  rmSync(root, { recursive: true });
});
/** Lets time pass; rows of an interval come when it is over. */
const pass = (ms: number) => fake.pass(ms, (timeMs) => send(daemon, timeMs - STEP_MS));

describe.sequential("a daemon's day", () => {
  test("servers without enough history are refused with what they lack", async () => {
    await pass(5.5 * MINUTE_MS);
    const { forecasts, models, status } = daemon.services;
    expect(models.serving()?.modelId).toBe("tft_20261123_120000");
    expect(status()).toMatchObject({ ready: true, reasons: [], overruns: 0 });
    expect(forecasts.all()).toEqual([]);
    expect(forecasts.refused()).toMatchObject([
      { server: "db", code: "insufficient_data", historySteps: { has: 94, needs: 96 } },
      { server: "mute", code: "insufficient_data" },
      { server: "web", code: "insufficient_data" },
    ]);
  });

  test("forecasts appear as soon as the context is full, and silent servers are stale", async () => {
    await pass(15 * MINUTE_MS);
    const { forecasts, models } = daemon.services;
    expect(forecasts.all().map(({ record }) => record.server)).toEqual(["db", "web"]);
    const { record, dataMs } = forecasts.current("db")!;
    expect(record.originMs).toBe(START_MS + 20 * MINUTE_MS);
    expect(record.issuedAtMs).toBe(record.originMs + 10_000);
    expect(dataMs).toBe(record.originMs - STEP_MS);
    expect(record.forecastId).toBe(`${models.serving()!.modelId}/db/${record.originMs}`);
    expect(forecasts.refused()).toMatchObject([{ server: "mute", code: "stale_input", historySteps: null }]);
    expect(forecasts.lastTick()).toMatchObject({ issuedAtMs: record.issuedAtMs, servers: 2 });
  });

  test("every forecast is stored; a claim is open", async () => {
    await pass(HOUR_MS);
    const stored = await daemon.services.forecasts.history("web", START_MS, START_MS + 3 * HOUR_MS);
    expect(stored.map(({ record }) => record.originMs)).toEqual(
      Array.from({ length: stored.length }, (_, i) => START_MS + 15 * MINUTE_MS + i * STEP_MS),
    );
    expect(stored.length).toBeGreaterThanOrEqual(13);
    expect(stored.every(({ record, dataMs }) => dataMs === record.originMs - STEP_MS)).toBe(true);
    const full = stored.map(({ record }) => record).filter(({ targets }) => targets.length > 0);
    expect(full.length).toBeGreaterThanOrEqual(2);
    expect(full[0]!.targets[0]!.quantiles).toHaveLength(24 * 9);
    const alerts = daemon.services.alerts.book.alerts();
    expect(alerts.filter(({ track }) => track.shown !== null).map(({ rule, server }) => [rule, server])).toEqual([
      ["cpu_soon", "db"],
      ["cpu_soon", "web"],
    ]);
    expect(daemon.services.scoreboard.openForecasts()).toBeGreaterThan(0);
  });

  test("a killed daemon goes on where it was: no claim is opened twice", async () => {
    const before = daemon.services.alerts.book.alerts().map(({ rule, server, track }) => [rule, server, track.claim]);
    const open = daemon.services.scoreboard.openForecasts();
    await daemon.services.scoreboard.state();
    await daemon.stop();
    daemon = await start(fake);
    const after = daemon.services.alerts.book.alerts().map(({ rule, server, track }) => [rule, server, track.claim]);
    expect(after).toEqual(before);
    expect(daemon.services.scoreboard.openForecasts()).toBe(open);
  });

  test("a backup taken while it runs holds every row", async () => {
    const { store, contract } = daemon.services;
    const name = await daemon.services.backup();
    const copy = await openEmbeddedStore(join(root, "var", "backups", name), contract);
    expect(copy.servers()).toEqual(store.servers());
    expect(await copy.series(["web"])).toEqual(await store.series(["web"]));
    await copy.close();
  });

  test("the incident confirms the claim on its server; the scoreboard has counted", async () => {
    await pass(3 * HOUR_MS);
    const { book } = daemon.services.alerts;
    const outcomes = book.ledger().map(({ rule, server, outcome, onsetMs }) => [rule, server, outcome, onsetMs]);
    expect(outcomes).toContainEqual(["cpu_soon", "db", "confirmed", ONSET_MS]);
    expect(outcomes).toContainEqual(["cpu_certain", "db", "missed", ONSET_MS]);
    expect(outcomes).toContainEqual(["cpu_soon", "web", "expired", null]);
    expect(
      outcomes.filter(([rule, server, , onset]) => rule === "cpu_soon" && server === "db" && onset !== null),
    ).toHaveLength(1);
    expect(daemon.services.scoreboard.forecastScores({ subject: "cpu_pct" }).count).toBeGreaterThan(50);
    expect(daemon.services.metrics.text()).toMatch(/^forewarn_forecasts_total \d+$/m);
    expect(fake.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});
