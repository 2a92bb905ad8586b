// The real daemon with a small fleet of its own, always the same: three hours of ticks, an incident, alerts and scores.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, listenHttp, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";

const HOUR_MS = 3_600_000;
/** The steps of the fleet, and of its ticks. */
export const STEP_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 10);
/** When the daemon has been brought to the end of its three hours. */
export const LIVE_NOW_MS = START_MS + 3 * HOUR_MS;
const LOOPS = 4;
const PROFILES = ["database", "web_api", "ml_compute"];

/** What is there when a place of the page is fully shown. */
export const PLACES: Readonly<Record<string, string>> = {
  "": "table.list .spark path",
  "servers/web-3": ".fan canvas",
  alerts: "h2",
  scoreboard: ".diagram",
  models: "table.plain-table",
};

/** A daemon whose clock moves only by `pass`. */
export interface LivePage {
  daemon: Daemon;
  /** Lets time pass; every step brings rows of all servers. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the daemon and lives through its three hours. */
export async function startLivePage(): Promise<LivePage> {
  const root = mkdtempSync(join(tmpdir(), "forewarn-page-"));
  const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
  const config = configSchema.parse({
    store: { dataDir: join(root, "var") },
    models: { directory: join(root, "models") },
    alerts: { rules: [{ id: "cpu_soon", when: "breach", rule: "cpu_high", within: "2h", probability: 0.000001 }] },
  });
  cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
  const fake = createFakeWorld(START_MS, LOOPS);
  const address = { host: "127.0.0.1", port: 0 };
  const listen = (services: Parameters<typeof listenHttp>[0]) => listenHttp(services, address);
  const daemon = await startDaemon({ config, version: "0.0.0", listen }, fake.world);
  const send = async (timeMs: number): Promise<void> => {
    const rows = Array.from({ length: 12 }, (_, at) => ({
      server: `web-${at}`,
      timestampMs: timeMs,
      labels: { profile: PROFILES[at % 3]! },
      metrics: {
        cpu_pct: at === 3 && timeMs > START_MS + HOUR_MS ? 96 : 45 + 30 * Math.sin(timeMs / HOUR_MS + at),
        mem_pct: 40 + at,
        disk_pct: 60 + at,
      },
    }));
    await daemon.services.store.write(rowBatch(contract, rows));
  };
  const pass = (ms: number) => fake.pass(ms, (timeMs) => send(timeMs - STEP_MS));
  for (let timeMs = START_MS - 9 * HOUR_MS; timeMs < START_MS; timeMs += STEP_MS) await send(timeMs);
  await pass(LIVE_NOW_MS - START_MS);
  const stop = async () => {
    await daemon.stop();
    rmSync(root, { recursive: true });
  };
  return { daemon, pass, stop };
}
