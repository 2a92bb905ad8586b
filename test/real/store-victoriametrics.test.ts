// The store over a database: the suite of all live stores on a real VictoriaMetrics, and what happens when it is gone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Contract } from "../../src/contract/index.ts";
import { createPrometheusClient, isInShard, openPrometheusStore } from "../../src/prometheus/index.ts";
import type { LiveStore } from "../../src/store/index.ts";
import { liveStoreConformance } from "../support/live-store-conformance.ts";
import { allRows, BASE_MS, DAY_MS, row, smallContract } from "../support/live-store-rows.ts";
import { areInstalled, type RunningProgram, startVictoriaMetrics } from "../support/prometheus-process.ts";
import { gaugeMapping, writeSamples } from "../support/remote-writer.ts";

const INTERVAL_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), "forewarn-victoria-"));
afterAll(() => rmSync(folder, { recursive: true }));

function openStore(url: () => string, run: string, contract: Contract, windowMs: number, more = {}): LiveStore {
  return openPrometheusStore({
    mapping: gaugeMapping({ run, contract }),
    connect: (signal) =>
      createPrometheusClient({ url: url(), signal, attempts: 1, now: () => BASE_MS, wait: async () => undefined }),
    windowMs,
    latenessMs: windowMs,
    maxServers: 100,
    now: () => BASE_MS,
    onUnsettled: () => undefined,
    owns: () => true,
    onRefused: () => undefined,
    onUnreadable: () => undefined,
    ...more,
  });
}

describe.skipIf(!areInstalled("victoria-metrics"))("VictoriaMetrics", () => {
  let victoria: RunningProgram;
  beforeAll(async () => {
    // Samples that are sent twice count once.
    victoria = await startVictoriaMetrics(folder, ["-dedup.minScrapeInterval=1ms"]);
  });
  afterAll(() => victoria.stop());

  /** End of the interval of the newest row that was written, by directory. */
  const boundaries = new Map<string, number>();
  const refresh = (store: LiveStore, directory: string) => store.refresh(boundaries.get(directory) ?? BASE_MS);
  const runOf = (directory: string): string => directory.replaceAll(/[^a-zA-Z0-9]+/g, "_");

  liveStoreConformance("the store over VictoriaMetrics", {
    async open(directory, contract, { windowMs }) {
      const store = openStore(() => victoria.url, runOf(directory), contract, windowMs);
      await refresh(store, directory);
      return store;
    },
    async put(store, directory, rows) {
      await writeSamples(victoria.url, { run: runOf(directory), contract: smallContract }, rows);
      const newestMs = Math.max(boundaries.get(directory) ?? 0, ...rows.map(({ timestampMs }) => timestampMs + 1));
      boundaries.set(directory, Math.ceil(newestMs / INTERVAL_MS) * INTERVAL_MS);
      await refresh(store, directory);
    },
    keepsRows: false,
  });

  it("goes on with what it has while the database is gone, invents nothing, and catches up", async () => {
    const home = join(folder, "outage");
    let database = await startVictoriaMetrics(home);
    const written = { run: "outage", contract: smallContract };
    const rows = Array.from({ length: 12 }, (_, bin) => row("a", bin * 300, bin + 1));
    const at = (bins: number) => BASE_MS + bins * INTERVAL_MS;
    await writeSamples(database.url, written, rows.slice(0, 4));
    const store = openStore(() => database.url, written.run, smallContract, DAY_MS, { latenessMs: INTERVAL_MS });
    expect(store.status()).toMatchObject({ state: "unreachable", servers: 0 });
    await store.refresh(at(4));
    expect(store.status()).toMatchObject({ state: "ready", reason: null, servers: 1 });

    await database.stop();
    await expect(store.refresh(at(6))).rejects.toMatchObject({ code: "prometheus_unavailable" });
    expect(store.status().state).toBe("unreachable");
    const loads = async () => [...(await store.series(["a"]))[0]!.values[0]!];
    expect(await loads()).toEqual([1, 2, 3, 4]);
    expect(store.server("a")!.lastMs).toBe(at(3));
    await expect(store.history("a", BASE_MS - DAY_MS, at(4))).rejects.toMatchObject({ code: "prometheus_unavailable" });

    database = await startVictoriaMetrics(home);
    // The rows of the outage came to the database later; one in the middle of it never did.
    await writeSamples(database.url, written, [...rows.slice(4, 6), ...rows.slice(7)]);
    await store.refresh(at(12));
    expect(store.status()).toMatchObject({ state: "ready", reason: null });
    expect(await loads()).toEqual([1, 2, 3, 4, 5, 6, Number.NaN, 8, 9, 10, 11, 12]);
    await store.close();
    await database.stop();
  }, 60_000);

  it("believes no point that the database has filled in for the last seconds", async () => {
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const contract = { ...smallContract, interval: "1s" };
    const rows = Array.from({ length: 120 }, (_, i) => ({
      ...{ server: "a", timestampMs: nowMs - 90_000 + i * 1000, metrics: { load: i } },
    }));
    await writeSamples(victoria.url, { run: "now", contract }, rows);
    const behind: number[] = [];
    const more = { now: () => Date.now(), onUnsettled: (ms: number) => behind.push(ms), latenessMs: 2000 };
    const store = openStore(() => victoria.url, "now", contract, 60_000, more);
    for (const aheadMs of [0, 2000]) {
      await expect.poll(() => Date.now() - nowMs, { timeout: 5000 }).toBeGreaterThanOrEqual(aheadMs);
      await store.refresh(nowMs + aheadMs);
      const [series] = await store.series(["a"]);
      const first = (series!.startMs - (nowMs - 90_000)) / 1000;
      expect([...series!.values[0]!]).toEqual(Array.from({ length: series!.steps }, (_, i) => first + i));
    }
    // This version fills in 30 s, whatever it is asked; one that knows latency_offset fills in nothing.
    if (behind.length > 0) expect(behind[0]).toBeGreaterThan(25_000);
    await store.close();
  });

  it("four stores share a fleet: every server is in exactly one of them, whatever is asked", async () => {
    const written = { run: "shards", contract: smallContract };
    const names = Array.from({ length: 230 }, (_, i) => `node-${i}.example:9100`);
    await writeSamples(
      victoria.url,
      written,
      names.map((name) => row(name, 0, 1)),
    );
    const found: string[] = [];
    for (const index of [0, 1, 2, 3]) {
      const owns = (server: string) => isInShard({ index, count: 4 }, server);
      const store = openStore(() => victoria.url, written.run, smallContract, DAY_MS, { owns, partServers: 20 });
      await store.refresh(BASE_MS + INTERVAL_MS);
      const servers = store.servers().map(({ server }) => server);
      expect(servers.length).toBeGreaterThan(30);
      expect((await allRows(store, BASE_MS, BASE_MS + INTERVAL_MS)).map(({ server }) => server)).toEqual(servers);
      found.push(...servers);
      await store.close();
    }
    expect(found.sort()).toEqual(names.toSorted());
  });
});
