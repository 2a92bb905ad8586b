// A real Alertmanager takes what Forewarn sends: the alert stands, is one alert, is resolved, and ends while it is silenced.
// Two of them have every alert of a daemon, whoever is away for a while.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { createPost, fingerprint } from "../../src/alert/index.ts";
import { createRng } from "../../src/base/index.ts";
import { type AlertRoom, openAlertRoom } from "../support/alert-room.ts";
import { alertRules, bookOptions, CPU_RULE, forecast, INTERVAL } from "../support/alerts.ts";
import { makeDaemonHome, type ServedDaemon, serve, untilMetric } from "../support/daemon-process.ts";
import { startFeed } from "../support/live-feed.ts";
import { areInstalled, type RunningProgram, startAlertmanager } from "../support/prometheus-process.ts";

const isInstalled = areInstalled("prometheus-alertmanager");

let closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

/** An alert as Alertmanager gives it back. */
interface Shown {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  fingerprint: string;
}

describe.skipIf(!isInstalled)("Alertmanager", () => {
  it("takes, keeps and resolves alerts", () =>
    withAlertmanager(async ({ begin, room, shown, evaluate, problems, clock }) => {
      await evaluate(0.9);
      await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBe(2);
      const [first] = await shown();
      expect(first).toMatchObject({
        startsAt: new Date(begin).toISOString(),
        endsAt: new Date(begin + 4 * INTERVAL).toISOString(),
        fingerprint: fingerprint(first!.labels),
      });
      expect(first!.annotations["description"]).toContain("How likely: 90 % within 4h");
      clock.nowMs += INTERVAL;
      await evaluate(0.8);
      await expect
        .poll(async () => (await shown())[0]?.endsAt)
        .toBe(new Date(clock.nowMs + 4 * INTERVAL).toISOString());
      expect(await shown()).toHaveLength(2);
      room.evaluate({ nowMs: begin + 5 * 3_600_000, forecasts: [], incidents: [] });
      clock.nowMs = begin + 5 * 3_600_000;
      await room.delivery.run();
      expect(problems).toEqual([]);
    }));

  it("sees the end of an alert that is silenced here, and its beginning when the silence is over", () =>
    withAlertmanager(async ({ begin, room, shown, evaluate, problems, clock }) => {
      const standing = async () =>
        (await shown()).map(({ labels, startsAt }) => `${labels["server"]} ${startsAt}`).sort();
      const both = ["a", "b"].map((server) => `${server} ${new Date(begin).toISOString()}`);
      await evaluate(0.9);
      await expect.poll(standing, { timeout: 10_000 }).toEqual(both);
      const matchers = [{ name: "server", isEqual: true, value: "a" }];
      const untilMs = begin + 30_000;
      room.setQuiet({ id: "1", kind: "silence", matchers, fromMs: begin, untilMs, author: "ann", comment: "" });
      // Alertmanager has a clock of its own: the end must have come by it.
      clock.nowMs = begin + 1;
      await evaluate(0.9);
      await expect.poll(standing, { timeout: 10_000 }).toEqual(both.slice(1));
      clock.nowMs = begin + 70_000;
      await evaluate(0.9);
      await expect.poll(standing, { timeout: 10_000 }).toEqual(both);
      expect(problems).toEqual([]);
    }));
});

