// Forecasts of a daemon in real databases: written by remote write, read back by the databases' own query API. The
// database is away for a while, and the daemon is killed while it is: nothing is lost, and the queue drains.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import {
  createPrometheusClient,
  httpTransport,
  openRemoteWriter,
  type SampleSeries,
} from "../../src/prometheus/index.ts";
import { makeDaemonHome, type ServedDaemon, serve, untilMetric } from "../support/daemon-process.ts";
import { type LiveFeed, startFeed } from "../support/live-feed.ts";
import {
  areInstalled,
  type RunningProgram,
  type StartOptions,
  startPrometheus,
  startVictoriaMetrics,
} from "../support/prometheus-process.ts";

const SERVERS = 3;
const RANGE = "[15m]";
const AWAY_MS = 5000;
/** Outages of VictoriaMetrics too; by default only those of Prometheus, whose log keeps what it has acknowledged. */
const ALL_STORES = process.env["FOREWARN_LONG"] === "1";
const STORES = {
  prometheus: {
    program: "prometheus",
    start(root: string, options: StartOptions) {
      const config = join(root, "empty.yml");
      writeFileSync(config, "scrape_configs: []\n");
      return startPrometheus(root, config, { ...options, receives: true });
    },
    // What it has acknowledged is in its log.
    end: (database: RunningProgram) => database.kill(),
    validTime: false,
  },
  victoriametrics: {
    program: "victoria-metrics",
    start: (root: string, options: StartOptions) => startVictoriaMetrics(root, [], options),
    // It acknowledges before it writes: killed, it would lose a second.
    end: (database: RunningProgram) => database.stop(),
    validTime: true,
  },
};
let closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

/** A forecast as the daemon's history has it. */
interface StoredForecast {
  server: string;
  issuedAt: string;
  originAt: string;
  breaches: { rule: string; withinMs: number[]; probabilities: number[] }[];
}

const storedForecasts = async (daemon: ServedDaemon): Promise<StoredForecast[]> => {
  const servers = Array.from({ length: SERVERS }, (_, at) => `live-${at}`);
  const read = (server: string) => daemon.get<{ items: StoredForecast[] }>(`/api/v1/servers/${server}/forecasts`);
  return (await Promise.all(servers.map(read))).flatMap(({ items }) => items);
};
/** Probabilities by series and time: what the daemon has issued. */
const issuedProbabilities = (forecasts: StoredForecast[]): Map<string, number> =>
  new Map(
    forecasts.flatMap(({ server, issuedAt, breaches }) =>
      breaches.flatMap(({ rule, withinMs, probabilities }) =>
        probabilities.map((probability, at): [string, number] => {
          return [`${server} ${rule} ${withinMs[at]! / 1000} ${Date.parse(issuedAt)}`, probability];
        }),
      ),
    ),
  );
/** The key without its time. */
const seriesOf = (key: string): string => key.slice(0, key.lastIndexOf(" "));
/** The same as the database has it. */
const writtenProbabilities = (series: SampleSeries[]): Map<string, number> =>
  new Map(
    series.flatMap(({ labels, timesMs, values }) => {
      const { server, rule, horizon_seconds } = labels;
      return Array.from(timesMs, (timeMs, at): [string, number] => {
        return [`${server} ${rule} ${horizon_seconds} ${timeMs}`, values[at]!];
      });
    }),
  );

