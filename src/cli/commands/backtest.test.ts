import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runForewarn } from "../../../test/helpers/cli.ts";
import { FIXTURE_MODEL, writeFleet } from "../../../test/helpers/written-fleet.ts";
import { parseEvaluationReport, renderReport } from "../../evaluate/index.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-backtest-"));
const fleet = join(work, "fleet");
const backtest = (...args: string[]) => runForewarn("backtest", "--data", fleet, "--threads", "1", ...args);

beforeAll(() => writeFleet(fleet, 4 * 288));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("forewarn backtest", () => {
  it("prints the tables and writes the report; notes go to standard error", async () => {
    const out = join(work, "report");
    const { stdout, stderr, exitCode } = await backtest(
      "--model",
      FIXTURE_MODEL,
      "--windows",
      "500",
      "--out",
      out,
      "--report",
      join(out, "page", "report.html"),
    );
    expect(exitCode, stderr).toBe(0);
    for (const part of [
      "same time yesterday",
      "cpu_pct (percent)",
      "by time ahead",
      "breach probabilities",
      "early warning of cpu_high",
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
    expect(stderr).toContain("note: 500 forecast times were asked for, the data has 31");
    const report = parseEvaluationReport(JSON.parse(readFileSync(join(out, "evaluation.json"), "utf8")), "report");
    expect(report.times).toMatchObject({ asked: 500, scored: 31 });
    expect(readFileSync(join(out, "page", "report.html"), "utf8")).toBe(renderReport(report));
  });

  it("--json prints the report alone", async () => {
    const { stdout } = await backtest("--model", FIXTURE_MODEL, "--windows", "3", "--json");
    expect(parseEvaluationReport(JSON.parse(stdout), "stdout").times.scored).toBe(3);
  });

  it("says first that the data may have been seen in training", async () => {
    const range = ["--from", "2026-01-06T00:00:00Z", "--until", "2026-01-06T06:00:00Z"];
    const { stdout } = await backtest("--model", FIXTURE_MODEL, ...range);
    expect(stdout).toContain("The model may have seen this data in training");
  });

  it.each([
    ["neither model nor training", [], "usage_invalid", "got neither"],
    ["both", ["--model", FIXTURE_MODEL, "--train"], "usage_invalid", "got both"],
    ["an alert in other words", ["--model", FIXTURE_MODEL, "--alert", "never"], "usage_invalid", "--alert: "],
    [
      "a time after the data",
      ["--model", FIXTURE_MODEL, "--from", "2027-01-01"],
      "insufficient_data",
      "forecast times",
    ],
    ["training on too little", ["--train", "--from", "2026-01-05T04:00:00Z"], "insufficient_data", "split: "],
    ["a model that is not there", ["--model", join(work, "none")], "path_missing", "none"],
  ])("refuses %s", async (_name, args, code, message) => {
    const { stdout } = await backtest(...args, "--json");
    expect(JSON.parse(stdout).error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("refuses data of another contract", async () => {
    const other = join(work, "other");
    await writeFleet(other, 300, undefined, (contract) => ({ ...contract, version: "9.0" }));
    const { stdout } = await runForewarn("backtest", "--data", other, "--model", FIXTURE_MODEL, "--json");
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "contract_mismatch",
      message: expect.stringContaining("9.0"),
    });
  });

  it("refuses a page that is no .html file", async () => {
    const { stdout } = await backtest("--model", FIXTURE_MODEL, "--report", join(work, "page.pdf"), "--json");
    expect(JSON.parse(stdout).error.message).toContain("--report: Expected a path that ends in .html");
  });

  it("refuses a file where the report's directory must be, before it works", async () => {
    const file = join(work, "file.txt");
    writeFileSync(file, "");
    const { stdout } = await backtest("--model", FIXTURE_MODEL, "--out", file, "--json");
    expect(JSON.parse(stdout).error.message).toContain("--out: Expected a directory or a .json file");
  });
});
