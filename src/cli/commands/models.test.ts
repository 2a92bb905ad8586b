import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { withDirectory, writeTinyModel } from "../../../test/helpers/tiny-model.ts";
import type { Io } from "../io.ts";
import { run } from "../program.ts";

interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

async function runCommand(...args: string[]): Promise<Outcome> {
  const outcome = { stdout: "", stderr: "", exitCode: 0 };
  const io: Io = {
    stdout: (text) => {
      outcome.stdout += text;
    },
    stderr: (text) => {
      outcome.stderr += stripVTControlCharacters(text);
    },
    isTty: false,
    unicode: false,
    now: () => 0,
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
  };
  await run(args, io, "0.0.0");
  return outcome;
}

test("models lists usable and broken models", async () => {
  await withDirectory(async (root) => {
    await writeTinyModel(root, "tft_a");
    mkdirSync(join(root, "empty"));
    const { stdout, exitCode } = await runCommand("models", root);
    expect(stdout).toContain("tft_a  2026-11-23T10:15:00.000Z  fleet/4.0       8h  0.0 MB  cpu_pct\n");
    expect(stdout).toContain("broken: empty: ");
    expect(exitCode).toBe(0);
    const { models } = JSON.parse((await runCommand("models", root, "--json")).stdout);
    expect(models).toMatchObject([
      { modelId: "tft_a", status: "ready", directory: join(root, "tft_a") },
      { modelId: "empty", status: "broken", code: "model_invalid" },
    ]);
  });
});

test("models of an empty directory says how to train one, on stderr", async () => {
  await withDirectory(async (root) => {
    expect(await runCommand("models", root)).toMatchObject({
      stdout: "",
      stderr: expect.stringContaining("no models; train one"),
      exitCode: 0,
    });
    expect((await runCommand("models", root, "--json")).stdout).toBe('{\n  "models": []\n}\n');
  });
});

test("models of a missing directory is a usage error", async () => {
  const outcome = await runCommand("models", "nonexistent");
  expect(outcome).toEqual({ stdout: "", stderr: "error: nonexistent: no such file or directory\n", exitCode: 2 });
});

test("verify of a directory that is no model ends with exit code 3 and says why", async () => {
  await withDirectory(async (root) => {
    const outcome = await runCommand("verify", root);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stdout).toContain("FAIL  manifest: ");
    expect(outcome.stdout).toContain("NOT verified");
    const { ok, checks } = JSON.parse((await runCommand("verify", root, "--json")).stdout);
    expect([ok, checks.length, checks[0].code]).toEqual([false, 1, "model_invalid"]);
  });
});

test("verify of a missing directory is a usage error", async () => {
  expect((await runCommand("verify", "nonexistent")).exitCode).toBe(2);
});
