import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runForewarn } from "../../../test/helpers/cli.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-cli-simulate-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("forewarn simulate", () => {
  test("writes a data set and reports it as JSON", async () => {
    const out = join(directory, "fleet");
    const { stdout, exitCode } = await runForewarn(
      "simulate",
      "--servers",
      "2",
      "--hours",
      "1",
      "--out",
      out,
      "--json",
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      contract: "fleet/4.0",
      servers: 2,
      rowIntervalMs: 300_000,
      startMs: Date.UTC(2026, 0, 5),
      createdBy: { tool: "simulate", forewarnVersion: "0.0.0", options: { seed: 42, hours: 1 } },
    });
  });

  test("takes a start", async () => {
    const out = join(directory, "later");
    const { stderr } = await runForewarn(
      "simulate",
      "--servers",
      "1",
      "--hours",
      "1",
      "--start",
      "2026-03-01T12:00:00Z",
      "--out",
      out,
    );
    expect(stderr).toContain("of 1 servers every 5m, 2026-03-01T12:00:00.000Z to");
  });

  test.each([
    [["--servers", "-3"], '--servers: Expected a whole number from 1 up, got "-3"'],
    [["--servers", "2.5"], '--servers: Expected a whole number from 1 up, got "2.5"'],
    [["--servers", "many"], '--servers: Expected a whole number from 1 up, got "many"'],
    [["--hours", "0"], '--hours: Expected a number above 0, got "0"'],
    [["--hours", "0.01"], "hours: Expected at least one interval, got 0.01"],
    [["--interval", "soon"], '--interval: Expected a duration such as 5m, got "soon"'],
    [["--interval", "7m"], "7m"],
    [["--seed", "-1"], '--seed: Expected a whole number from 0 to 4294967295, got "-1"'],
    [["--start", "yesterday"], "--start: Expected an ISO 8601 time"],
    [["--start", "2026-01-05T00:00:00"], "--start: Expected an ISO 8601 time"],
    [["--start", "2026-03-29T02:30:00"], "--start: Expected an ISO 8601 time with its zone"],
    [["--start", "1969-12-31"], "start: Expected a time from 1970 to 2100"],
    [["--servers", "100001"], "servers: Expected a whole number from 1 to 100000, got 100001"],
    [["--servers", "90000", "--days", "9999"], "servers and hours: Expected at most 10000000000 rows"],
    [["--days", "-3"], '--days: Expected a number above 0, got "-3"'],
    [["--days", "40000"], "hours: Expected an end before the year 2100"],
    [["--days", "2", "--hours", "5"], "option '--hours <n>' cannot be used with option '--days <n>'"],
    [["--interval", "500ms"], "interval: Expected 1s to 1h"],
    [["--interval", "2h"], "interval: Expected 1s to 1h"],
    [["--interval", "25m"], "interval: Expected one that divides 5m, or a longer one that divides a day, got 25m"],
    [["--interval", "-5m"], '--interval: Expected a duration such as 5m, got "-5m"'],
    [["--scenario", "doom"], 'scenario: Expected one of healthy, degrading, critical, cascade, got "doom"'],
    [["--scenario", "cascade", "--hours", "4"], "hours: Expected at least 5 for a scenario, got 4"],
    [["--incident-rate", "-1"], '--incident-rate: Expected a number from 0 to 100, got "-1"'],
    [["--clock-skew", "2h"], "clock skew: Expected 0 to 1 h"],
    [["--format", "xml"], '--format: Expected parquet or csv, got "xml"'],
    [["--duplicates", "0.1"], "--duplicates: Expected --format csv or --live with it"],
    [["--late", "0.1"], "--late: Expected --format csv or --live with it"],
    [["--format", "csv", "--late", "2"], '--late: Expected a number from 0 to 1, got "2"'],
    [["--format", "csv", "--late-by", "5m"], "--late-by: Expected --late with it"],
    [["--speed", "60"], "--speed: Expected --live with it"],
    [["--to", "-"], "--to: Expected --live with it"],
    [["--continue", "fleet"], "--continue: Expected --live with it"],
    [["--live"], "option '--live' cannot be used with option '--out <dir>'"],
  ])("refuses %j and leaves nothing behind", async (args, message) => {
    const out = join(directory, "refused");
    const { stderr, stdout, exitCode } = await runForewarn("simulate", ...args, "--out", out);
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  test("never writes into an existing directory", async () => {
    const out = join(directory, "existing");
    mkdirSync(out);
    const { stderr, exitCode } = await runForewarn("simulate", "--servers", "1", "--hours", "1", "--out", out);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Expected a new directory, but it exists");
  });

  test("needs a place for its rows", async () => {
    const { stderr, exitCode } = await runForewarn("simulate");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("required option '--out <dir>' not specified");
    const drawn = await runForewarn("simulate", "--format", "csv", "--plot", join(directory, "never"));
    expect(drawn.stderr).toContain("--format: Expected --out with it");
  });

  test("writes two weeks of CSV, in order of arrival, when nothing else is said", async () => {
    const out = join(directory, "csv");
    const faults = ["--duplicates", "0.02", "--late", "0.05", "--late-by", "30m", "--clock-skew", "10s"];
    const args = ["--servers", "2", "--interval", "15m", "--format", "csv", ...faults, "--out", out, "--json"];
    const { stdout, exitCode } = await runForewarn("simulate", ...args);
    expect(exitCode).toBe(0);
    const { rows, ...summary } = JSON.parse(stdout);
    expect(summary).toMatchObject({ directory: out, servers: 2, endMs: Date.UTC(2026, 0, 18, 23, 45) });
    expect(rows).toBe(readFileSync(join(out, "rows.csv"), "utf8").trimEnd().split("\n").length - 1);
    expect(rows / (2 * 14 * 96)).toBeCloseTo(1.02, 1);
    expect(readFileSync(join(out, "truth.csv"), "utf8")).toContain("precursor_start");
  });

  test("draws a picture, alone or beside a data set", async () => {
    const plot = join(directory, "sheet");
    const args = ["--servers", "7", "--days", "3", "--plot", plot];
    const alone = await runForewarn("simulate", ...args, "--json");
    expect(alone.exitCode).toBe(0);
    expect(existsSync(JSON.parse(alone.stdout).path)).toBe(true);
    const beside = await runForewarn("simulate", ...args, "--out", join(directory, "drawn"));
    expect(beside.stderr).toMatch(/wrote .*\ndrew .*fleet\.html/);
  });
});

