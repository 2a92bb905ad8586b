// A real Alertmanager takes what Forewarn sends: the alert stands, is one alert, is resolved, and ends while it is silenced.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPost, fingerprint } from "../../src/alert/index.ts";
import { createRng } from "../../src/base/index.ts";
import { type AlertRoom, openAlertRoom } from "../support/alert-room.ts";
import { alertRules, bookOptions, CPU_RULE, forecast, INTERVAL } from "../support/alerts.ts";

const names = [process.env["FOREWARN_ALERTMANAGER"] ?? "", "alertmanager", "prometheus-alertmanager"];
const binary = names.find((name) => name !== "" && spawnSync(name, ["--version"]).status === 0);
if (!binary) console.log("skipped: no Alertmanager (install prometheus-alertmanager, or set FOREWARN_ALERTMANAGER)");

/** An alert as Alertmanager gives it back. */
interface Shown {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  fingerprint: string;
}

describe.skipIf(!binary)("Alertmanager", () => {
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
  writeFileSync(join(directory, "am.yml"), "route: { receiver: none }\nreceivers: [{ name: none }]\n");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const alertmanager = spawn(
    binary!,
    [
      `--config.file=${join(directory, "am.yml")}`,
      `--storage.path=${directory}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise((resolve) => alertmanager.on("close", resolve));
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
    await expect
      .poll(async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok, { timeout: 20_000 })
      .toBe(true);
    await body({
      ...{ begin, clock, room, problems },
      shown: async () => (await fetch(`${url}/api/v2/alerts`)).json() as Promise<Shown[]>,
      async evaluate(probability) {
        const forecasts = ["a", "b"].map((server) => forecast(server, clock.nowMs, probability));
        room.evaluate({ nowMs: clock.nowMs, forecasts, incidents: [] });
        await room.delivery.run();
      },
    });
  } finally {
    room.close();
    alertmanager.kill();
    await ended;
    rmSync(directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
