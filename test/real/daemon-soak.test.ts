// Hours of a daemon's life at high speed: once its windows are full, neither its memory nor its open files grow.
// FOREWARN_LONG=1 lives through a day.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";

const HOURS = process.env["FOREWARN_LONG"] === "1" ? 24 : 6;
/** Forecasts wait for their truth for two hours and a quarter: then as many are closed as are opened. */
const WARM_HOURS = 3;
const SERVERS = 20;
const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 10);
/** The hot window: what the model reads of the past, and a day. */
const PAST_MS = 50 * HOUR_MS;
/** A ledger of alerts, totals of scores, and what is not collected yet. */
const MOST_GROWTH_BYTES = 16 << 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test(`${HOURS} hours`, { timeout: 120_000 + HOURS * 30_000 }, async () => {
  const root = mkdtempSync(join(tmpdir(), "forewarn-soak-"));
  cpSync(FIXTURE_MODEL, join(root, "models", "tft_20261123_120000"), { recursive: true });
  const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
  const config = configSchema.parse({
    store: { dataDir: join(root, "var") },
    models: { directory: join(root, "models") },
  });
  const fake = createFakeWorld(START_MS, 4);
  const daemon = await startDaemon({ config, version: "0.0.0", listen: null }, fake.world);
  const rowsAt = (timeMs: number) =>
    Array.from({ length: SERVERS }, (_, server) => ({
      server: `s${server}`,
      timestampMs: timeMs,
      metrics: { cpu_pct: (timeMs / 60_000 + server * 20) % 240 < 30 ? 95 : 40, mem_pct: 50 },
    }));
  const send = (timeMs: number) => daemon.services.store.write(rowBatch(contract, rowsAt(timeMs)));
  try {
    const past = Array.from({ length: PAST_MS / STEP_MS }, (_, i) => rowsAt(START_MS - (i + 1) * STEP_MS)).flat();
    await daemon.services.store.write(rowBatch(contract, past));
    const measure = () => {
      collectGarbage();
      const { heapUsed, external, rss } = process.memoryUsage();
      return { bytes: heapUsed + external, rss, files: readdirSync("/proc/self/fd").length };
    };
    const hourly: ReturnType<typeof measure>[] = [];
    const beganMs = performance.now();
    for (let hour = 0; hour < HOURS; hour++) {
      await fake.pass(HOUR_MS, async (timeMs) => void (await send(timeMs - STEP_MS)));
      hourly.push(measure());
    }
    const [warm, last] = [hourly[WARM_HOURS - 1]!, hourly.at(-1)!];
    const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
    console.log(
      `${HOURS} h in ${Math.round((performance.now() - beganMs) / 1000)} s: memory ${mebibytes(warm.bytes)} -> ${mebibytes(last.bytes)}, resident ${mebibytes(warm.rss)} -> ${mebibytes(last.rss)}, open files ${warm.files} -> ${last.files}`,
    );
    expect(fake.logged.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
    expect(daemon.services.forecasts.all()).toHaveLength(SERVERS);
    expect(daemon.services.status().overruns).toBe(0);
    expect(last.bytes - warm.bytes).toBeLessThan(MOST_GROWTH_BYTES);
    expect(last.files - warm.files).toBeLessThanOrEqual(4);
  } finally {
    await daemon.stop();
    rmSync(root, { recursive: true });
  }
});
