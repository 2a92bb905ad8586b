// The five commands of docs/prometheus.md, run as they stand there by a shell: from a Prometheus that has scraped machines for
// some days to the calls by which Grafana draws the dashboard. Ports and training time are replaced, docker is a stand-in
// that says what it was asked to mount.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GrafanaSeries, grafanaOf } from "../support/grafana-client.ts";
import { nodeHistory } from "../support/node-history.ts";
import {
  areInstalled,
  freePort,
  type RunningProgram,
  startNodeExporter,
  startPrometheus,
} from "../support/prometheus-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOSTS = 3;
const DAYS = 4;
const TRAINING = "15s";

/** The commands of the document, lines that go on put together. */
function documentedCommands(): string[] {
  const text = readFileSync(join(ROOT, "docs/prometheus.md"), "utf8");
  const section = text.split("## Forecasts in Grafana in five commands")[1]!;
  const block = /```sh\n(.*?)```/s.exec(section)![1]!;
  return block.replaceAll("\\\n", " ").trim().split("\n");
}

describe.skipIf(!areInstalled("prometheus", "promtool", "prometheus-node-exporter"))("the five commands", () => {
  const commands = documentedCommands();
  const closers: (() => Promise<void>)[] = [];
  let home = "";
  let prometheus: RunningProgram;
  let forewarnUrl = "";

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "forewarn-walk-"));
    writeFileSync(join(home, "history.om"), nodeHistory(HOSTS, DAYS, Date.now()));
    const blocks = ["--max-block-duration=256h", join(home, "history.om"), join(home, "data")];
    expect(spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", ...blocks]).status).toBe(0);
    const exporter = await startNodeExporter();
    closers.push(exporter.stop);
    const scrape = { job_name: "node", static_configs: [{ targets: [new URL(exporter.url).host] }] };
    const config = join(home, "prometheus.yml");
    writeFileSync(config, JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: [scrape] }));
    prometheus = await startPrometheus(home, config);
    closers.push(prometheus.stop);
    forewarnUrl = `http://localhost:${await freePort()}`;
    // What the reader has: the programs, and the directory of Forewarn.
    symlinkSync(join(ROOT, "deploy"), join(home, "deploy"));
    mkdirSync(join(home, "bin"));
    const main = [
      process.execPath,
      "--import",
      join(ROOT, "node_modules/tsx/dist/loader.mjs"),
      join(ROOT, "src/cli/main.ts"),
    ];
    writeProgram("forewarn", `exec ${main.join(" ")} "$@"`);
    writeProgram("docker", `printf '%s\\n' "$@" > docker.txt`);
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
    rmSync(home, { recursive: true, force: true });
  });

  function writeProgram(name: string, line: string): void {
    const path = join(home, "bin", name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
  }

  /** Starts a command in the reader's shell. */
  function start(command: string) {
    const here = command
      .replaceAll("http://localhost:9090", prometheus.url)
      .replaceAll("http://localhost:8000", forewarnUrl)
      .replace("--time-budget 10m", `--time-budget ${TRAINING}`)
      .replace(/ &$/, "");
    const env = {
      ...process.env,
      PATH: `${join(home, "bin")}:${process.env["PATH"]}`,
      FOREWARN_SERVER__PORT: new URL(forewarnUrl).port,
    };
    const child = spawn("sh", ["-c", here.startsWith("forewarn ") ? `exec ${here}` : here], { cwd: home, env });
    let output = "";
    const read = (bytes: Buffer): void => {
      output += bytes.toString();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return { child, output: () => output, ended: once(child, "close").then(([code]) => code as number) };
  }

  /** Runs a command to its end. @returns What it said. */
  async function runs(command: string): Promise<string> {
    const { ended, output } = start(command);
    expect([await ended, output()]).toEqual([0, expect.any(String)]);
    return output();
  }

  it("are five", () => expect(commands).toHaveLength(5));

  it("1: discover proposes the second command", async () => {
    // As with a Prometheus that runs: the live machine has been scraped at least twice.
    await sleep(3000);
    const said = await runs(commands[0]!);
    expect(said).toContain("proposed: node");
    expect(said).toContain(`enough to train, but a weekly course needs 14`);
    const next = /^next: (.*)$/m.exec(said)![1]!;
    const written = commands[1]!.replaceAll("http://localhost:9090", prometheus.url);
    expect(next.replace(/--since \S+/, "")).toBe(written.replace(/--since \S+/, ""));
  });

  it("2: import pulls every machine that has whole intervals", async () => {
    const said = await runs(commands[1]!);
    const [, rows, servers] = /wrote fleet\/: (\d+) rows of (\d+) servers under node\/1\.0/.exec(said)!;
    expect(Number(servers)).toBeGreaterThanOrEqual(HOSTS);
    expect(Math.abs(Number(rows) - (HOSTS * DAYS * 24 * 60) / 5)).toBeLessThan(4 * HOSTS);
  });

  it("3: train makes a model", async () => {
    expect(await runs(commands[2]!)).toMatch(/^model tft_\d+_\d+ in models\/tft_/m);
  });

  it("4: serve forecasts at once", async () => {
    expect(commands[3]).toMatch(/ &$/);
    const { child, ended, output } = start(commands[3]!);
    closers.push(async () => {
      child.kill();
      await ended;
    });
    await expect.poll(output, { timeout: 60_000 }).toMatch(new RegExp(`"message":"tick".*"forecasts":${HOSTS}`));
    expect(output()).not.toMatch(/"level":"(warn|error)"/);
  });

  it("5: what is mounted leads Grafana to its data source and dashboard, and every panel to an answer", async () => {
    await runs(commands[4]!);
    const grafana = grafanaOf(readFileSync(join(home, "docker.txt"), "utf8").trim().split("\n"));
    const nowS = Date.now() / 1000;
    const range = { start: String(nowS - 12 * 3600), end: String(nowS + 8 * 3600) };
    // "Save & test", then the variables, then the panels.
    const { result: two } = await grafana.query<{ result: [number, string] }>("query", { query: "1+1" });
    expect(two[1]).toBe("2");
    expect((await grafana.get<{ version: string }>("status/buildinfo")).version).toMatch(/^\d+\./);
    const values: Record<string, string> = {};
    for (const { name, query } of grafana.dashboard.templating.list.filter(({ type }) => type === "query")) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query.query)!;
      const found = await grafana.get<string[]>(`label/${label}/values`, { "match[]": metric!, ...range });
      expect(found.length, name).toBeGreaterThan(0);
      values[name] = found[0]!;
    }
    expect(values).toMatchObject({ server: "web-0.example", metric: "cpu_pct" });
    const answers = new Map<string, GrafanaSeries[]>();
    for (const { title, targets } of grafana.dashboard.panels) {
      for (const { expr, instant } of targets) {
        const query = expr.replaceAll(/\$(\w+)/g, (_, name: string) => values[name]!);
        const [path, at] = instant ? ["query", { time: range.end }] : ["query_range", { ...range, step: "300" }];
        const { result } = await grafana.query<{ result: GrafanaSeries[] }>(path, { query, ...at });
        // No machine need have an alert.
        if (!query.includes("ALERTS")) expect(result.length, `${title}: ${query}`).toBeGreaterThan(0);
        answers.set(query, result);
      }
    }
    const valuesOf = (query: string) => answers.get(query)![0]!.values!;
    const measured = valuesOf('{__name__="cpu_pct", server="web-0.example"}');
    expect(measured.length).toBeGreaterThan(140);
    const median = valuesOf('forewarn_forecast{server="web-0.example", metric="cpu_pct", quantile="0.5"}');
    const ahead = median.filter(([seconds]) => seconds > nowS);
    expect(ahead.length).toBeGreaterThan(80);
    for (const [, value] of ahead) expect(Number(value)).toBeGreaterThan(0);
  });
});
