// The real process: started, fed over HTTP, killed, started again, stopped.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ForewarnProcess, startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";
import { FIXTURE_MODEL } from "../helpers/written-fleet.ts";

const root = mkdtempSync(join(tmpdir(), "forewarn-serve-"));
const [models, dataDir] = [join(root, "models"), join(root, "var")];
const STEP_MS = 300_000;
let child: ForewarnProcess | null = null;

beforeAll(() => cpSync(FIXTURE_MODEL, join(models, "tft_20261123_120000"), { recursive: true }));
afterAll(async () => {
  child?.kill("SIGKILL");
  await child?.ended;
  rmSync(root, { recursive: true });
});

/** Starts the daemon and gives the URL that it logs. */
async function serve(): Promise<{ url: string; tookMs: number }> {
  const beganMs = Date.now();
  child = startForewarn("serve", "--models", models, "--data-dir", dataDir, "--port", "0");
  await child.said('"message":"ready"');
  const tookMs = Date.now() - beganMs;
  const url = /"message":"ready".*"url":"([^"]+)"/.exec(child.stderr())![1]!;
  expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  return { url, tookMs };
}

test("rows pushed before a kill -9 are there after it, forecasts come back, and SIGTERM ends it cleanly", async () => {
  const first = await serve();
  const nowMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const lines = Array.from({ length: 200 }, (_, i) =>
    ["a", "b"].map((server) => {
      const timestamp = new Date(nowMs - (i + 1) * STEP_MS).toISOString();
      return JSON.stringify({ timestamp, server, cpu_pct: 30 + (i % 10), mem_pct: 50 });
    }),
  ).flat();
  const file = join(root, "rows.ndjson");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const pushed = await runForewarn("push", file, "--to", first.url, "--json");
  expect(JSON.parse(pushed.stdout)).toMatchObject({ rows: 400, accepted: 400, rejected: 0 });
  child!.kill("SIGKILL");
  await child!.ended;

  const second = await serve();
  expect(second.tookMs).toBeLessThan(15_000);
  const again = await runForewarn("push", file, "--to", second.url);
  expect(again.stdout).toBe("400 rows: 0 stored, 400 were there already, 0 conflict, 0 rejected\n");
  await child!.said('"forecasts":2');
  const forecast = await fetch(`${second.url}/api/v1/servers/a/forecast`);
  expect(forecast.status).toBe(200);
  expect(await forecast.json()).toMatchObject({ modelId: "tft_20261123_120000" });

  const locked = await runForewarn("rules", "test", "--data-dir", dataDir, "--models", models);
  expect(locked.stderr).toContain("the daemon runs: give its --url");
  const asked = await runForewarn(
    "rules",
    "test",
    "--data-dir",
    dataDir,
    "--models",
    models,
    "--url",
    second.url,
    "--json",
  );
  expect(asked.exitCode).toBe(0);

  const stopMs = Date.now();
  child!.kill("SIGTERM");
  const { exitCode, stderr } = await child!.ended;
  expect(exitCode).toBe(0);
  expect(Date.now() - stopMs).toBeLessThan(10_000);
  expect(stderr).toContain('"message":"stopped"');
  const replayed = await runForewarn("rules", "test", "--data-dir", dataDir, "--models", models);
  expect(replayed.stdout).toMatch(/^\d+ forecasts of \d+ servers, \d+ incidents$/m);
});

test("a second daemon on the same data directory, and a bad configuration, are refused with exit code and reason", async () => {
  await serve();
  const second = startForewarn("serve", "--models", models, "--data-dir", dataDir, "--port", "0");
  const { exitCode, stderr } = await second.ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("directory")]);
  child!.kill("SIGINT");
  expect((await child!.ended).exitCode).toBe(0);
  writeFileSync(join(root, "bad.yaml"), "server:\n  prot: 1\n");
  const checked = await runForewarn("config", "check", "--config", join(root, "bad.yaml"));
  expect([checked.exitCode, checked.stderr]).toEqual([2, expect.stringContaining("bad.yaml:2: server.prot")]);
});

test("keys are made, listed and revoked; an address beyond this machine needs one", async () => {
  const made = await runForewarn("keys", "add", "ops", "--scope", "ingest", "read", "--data-dir", dataDir, "--json");
  const { key, info } = JSON.parse(made.stdout) as { key: string; info: { id: string } };
  expect(key).toMatch(/^fw_/);
  const listed = await runForewarn("keys", "list", "--data-dir", dataDir, "--json");
  expect(listed.stdout).toContain(info.id);
  expect(listed.stdout).not.toContain(key);
  const bound = await runForewarn(
    ...["keys", "add", "agent", "--scope", "ingest", "--servers", "web-*,db-1", "--data-dir", dataDir, "--json"],
  );
  expect(JSON.parse(bound.stdout)).toMatchObject({ info: { scopes: ["ingest"], servers: ["web-*", "db-1"] } });
  const unbound = await runForewarn("keys", "add", "x", "--servers", "web-*", "--data-dir", dataDir);
  expect([unbound.exitCode, unbound.stderr]).toEqual([2, expect.stringContaining("--scope ingest")]);
  const { id } = (JSON.parse(bound.stdout) as { info: { id: string } }).info;
  expect((await runForewarn("keys", "revoke", id, "--data-dir", dataDir)).exitCode).toBe(0);
  expect((await runForewarn("keys", "revoke", info.id, "--data-dir", dataDir)).exitCode).toBe(0);
  const open = startForewarn("serve", "--models", models, "--data-dir", dataDir, "--port", "0", "--host", "0.0.0.0");
  const { exitCode, stderr } = await open.ended;
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("forewarn keys add")]);
});
