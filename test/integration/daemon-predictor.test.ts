// A daemon that cannot forecast says so itself, the same way as it warns of servers, and takes it back when it can again.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ForewarnError } from "../../src/base/index.ts";
import { parseContract } from "../../src/contract/index.ts";
import { configSchema, type Daemon, startDaemon } from "../../src/daemon/index.ts";
import { rowBatch } from "../../src/store/index.ts";
import { createFakeWorld } from "../helpers/fake-world.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";
import { type Sink, startSink } from "../support/sink.ts";

const STEP_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 10);
const LOOPS = 4;
const MODEL = "tft_20261123_120000";

const root = mkdtempSync(join(tmpdir(), "forewarn-predictor-"));
const models = join(root, "models");
const contract = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
const fake = createFakeWorld(START_MS, LOOPS);
let sink: Sink;
let daemon: Daemon;

beforeAll(async () => {
  sink = await startSink();
  cpSync(FIXTURE_MODEL, join(models, "half"), { recursive: true });
  rmSync(join(models, "half", "manifest.json"));
  const target = { allowPrivate: true, url: sink.url };
  const config = configSchema.parse({
    store: { dataDir: join(root, "var"), contract: join(FIXTURE_MODEL, "contract.json") },
    models: { directory: models },
    alerts: {
      destinations: [
        { kind: "webhook", name: "hook", secret: "s", ...target },
        { kind: "alertmanager", name: "am", ...target },
      ],
    },
  });
  daemon = await startDaemon({ config, version: "0.0.0", listen: null }, fake.world);
  for (let timeMs = START_MS - 100 * STEP_MS; timeMs < START_MS; timeMs += STEP_MS) await send(timeMs);
});
afterAll(async () => {
  await daemon?.stop();
  await sink.close();
  rmSync(root, { recursive: true });
});

const send = async (timestampMs: number): Promise<void> => {
  const rows = [{ server: "web", timestampMs, labels: { profile: "web_api" }, metrics: { cpu_pct: 95, mem_pct: 50 } }];
  await daemon.services.store.write(rowBatch(contract, rows));
};
const pass = (steps: number) => fake.pass(steps * STEP_MS, (timeMs) => send(timeMs - STEP_MS));

/** What a destination was told since the last call: name of the alert and whether it stands. */
function told(isWanted: (url: string) => boolean): string[] {
  const alerts = sink.requests
    .filter(({ url }) => isWanted(url ?? ""))
    .flatMap(({ body }) => {
      const document = JSON.parse(body) as { alerts?: unknown[] } | unknown[];
      return (Array.isArray(document) ? document : document.alerts!) as {
        labels: Record<string, string>;
        status?: string;
        endsAt: string;
      }[];
    });
  return alerts.map(({ labels, status, endsAt }) => {
    const stands = status === undefined ? Date.parse(endsAt) > fake.world.now() : status === "firing";
    return `${labels["alertname"]} ${stands ? "stands" : "over"}`;
  });
}
const isAlertmanager = (url: string): boolean => url.endsWith("/api/v2/alerts");
const takeTold = (): { hook: string[]; am: string[] } => {
  const taken = { hook: told((url) => !isAlertmanager(url)), am: [...new Set(told(isAlertmanager))] };
  sink.requests.length = 0;
  return taken;
};

test("without a model only PredictorUnavailable is told, and it names the broken directory", async () => {
  await pass(3);
  expect(takeTold()).toEqual({
    hook: ["PredictorUnavailable stands"],
    am: ["PredictorUnavailable stands"],
  });
  const [own] = daemon.services.alerts.book.ownAlerts();
  expect(own?.annotations["summary"]).toContain("models/half: Expected a model directory with manifest.json");
  expect(daemon.services.forecasts.all()).toEqual([]);
  expect(daemon.services.metrics.text()).toContain("forewarn_models_refused_total 1\n");
  expect(fake.logged.filter(({ message }) => message === "model refused")).toHaveLength(1);
});

test("a model that comes ends it", async () => {
  cpSync(FIXTURE_MODEL, join(models, MODEL), { recursive: true });
  await daemon.services.reload();
  await pass(2);
  expect(takeTold()).toEqual({ hook: ["PredictorUnavailable over"], am: ["PredictorUnavailable over"] });
  expect(daemon.services.alerts.book.ownAlerts()).toEqual([]);
  expect(daemon.services.forecasts.all()).toHaveLength(1);
});

test("ticks that fail again and again raise it, one alone does not", async () => {
  const { store } = daemon.services;
  const { series } = store;
  const fail = async (): Promise<never> => {
    throw new ForewarnError("file_unreadable", "store: Expected rows, got a broken file");
  };
  await pass(4);
  takeTold();
  store.series = fail;
  await pass(1);
  store.series = series;
  await pass(2);
  expect(takeTold().hook).toEqual([]);
  store.series = fail;
  await pass(3);
  expect(takeTold()).toEqual({ hook: ["PredictorUnavailable stands"], am: ["PredictorUnavailable stands"] });
  store.series = series;
  await pass(1);
  expect(takeTold().hook).toEqual(["PredictorUnavailable over"]);
});
