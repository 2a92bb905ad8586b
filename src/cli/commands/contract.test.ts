import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runForewarn } from "../../../test/helpers/cli.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-cli-contract-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("forewarn contract", () => {
  test("show prints the built-in contract by default", async () => {
    const { stdout, exitCode } = await runForewarn("contract", "show");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("contract fleet/4.0, every 5m");
    expect(stdout).toMatch(/^cpu_pct +percent +gauge +target +0 \.\. 100 +required +identity$/m);
    expect(stdout).toContain("breach rule cpu_high: cpu_pct >= 90 for 15m, clear 1h");
  });

  test("show --json prints one document", async () => {
    const { stdout } = await runForewarn("contract", "show", "fleet", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ id: "fleet/4.0", contract: { interval: "5m" } });
  });

  test("show names every problem of a contract", async () => {
    const path = join(directory, "bad.yaml");
    writeFileSync(path, "name: x\n");
    const { stderr, exitCode } = await runForewarn("contract", "show", path);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("metrics: Expected array, got nothing");
    expect(stderr).toContain("interval: Expected string, got nothing");
    expect(stderr.match(/version: Expected string/g)).toHaveLength(1);
  });

  test("init writes a contract that show accepts, and never overwrites", async () => {
    const path = join(directory, "mine.yaml");
    expect((await runForewarn("contract", "init", "--out", path)).exitCode).toBe(0);
    expect((await runForewarn("contract", "init")).stdout).toBe(readFileSync(path, "utf8"));
    expect((await runForewarn("contract", "show", path)).stdout).toContain("contract my-fleet/1.0");
    const again = await runForewarn("contract", "init", "--out", path);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("Expected a new file");
  });

  test("diff is silent about equals and exits with 3 on differences", async () => {
    const equal = await runForewarn("contract", "diff", "fleet", "fleet/4.0");
    expect(equal).toMatchObject({ stdout: "the contracts are equal\n", exitCode: 0 });
    const path = join(directory, "other.yaml");
    await runForewarn("contract", "init", "--out", path);
    const different = await runForewarn("contract", "diff", "fleet", path);
    expect(different.exitCode).toBe(3);
    expect(different.stdout).toContain('changed name: Expected "fleet", got "my-fleet"');
    expect(different.stdout).toContain("removed metrics.disk_pct: Expected {");
    const json = JSON.parse((await runForewarn("contract", "diff", "fleet", path, "--json")).stdout);
    expect(json).toMatchObject({ equal: false });
  });

  test("an unknown name is told what there is", async () => {
    const { stderr, exitCode } = await runForewarn("contract", "show", "flet");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Expected a file or one of fleet/4.0, node/1.0, container/1.0, got flet");
  });
});
