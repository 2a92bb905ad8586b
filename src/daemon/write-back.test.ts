import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeServices } from "../../test/support/fake-services.ts";
import { type Sink, startSink } from "../../test/support/sink.ts";
import { createMetricsRegistry } from "../server/index.ts";
import { configSchema } from "./config-schema.ts";
import type { OwnModelDesk } from "./model-desk.ts";
import { openWriteBack, type WriteBack } from "./write-back.ts";

const HOUR_MS = 3_600_000;
let sink: Sink;
let dataDir: string;
let logged: string[];
let horizonMs: number;
let opened: WriteBack | null;
beforeEach(async () => {
  sink = await startSink();
  dataDir = mkdtempSync(join(tmpdir(), "forewarn-write-back-"));
  [logged, horizonMs, opened] = [[], 8 * HOUR_MS, null];
});
afterEach(async () => {
  await opened?.stop();
  rmSync(dataDir, { recursive: true });
  await sink.close();
});

async function open(section: object): Promise<{ writeBack: WriteBack | null; metrics: () => string }> {
  const registry = createMetricsRegistry();
  const model = () => ({ config: { inputs: { breachGroupEnds: [1, 2], intervalMs: horizonMs / 2 } } });
  opened = await openWriteBack({
    config: configSchema.parse({ store: { dataDir }, writeBack: section }),
    ...{ version: "1.2.3", contract: fakeServices().contract, registry },
    models: { model } as unknown as OwnModelDesk,
    world: {
      ...{ now: Date.now, wallNow: Date.now, seed: 1, onFatal: () => undefined },
      wait: (ms) => sleep(Math.min(ms, 5)),
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
      log: (level, message, fields) => void logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
    },
  });
  return { writeBack: opened, metrics: registry.text };
}
const numberOf = (metrics: string, name: string): number =>
  Number(new RegExp(`^${name} (.*)$`, "m").exec(metrics)?.[1]);

test("without a URL there is nothing", async () => {
  const { writeBack, metrics } = await open({});
  expect([writeBack, metrics().trim()]).toEqual([null, ""]);
});

test("sends every tick once, with tenant and authorization; failures are logged once and counted", async () => {
  const services = fakeServices();
  sink.answers.push(500, 503, 429, 500, 500);
  const { writeBack, metrics } = await open({
    ...{ url: `${sink.url}/api/v1/push`, store: "mimir", allowPrivate: true },
    ...{ headers: { "X-Scope-OrgID": "team" }, authorization: "Bearer x" },
  });
  await writeBack!.tick(services);
  await writeBack!.tick(services);
  await expect.poll(() => numberOf(metrics(), "forewarn_write_back_queue_samples")).toBe(0);
  expect(numberOf(metrics(), "forewarn_write_back_samples_sent_total")).toBe(2 * 60);
  expect(numberOf(metrics(), "forewarn_write_back_requests_failed_total")).toBe(5);
  expect(numberOf(metrics(), "forewarn_write_back_queue_oldest_seconds")).toBe(0);
  expect(sink.requests[0]).toMatchObject({
    url: "/api/v1/push",
    headers: { "x-scope-orgid": "team", authorization: "Bearer x", "user-agent": "forewarn/1.2.3" },
  });
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain("warn samples failed");
  // The model is gone, and every series with it.
  services.served.clear();
  services.forecasts.lastTick = () => null;
  await writeBack!.tick(services);
  await expect.poll(() => numberOf(metrics(), "forewarn_write_back_samples_sent_total")).toBe(4 * 60);
});

test.each([
  [{ url: "http://127.0.0.1:9090/api/v1/write" }, "target_refused"],
  [{ url: "ftp://db.example/write", allowPrivate: true }, "target_refused"],
  [{ url: "http://user:pass@db.example/write" }, "target_refused"],
  [{ url: "http://db.example/w", store: "victoriametrics", validTime: true, futureRetention: "7h" }, "config_invalid"],
])("refuses %j", async (section, code) => {
  await expect(open(section)).rejects.toMatchObject({ code });
});

test("does not call a private address that a name resolves to", async () => {
  const { writeBack, metrics } = await open({ url: sink.url.replace("127.0.0.1", "example.com") });
  await writeBack!.tick(fakeServices());
  await expect.poll(() => numberOf(metrics(), "forewarn_write_back_requests_failed_total")).toBeGreaterThan(0);
  expect(logged[0]).toContain("Expected a public address");
  expect(sink.requests).toHaveLength(0);
});

test("says so when another model reaches farther than the store takes", async () => {
  const { writeBack } = await open({ url: sink.url, allowPrivate: true, store: "victoriametrics", validTime: true });
  horizonMs = 72 * HOUR_MS;
  await writeBack!.tick(fakeServices());
  expect(logged).toEqual([expect.stringContaining("at least the horizon of the model, 3d, got 2d")]);
});
