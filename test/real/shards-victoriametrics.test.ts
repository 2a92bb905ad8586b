// Four daemons share one fleet over a real VictoriaMetrics, without a word between them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { startForewarn } from "../helpers/child.ts";
import { FAST_CONTEXT_STEPS, fastContract, writeFastModel } from "../helpers/fast-model.ts";
import { FAST_MODEL, type ServedDaemon, serve } from "../support/daemon-process.ts";
import { areInstalled, startVictoriaMetrics } from "../support/prometheus-process.ts";
import { gaugeMapping, mappingDocument, writeSamples } from "../support/remote-writer.ts";

const SHARDS = 4;
const SERVERS = Array.from({ length: 60 }, (_, i) => `node-${i}`);
/** Seconds of samples: the past that the model reads, and a future that saves feeding it while the test runs. */
const [PAST, FUTURE] = [FAST_CONTEXT_STEPS + 60, 300];

const folder = mkdtempSync(join(tmpdir(), "forewarn-shards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Servers that a daemon forecasts, once it has made its first forecasts. */
async function forecastServers(daemon: ServedDaemon): Promise<string[]> {
  await expect.poll(() => daemon.metric("forewarn_servers_forecast"), { timeout: 30_000 }).toBeGreaterThan(0);
  const { items } = await daemon.get<{ items: { server: string }[] }>("/api/v1/forecasts?limit=1000");
  return items.map(({ server }) => server).sort();
}

it.skipIf(!areInstalled("victoria-metrics"))(
  "every server is forecast by exactly one of four daemons; one that is killed is back with its servers",
  async () => {
    const victoria = await startVictoriaMetrics(folder, ["-search.latencyOffset=0s"]);
    const written = { run: "shards", contract: fastContract };
    const firstMs = Math.floor(Date.now() / 1000) * 1000 - PAST * 1000;
    const metrics = fastContract.metrics.filter(({ kind }) => kind === "gauge");
    for (const server of SERVERS) {
      const rows = Array.from({ length: PAST + FUTURE }, (_, second) => ({
        server,
        timestampMs: firstMs + second * 1000,
        labels: Object.fromEntries(fastContract.labels.map(({ name, values }) => [name, values[0]!])),
        metrics: Object.fromEntries(metrics.map(({ name }, i) => [name, 20 + i + Math.sin(second / 9)])),
      }));
      await writeSamples(victoria.url, written, rows);
    }
    await writeFastModel(join(folder, "models"), FAST_MODEL);
    writeFileSync(join(folder, "mapping.yaml"), stringify(mappingDocument(written)));
    expect(gaugeMapping(written).contract).toEqual(fastContract);
    const start = (index: number): Promise<ServedDaemon> => {
      const configFile = join(folder, `shard-${index}.yaml`);
      const prometheus = {
        url: victoria.url,
        mapping: join(folder, "mapping.yaml"),
        allowPrivate: true,
        lateness: "3s",
      };
      const config = {
        server: { port: 0 },
        store: { kind: "prometheus", prometheus, window: "5m", dataDir: join(folder, `var-${index}`) },
        models: { directory: join(folder, "models") },
        forecast: { every: "5s", delay: "1s" },
      };
      writeFileSync(configFile, stringify(config));
      return serve({ configFile }, () =>
        startForewarn("serve", "--config", configFile, "--shard", `${index}/${SHARDS}`),
      );
    };
    const daemons: ServedDaemon[] = [];
    for (let index = 0; index < SHARDS; index++) daemons.push(await start(index));
    try {
      const parts = await Promise.all(daemons.map(forecastServers));
      expect(parts.flat().sort()).toEqual(SERVERS.toSorted());
      for (const part of parts) expect(part.length).toBeGreaterThan(5);
      const { shard, store } = await daemons[2]!.get<{ shard: unknown; store: { state: string } }>("/api/v1/status");
      expect([shard, store.state]).toEqual([{ index: 2, count: SHARDS }, "ready"]);
      expect(await daemons[2]!.metric("forewarn_shard_index")).toBe(2);

      const required = fastContract.metrics.filter((metric) => metric.required);
      const sent = {
        ...{ timestamp: new Date().toISOString(), server: "node-1" },
        ...Object.fromEntries(fastContract.labels.map(({ name, values }) => [name, values[0]!])),
        ...Object.fromEntries(required.map(({ name }) => [name, 1])),
      };
      const refused = await fetch(`${daemons[0]!.url}/api/v1/rows`, {
        ...{ method: "POST", headers: { "content-type": "application/json" } },
        body: JSON.stringify([sent]),
      });
      expect([refused.status, await refused.json()]).toEqual([
        409,
        expect.objectContaining({ code: "store_external" }),
      ]);

      await daemons[1]!.kill();
      const killedMs = performance.now();
      daemons[1] = await start(1);
      expect(await forecastServers(daemons[1]!)).toEqual(parts[1]);
      const backMs = performance.now() - killedMs;
      console.log(
        `one of ${SHARDS} shards: ready after ${Math.round(daemons[1]!.readyMs)} ms, forecasts ${Math.round(backMs)} ms`,
      );
      expect(backMs).toBeLessThan(20_000);
      expect((await Promise.all(daemons.map(forecastServers))).flat().sort()).toEqual(SERVERS.toSorted());
    } finally {
      for (const daemon of daemons) await daemon.kill();
      await victoria.stop();
    }
  },
  180_000,
);
