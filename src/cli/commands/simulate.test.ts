import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
});
