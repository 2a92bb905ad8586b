// A real Alertmanager takes what Forewarn sends: the alert stands, is one alert, and is resolved.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPost, fingerprint } from "../../src/alert/index.ts";
import { createRng } from "../../src/base/index.ts";
import { openAlertRoom } from "../support/alert-room.ts";
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
  it("takes, keeps and resolves alerts", async () => {
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
    let nowMs = begin;
    const problems: unknown[] = [];
    const room = openAlertRoom({
      ...bookOptions(alertRules({ ...CPU_RULE, for: undefined })),
      directory: join(directory, "alerts"),
      destinations: [{ kind: "alertmanager", name: "am", url, allowPrivate: true }],
      externalUrl: "http://forewarn.example",
      post: createPost({ resolve: async () => [{ address: "127.0.0.1", family: 4 }], now: () => nowMs }),
      now: () => nowMs,
      rng: createRng(1),
      onProblem: (problem) => problems.push(problem),
    });
    const shown = async (): Promise<Shown[]> => (await fetch(`${url}/api/v2/alerts`)).json() as Promise<Shown[]>;
    const evaluate = async (probability: number) => {
      const forecasts = ["a", "b"].map((server) => forecast(server, nowMs, probability));
      room.evaluate({ nowMs, forecasts, incidents: [] });
      await room.delivery.run();
    };
    try {
      await expect
        .poll(async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok, { timeout: 20_000 })
        .toBe(true);
      await evaluate(0.9);
      await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBe(2);
      const [first] = await shown();
      expect(first).toMatchObject({
        startsAt: new Date(begin).toISOString(),
        endsAt: new Date(begin + 4 * INTERVAL).toISOString(),
        fingerprint: fingerprint(first!.labels),
      });
      expect(first!.annotations["description"]).toContain("How likely: 90 % within 4h");
      nowMs += INTERVAL;
      await evaluate(0.8);
      await expect.poll(async () => (await shown())[0]?.endsAt).toBe(new Date(nowMs + 4 * INTERVAL).toISOString());
      expect(await shown()).toHaveLength(2);
      room.evaluate({ nowMs: begin + 5 * 3_600_000, forecasts: [], incidents: [] });
      nowMs = begin + 5 * 3_600_000;
      await room.delivery.run();
      expect(problems).toEqual([]);
    } finally {
      room.close();
      alertmanager.kill();
      await ended;
      rmSync(directory, { recursive: true });
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
