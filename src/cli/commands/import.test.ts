import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, describe, expect, it, test } from "vitest";
import { runForewarn } from "../../../test/helpers/cli.ts";
import type { Io } from "../io.ts";
import { registerValidate } from "./contract-validate.ts";

const folder = mkdtempSync(join(tmpdir(), "forewarn-cli-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "timestamp,server,cpu_pct,mem_pct";
const good = join(folder, "good.csv");
writeFileSync(good, `${header}\n2024-01-01T00:00:00Z,a,1,2\n2024-01-01T00:05:00Z,a,,3\n`);
const bad = join(folder, "bad.csv");
writeFileSync(bad, `${header}\n2024-01-01T00:00:00Z,a,-1,2\n`);

async function validate(...args: string[]): Promise<{ text: string; exitCode: number }> {
  const outcome = { text: "", exitCode: 0 };
  const io: Io = {
    stdout: (text) => {
      outcome.text += text;
    },
    stderr: () => undefined,
    isTty: false,
    unicode: false,
    now: () => 0,
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
  };
  const command = new Command("contract");
  registerValidate(command, io);
  await command.parseAsync(["validate", ...args], { from: "user" });
  return outcome;
}

describe("forewarn import", () => {
  it("writes a data set and says what it read", async () => {
    const out = join(folder, "set");
    const { stdout, stderr, exitCode } = await runForewarn("import", good, "--out", out);
    expect([exitCode, stderr]).toEqual([0, `wrote ${out}: 2 rows of 1 servers under fleet/4.0\n`]);
    expect(stdout).toContain("read 2 rows of 1 servers from 1 file, 2024-01-01T00:00:00.000Z to");
    expect(stdout).toContain("missing values: cpu_pct 50.0 %");
    const again = await runForewarn("import", good, "--out", out, "--json");
    expect([again.exitCode, JSON.parse(again.stdout).error.code]).toEqual([2, "path_exists"]);
    expect((await validate(out)).exitCode).toBe(0);
  });

  test.each([
    [[], "import: Expected files or --prometheus, got neither"],
    [[good, "--since", "3d"], "--since: Expected it only with --prometheus"],
    [[good, "--mapping", "node"], "--mapping: Expected it only with --prometheus"],
    [[good, "--prometheus", "http://localhost:9090"], "Expected no files beside --prometheus"],
    [["--prometheus", "http://localhost:9090", "--map", "m.yaml"], "cannot be used with option '--map <file>'"],
    [["--prometheus", "localhost:9090"], "--prometheus: Expected a URL"],
    [["--prometheus", "http://localhost:9090", "--since", "yesterday"], "--since: Expected a duration"],
    [["--prometheus", "http://localhost:9090", "--user", "ann"], "credentials: Expected user and password together"],
  ])("refuses %j", async (args, message) => {
    const { stderr, exitCode } = await runForewarn("import", ...args, "--out", join(folder, "never"));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it("refuses bad rows with the issue in the JSON and nothing on disk", async () => {
    const { stdout, exitCode } = await runForewarn("import", bad, "--out", join(folder, "never"), "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "value_out_of_range",
      issues: [{ path: "cpu_pct", count: 1, first: "bad.csv row 1", message: "Expected 0 to 100 percent, got -1.0" }],
    });
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });
});

describe("forewarn contract validate", () => {
  it("prints findings as a table and sets exit code 3", async () => {
    const { text, exitCode } = await validate(bad);
    expect(exitCode).toBe(3);
    expect(text).toMatch(/problem {2}value_out_of_range {2}cpu_pct +1 {2}bad\.csv row 1 {2}Expected 0 to 100 percent/);
    expect(text).toContain("not valid under fleet/4.0\n");
  });

  it("says under which contract a data set is valid, and how its own differs from the one asked for", async () => {
    const out = join(folder, "compared");
    await runForewarn("import", good, "--out", out);
    const equal = await validate(out, "--contract", "fleet");
    expect(equal).toMatchObject({ exitCode: 0, text: expect.stringContaining("valid under fleet/4.0\n") });
    expect(equal.text).toContain("its contract equals fleet/4.0\n");
    const other = join(folder, "other.yaml");
    await runForewarn("contract", "init", "--out", other);
    const { text, exitCode } = await validate(out, "--contract", other);
    expect(exitCode).toBe(3);
    expect(text).toMatch(/problem {2}contract_mismatch {2}version +Expected "1\.0", got "4\.0"/);
    expect(text).toContain("\nrows valid under fleet/4.0, the data set's own contract\n");
    expect(text).toMatch(/\nnot valid under my-fleet\/1\.0: \d+ differences \(contract_mismatch above\)\n$/);
    const json = JSON.parse((await validate(out, "--contract", other, "--json")).text);
    const differences = json.problems.length;
    expect(json).toMatchObject({
      valid: false,
      contract: "fleet/4.0",
      comparison: { contract: "my-fleet/1.0", differences },
    });
  });

  it("prints one JSON document", async () => {
    const { text, exitCode } = await validate(good, "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ valid: true, contract: "fleet/4.0", rows: 2, problems: [] });
  });
});
