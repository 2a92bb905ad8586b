// The alert rules as a rule file of Prometheus: checked by promtool, and evaluated by it over series as they are written.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { runForewarn } from "../helpers/cli.ts";
import { areInstalled } from "../support/prometheus-process.ts";

const RULES = [
  {
    id: "cpu_soon",
    when: "breach",
    rule: "cpu_high",
    within: "2h",
    probability: 0.6,
    for: "10m",
    labels: { team: "db" },
  },
  {
    id: "disk_tight",
    when: "quantile",
    metric: "disk_pct",
    quantile: 0.9,
    op: ">=",
    threshold: 85,
    for: "30m",
    within: "1h",
  },
  {
    id: "disk_idle",
    when: "quantile",
    metric: "disk_pct",
    quantile: 0.95,
    op: "<=",
    threshold: 5,
    for: "30m",
    within: "1h",
  },
];
let root: string;
let config: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "forewarn-rules-"));
  config = join(root, "config.yaml");
  writeFileSync(config, stringify({ store: { contract: "fleet" }, alerts: { rules: RULES } }));
});
afterEach(() => rmSync(root, { recursive: true }));

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: root, encoding: "utf8" });
  expect(status, `${stdout}${stderr}`).toBe(0);
}

async function writeRules(...flags: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runForewarn("rules", "prometheus", "--config", config, ...flags);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toBe("left out: disk_idle: only the quantiles 0.1, 0.5, 0.9 are written\n");
  writeFileSync(join(root, "rules.yml"), stdout);
  return stdout;
}

describe.skipIf(!areInstalled("promtool"))("promtool", () => {
  test("accepts the rules, with and without keep_firing_for", async () => {
    expect(await writeRules()).toContain("keep_firing_for: 15m");
    promtool("check", "rules", "rules.yml");
    const older = await writeRules("--prometheus-version", "2.41.0");
    expect(older).not.toContain("keep_firing_for");
    expect(parse(older).groups[0].rules).toHaveLength(2);
    promtool("check", "rules", "rules.yml");
  });

  test("fires them over a sample every five minutes, and tells what, where, how likely and when", async () => {
    await writeRules();
    const server = 'server="db-1",profile="database"';
    const breach = `${server},rule="cpu_high",metric="cpu_pct",threshold="90"`;
    /** A sample each five minutes. */
    const samples = (...values: number[]): string => values.map((value) => `${value} _ _ _ _`).join(" ");
    const firing = {
      exp_labels: {
        ...{ server: "db-1", profile: "database", rule: "cpu_high", metric: "cpu_pct", threshold: "90" },
        ...{ horizon_seconds: "7200", severity: "warning", team: "db" },
      },
      exp_annotations: {
        summary: "db-1: cpu_soon predicted within 2h with 80%",
        description: [
          "What: cpu_soon: cpu_pct >= 90 for 15m",
          "Where: db-1, profile database",
          "How likely: 80% within 2h (alert from 60 %)",
          "When: 40% within 30m 0s; 80% within 2h 0m 0s; ",
        ].join("\n"),
      },
    };
    const tight = {
      exp_labels: { server: "db-1", profile: "database", metric: "disk_pct", quantile: "0.9", severity: "warning" },
      exp_annotations: {
        summary: "db-1: disk_tight predicted within 1h with disk_pct 86.5",
        description: [
          "What: disk_tight: disk_pct >= 85 for 30m",
          "Where: db-1, profile database",
          "How likely: the 0.9 quantile of disk_pct is >= 85",
          "When: 80 in 30m 0s; 86.5 in 1h 0m 0s; ",
        ].join("\n"),
      },
    };
    const cpuSoon = (minute: number, isFiring: boolean) => {
      return { eval_time: `${minute}m`, alertname: "cpu_soon", exp_alerts: isFiring ? [firing] : [] };
    };
    const ahead = (horizon: number) =>
      `forewarn_forecast_ahead{${server},metric="disk_pct",quantile="0.9",horizon_seconds="${horizon}"}`;
    const document = {
      rule_files: ["rules.yml"],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: [
            {
              series: `forewarn_breach_probability{${breach},horizon_seconds="7200"}`,
              values: samples(0.1, 0.7, 0.8, 0.8, 0.2, 0.2, 0.2, 0.2, 0.2),
            },
            {
              series: `forewarn_breach_probability{${breach},horizon_seconds="1800"}`,
              values: samples(...Array(9).fill(0.4)),
            },
            { series: ahead(1800), values: samples(80, 80, 80) },
            { series: ahead(3600), values: samples(80, 86.5, 80) },
          ],
          alert_rule_test: [
            // Over 0.6 from minute 5; for 10 minutes at 15; below it from 20; and 15 minutes longer.
            ...[0, 4, 10, 14].map((minute) => cpuSoon(minute, false)),
            ...[15, 19, 20, 34].map((minute) => cpuSoon(minute, true)),
            ...[35, 40].map((minute) => cpuSoon(minute, false)),
            { eval_time: "4m", alertname: "disk_tight", exp_alerts: [] },
            { eval_time: "7m", alertname: "disk_tight", exp_alerts: [tight] },
          ],
        },
      ],
    };
    writeFileSync(join(root, "test.yml"), stringify(document));
    promtool("test", "rules", "test.yml");
  });
});

test.each(["3.x", "new"])("a version %s is a usage error", async (version) => {
  const { exitCode, stderr } = await runForewarn(
    "rules",
    "prometheus",
    "--config",
    config,
    "--prometheus-version",
    version,
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--prometheus-version: Expected one such as 2.42");
});