describe.skipIf(!isInstalled)("two Alertmanagers and a daemon", () => {
  it("both have every alert through outages and restarts, until it ends", { timeout: 240_000 }, async () => {
    const root = mkdtempSync(join(tmpdir(), "forewarn-peers-"));
    closers.push(() => rmSync(root, { recursive: true }));
    const peers = [];
    for (const name of ["a", "b"]) {
      mkdirSync(join(root, name));
      const peer = await startAlertmanager(join(root, name));
      closers.push(() => peer.stop());
      peers.push(peer);
    }
    let [a, b] = peers as [RunningProgram, RunningProgram];
    const destinations = peers.map(({ url }, at) => ({
      name: `am${at}`,
      kind: "alertmanager",
      url,
      allowPrivate: true,
    }));
    const home = await makeDaemonHome();
    closers.push(() => home.remove());
    let daemon = await serve(home);
    closers.push(() => daemon.kill());
    let cpu = 40;
    const feed = await startFeed(
      () => daemon.url,
      4,
      () => cpu,
    );
    closers.push(() => feed.stop());
    await untilMetric(daemon, "forewarn_servers_forecast", 4);
    const standing = async (peer: RunningProgram) =>
      (await alertsOf(peer).catch(() => [])).map(({ fingerprint, startsAt }) => `${fingerprint} ${startsAt}`).sort();
    const told = { timeout: 90_000, interval: 250 };

    // The model knows the time of day, so what is much for it depends on when this runs.
    const quiet = await probabilityOf(daemon, "live-0");
    const rule = {
      ...{ id: "cpu_soon", when: "breach", rule: "cpu_high", within: "24s" },
      ...{ probability: quiet + 0.03, clear: { probability: quiet + 0.015, for: "2s" } },
    };
    await daemon.kill();
    const config = parse(readFileSync(home.configFile, "utf8")) as object;
    writeFileSync(home.configFile, stringify({ ...config, alerts: { rules: [rule], destinations } }));
    daemon = await serve(home);
    cpu = 88; // near the limit: the fixture's model expects an incident
    await expect.poll(async () => (await standing(a)).length, told).toBe(4);
    cpu = 95; // an incident that lasts, and the alerts with it
    await expect.poll(() => standing(b), told).toEqual(await standing(a));
    const before = await standing(a);
    // A stops and forgets everything; the daemon is killed meanwhile.
    await a.kill();
    await sleep(3000);
    await daemon.kill();
    expect(await standing(b)).toEqual(before);
    daemon = await serve(home);
    a = await startAlertmanager(join(root, "a"), { port: a.port });
    closers.push(() => a.stop());
    await expect.poll(() => standing(a), told).toEqual(before);
    // B is restarted so fast that nobody notices: it learns of the alerts when they are sent again.
    await b.stop();
    b = await startAlertmanager(join(root, "b"), { port: b.port });
    closers.push(() => b.stop());
    await expect.poll(() => standing(b), told).toEqual(before);
    // Minutes ahead of now, so that it cannot end by itself between two evaluations.
    for (const { endsAt } of [...(await alertsOf(a)), ...(await alertsOf(b))]) {
      expect(Date.parse(endsAt) - Date.now()).toBeGreaterThan(2 * 60_000);
    }
    cpu = 40;
    await expect.poll(() => standing(a), told).toEqual([]);
    await expect.poll(() => standing(b), told).toEqual([]);
  });
});

/** How likely a server's CPU is high within the farthest horizon. */
async function probabilityOf(daemon: ServedDaemon, server: string): Promise<number> {
  const { breaches } = await daemon.get<{ breaches: { rule: string; probabilities: number[] }[] }>(
    `/api/v1/servers/${server}/forecast`,
  );
  return breaches.find(({ rule }) => rule === "cpu_high")!.probabilities.at(-1)!;
}

/** A running Alertmanager and the alerts that are sent to it. */
interface Running {
  begin: number;
  clock: { nowMs: number };
  room: AlertRoom;
  problems: unknown[];
  shown(): Promise<Shown[]>;
  /** Evaluates forecasts of this probability for the servers a and b, and sends what is due. */
  evaluate(probability: number): Promise<void>;
}

async function withAlertmanager(body: (running: Running) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-am-"));
  const alertmanager = await startAlertmanager(directory);
  const { url } = alertmanager;
  const begin = Date.now() - (Date.now() % 1000);
  const clock = { nowMs: begin };
  const problems: unknown[] = [];
  const room = openAlertRoom({
    ...bookOptions(alertRules({ ...CPU_RULE, for: undefined })),
    directory: join(directory, "alerts"),
    destinations: [{ kind: "alertmanager", name: "am", url, allowPrivate: true }],
    externalUrl: "http://forewarn.example",
    post: createPost({ resolve: async () => [{ address: "127.0.0.1", family: 4 }], now: () => clock.nowMs }),
    now: () => clock.nowMs,
    rng: createRng(1),
    onProblem: (problem) => problems.push(problem),
  });
  try {
    await body({
      ...{ begin, clock, room, problems },
      shown: () => alertsOf(alertmanager),
      async evaluate(probability) {
        const forecasts = ["a", "b"].map((server) => forecast(server, clock.nowMs, probability));
        room.evaluate({ nowMs: clock.nowMs, forecasts, incidents: [] });
        await room.delivery.run();
      },
    });
  } finally {
    room.close();
    await alertmanager.stop();
    rmSync(directory, { recursive: true });
  }
}

/** The alerts that stand there. */
async function alertsOf({ url }: RunningProgram): Promise<Shown[]> {
  return (await fetch(`${url}/api/v2/alerts`)).json() as Promise<Shown[]>;
}