for (const [store, { program, start, end, validTime }] of Object.entries(STORES)) {
  const isLeftOut = !areInstalled(program) || (store === "victoriametrics" && !ALL_STORES);
  test.skipIf(isLeftOut)(`${store}: away, and the daemon killed`, { timeout: 120_000 }, async () => {
    const root = mkdtempSync(join(tmpdir(), "forewarn-write-back-"));
    closers.push(() => rmSync(root, { recursive: true }));
    let database = await start(root, {});
    closers.push(() => database.stop());
    const writeBack = { url: `${database.url}/api/v1/write`, allowPrivate: true, store, validTime };
    const home = await makeDaemonHome({ writeBack });
    closers.push(() => home.remove());
    let daemon = await serve(home);
    closers.push(() => daemon.kill());
    const feed: LiveFeed = await startFeed(() => daemon.url, SERVERS);
    closers.push(() => feed.stop());
    const client = createPrometheusClient({ url: database.url, now: Date.now, wait: (ms) => sleep(ms) });
    const written = async () =>
      writtenProbabilities(await client.query(`forewarn_breach_probability${RANGE}`, Date.now()));
    await untilMetric(daemon, "forewarn_servers_forecast", SERVERS);
    await expect.poll(async () => (await written()).size, { timeout: 20_000 }).toBeGreaterThan(0);

    // Away while the daemon lives: every forecast arrives in the end.
    await end(database);
    await sleep(AWAY_MS);
    const waited = await daemon.metric("forewarn_write_back_queue_samples");
    expect(waited).toBeGreaterThan(0);
    expect(await daemon.metric("forewarn_write_back_requests_failed_total")).toBeGreaterThan(0);
    database = await start(root, { port: database.port });
    await expect
      .poll(() => daemon.metric("forewarn_write_back_queue_oldest_seconds"), { timeout: 20_000 })
      .toBeLessThan(1);
    await feed.stop();
    await sleep(1500);
    await untilMetric(daemon, "forewarn_write_back_queue_samples", 0);
    const issued = issuedProbabilities(await storedForecasts(daemon));
    await expect.poll(async () => (await written()).size, { timeout: 20_000 }).toBe(issued.size);
    expect(await written()).toEqual(issued);
    expect(await daemon.metric("forewarn_write_back_samples_refused_total")).toBe(0);
    expect(await daemon.metric("forewarn_write_back_samples_dropped_total")).toBe(0);

    // Killed while the database is away: what was on the disk is sent by the next process, and nothing else is made up.
    const again = await startFeed(() => daemon.url, SERVERS);
    closers.push(() => again.stop());
    await end(database);
    await sleep(AWAY_MS);
    const queued = await daemon.metric("forewarn_write_back_queue_samples");
    await daemon.kill();
    daemon = await serve(home);
    expect(await daemon.metric("forewarn_write_back_queue_samples")).toBeGreaterThanOrEqual(queued);
    database = await start(root, { port: database.port });
    await expect
      .poll(() => daemon.metric("forewarn_write_back_queue_oldest_seconds"), { timeout: 30_000 })
      .toBeLessThan(1);
    await again.stop();
    await sleep(1500);
    await untilMetric(daemon, "forewarn_write_back_queue_samples", 0);
    const before = await storedForecasts(daemon);
    // The tick in which it was killed may have stored its forecasts and not yet queued them.
    const ofOneTick = SERVERS * issuedProbabilities(before.slice(0, 1)).size;
    await expect
      .poll(async () => (await written()).size, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(issuedProbabilities(before).size - ofOneTick);
    // Forecasts are stored before they are written, and the daemon goes on: what was written is read first.
    const got = await written();
    const nowMs = Date.now();
    const ahead = await client.query(`forewarn_forecast_ahead{metric="cpu_pct"}${RANGE}`, nowMs);
    const valid = await client.query(`forewarn_forecast_valid{metric="cpu_pct"}${RANGE}`, nowMs + 200_000);
    const stored = await storedForecasts(daemon);
    const all = issuedProbabilities(stored);
    expect([...got].filter(([key, value]) => all.has(key) && all.get(key) !== value)).toEqual([]);
    // After its start the daemon makes the forecasts of the newest rows once more; the store has them under their first time.
    const remade = [...got].filter(([key]) => !all.has(key));
    const known = new Set([...all].map(([key, value]) => `${seriesOf(key)} ${value}`));
    expect(new Set(remade.map(([key]) => key.slice(seriesOf(key).length))).size).toBeLessThanOrEqual(1);
    expect(remade.filter(([key, value]) => !known.has(`${seriesOf(key)} ${value}`))).toEqual([]);
    console.log(
      `${store}: away twice for ${AWAY_MS / 1000} s, killed once: ${waited} and ${queued} samples waited, ` +
        `${got.size} of ${all.size} probabilities read back`,
    );

    const horizons = stored[0]!.breaches[0]!.withinMs.length;
    expect(ahead).toHaveLength(SERVERS * 3 * horizons);
    expect(valid).toHaveLength(validTime ? ahead.length : 0);
    if (!validTime) return;
    const origins = new Map(stored.map(({ issuedAt, originAt }) => [issuedAt, originAt]));
    let future = 0;
    for (const { labels, timesMs, values } of ahead) {
      const horizonMs = 1000 * Number(labels["horizon_seconds"]);
      const { __name__: _, ...rest } = labels;
      const same = valid.find((one) => Object.entries(rest).every(([name, value]) => one.labels[name] === value))!;
      const expected = Array.from(
        timesMs,
        (timeMs) => Date.parse(origins.get(new Date(timeMs).toISOString())!) + horizonMs,
      );
      expect([...same.timesMs]).toEqual(expected);
      expect([...same.values]).toEqual([...values]);
      future += expected.filter((timeMs) => timeMs > nowMs).length;
    }
    expect(future).toBeGreaterThan(0);
    console.log(`${store}: ${future} values of cpu_pct at times ahead of now`);
  });
}

for (const [store, { program, start }] of Object.entries(STORES)) {
  test.skipIf(!areInstalled(program))(`${store}: a stale marker ends a series, labels are any text`, async () => {
    const root = mkdtempSync(join(tmpdir(), "forewarn-write-back-"));
    closers.push(() => rmSync(root, { recursive: true }));
    const database = await start(root, {});
    closers.push(() => database.stop());
    const problems: unknown[] = [];
    const writer = await openRemoteWriter({
      ...{ directory: join(root, "queue"), url: `${database.url}/api/v1/write`, headers: {}, userAgent: "forewarn" },
      ...{ mostBytes: 1 << 20, maxAgeMs: 60_000, transport: httpTransport(), now: Date.now, rng: createRng(1) },
      ...{ wait: (ms: number) => sleep(ms), breathe: async () => undefined },
      onProblem: (problem) => problems.push(problem),
      onDamage: (path) => problems.push(path),
    });
    closers.push(() => writer.stop());
    const server = 'a "quoted"\\ \n name, \u00e4\u{1f600}';
    const nowMs = Date.now();
    const of = (name: string, secondsAgo: number, value: number | null) => {
      return { labels: { __name__: name, server }, timestampMs: nowMs - 1000 * secondsAgo, value };
    };
    await writer.write([of("stays", 20, 1), of("ends", 20, 1), of("ends", 10, null)]);
    const client = createPrometheusClient({ url: database.url, now: Date.now, wait: (ms) => sleep(ms) });
    const shown = async (secondsAgo: number) =>
      (await client.query('{__name__=~"stays|ends"}', nowMs - 1000 * secondsAgo))
        .map(({ labels }) => labels)
        .sort(byName);
    const both = ["ends", "stays"].map((name) => ({ __name__: name, server }));
    await expect.poll(() => shown(15), { timeout: 10_000 }).toEqual(both);
    expect(await shown(5)).toEqual(both.slice(1));
    expect(problems).toEqual([]);
  });
}
const byName = (a: Record<string, string>, b: Record<string, string>) => (a["__name__"]! < b["__name__"]! ? -1 : 1);

test.each([
  [{ validTime: true }, "only VictoriaMetrics"],
  [{ validTime: true, store: "victoriametrics", futureRetention: "10s" }, "horizon of the model"],
  [{ allowPrivate: false }, "public address"],
])("refuses to start with %j", async (change, reason) => {
  const home = await makeDaemonHome({
    writeBack: { url: "http://127.0.0.1:19999/api/v1/write", allowPrivate: true, ...change },
  });
  closers.push(() => home.remove());
  await expect(serve(home)).rejects.toThrow(reason);
});