describe("forewarn simulate --live", () => {
  const live = ["simulate", "--live", "--servers", "2", "--speed", "1000000"];

  test("prints rows as JSON lines, at the time of the clock unless a start is given", async () => {
    const { stdout, stderr, exitCode } = await runForewarn(...live, "--for", "30m");
    expect(exitCode).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(12);
    expect(rows[0]).toMatchObject({ timestamp: "1970-01-01T00:00:00.000Z", server: "ppml0001", profile: "ml_compute" });
    expect(stderr).toContain("sent 12 of 12 rows at 6 instants, 1970-01-01T00:00:00.000Z to 1970-01-01T00:25:00.000Z");
    const later = await runForewarn(...live, "--for", "5m", "--start", "2026-03-29T03:00:00+02:00");
    expect(JSON.parse(later.stdout.split("\n")[0]!)).toMatchObject({ timestamp: "2026-03-29T01:00:00.000Z" });
  });

  test("says in which phase of its story it is", async () => {
    const { stderr } = await runForewarn(...live, "--scenario", "critical", "--interval", "30m", "--for", "6h");
    const phases = stderr.split("\n").flatMap((line) => /^1970\S+ {2}(.*)$/.exec(line)?.[1] ?? []);
    expect(phases).toEqual(["baseline", "escalation", "peak", "recovery", "the story is over"]);
  });

  test.each([
    [["--speed", "0"], '--speed: Expected a number from 0.01 to 1000000, got "0"'],
    [["--for", "-1h"], '--for: Expected a duration such as 5m, got "-1h"'],
    [["--scenario", "doom"], "scenario: Expected one of healthy, degrading, critical, cascade"],
    [["--to", "localhost"], '--to: Expected a URL such as http://localhost:9090, got "localhost"'],
    [["--header", "X-Key: a"], "--header: Expected a URL in --to with it"],
    [["--to", "http://localhost:1/", "--header", "secret"], "--header: Expected 'Name: value' in printable ASCII"],
    [["--days", "2"], "option '--live' cannot be used with option '--days <n>'"],
    [["--plot", "x"], "option '--live' cannot be used with option '--plot <dir>'"],
    [["--continue", "x"], "option '--continue <dir>' cannot be used with option '--servers <n>'"],
  ])("refuses %j", async (args, message) => {
    const { stdout, stderr, exitCode } = await runForewarn(...live, ...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });

  test("refuses --json where standard output holds the rows", async () => {
    const { stdout, exitCode } = await runForewarn(...live, "--json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).error.message).toContain("--json: Expected a URL in --to");
  });

  test("refuses to continue what the simulator has not made", async () => {
    const missing = await runForewarn("simulate", "--live", "--continue", join(directory, "nowhere"));
    expect(missing.stderr).toContain("Expected a data set directory");
    const path = join(directory, "imported");
    await runForewarn("simulate", "--servers", "1", "--hours", "1", "--out", path);
    const meta = JSON.parse(readFileSync(join(path, "dataset.json"), "utf8"));
    const refused = async (createdBy: object): Promise<string> => {
      writeFileSync(join(path, "dataset.json"), JSON.stringify({ ...meta, createdBy }));
      return (await runForewarn("simulate", "--live", "--continue", path)).stderr;
    };
    expect(await refused({ tool: "import", forewarnVersion: "0.0.0" })).toContain("got one made by import");
    expect(await refused({ ...meta.createdBy, simulatorVersion: 1 })).toContain("got version 1");
  });
});
