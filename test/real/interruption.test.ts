// A training that is interrupted, killed, locked out or out of disk leaves nothing half-written, and goes on with --resume.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-interruption-"));
const at = (name: string) => join(work, name);
const sizes = ["--context", "8h", "--horizon", "2h", "--patch", "8", "--hidden", "8", "--batch", "8", "--threads", "1"];
const training = (out: string, epochs: string) => [
  ...["train", "--data", at("fleet"), "--out", out, "--epochs", epochs, "--steps-per-epoch", "4", "--json"],
  ...sizes,
];

async function codeOf(...args: string[]): Promise<string> {
  const { stdout, exitCode } = await runForewarn(...args);
  expect(exitCode).not.toBe(0);
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

/** Models of a directory as `forewarn models` lists them. */
async function models(root: string): Promise<{ status: string }[]> {
  const { stdout } = await runForewarn("models", root, "--json");
  return (JSON.parse(stdout) as { models: { status: string }[] }).models;
}

beforeAll(async () => {
  const { exitCode } = await runForewarn("simulate", "--servers", "3", "--hours", "72", "--out", at("fleet"));
  expect(exitCode).toBe(0);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("a second trainer is locked out; kill -9 leaves only the checkpoint; --resume completes", async () => {
  const root = at("killed");
  const first = startForewarn(...training(root, "5000"));
  await first.said("epoch 2/");
  expect(await codeOf(...training(root, "1"))).toBe("directory_locked");
  first.kill("SIGKILL");
  expect((await first.ended).exitCode).toBe(-1);
  expect(readdirSync(root).sort()).toEqual([".forewarn.lock", ".training"]);
  expect(await models(root)).toEqual([]);
  const resumed = await runForewarn(...training(root, "3"), "--resume");
  expect(resumed.exitCode, resumed.stdout).toBe(0);
  expect(await models(root)).toMatchObject([{ status: "ready" }]);
  expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
});

test("Ctrl-C ends with exit code 130 and a checkpoint; --resume completes", async () => {
  const root = at("interrupted");
  const child = startForewarn(...training(root, "5000"));
  await child.said("epoch 1/");
  child.kill("SIGINT");
  const { exitCode, stdout } = await child.ended;
  expect(exitCode).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "interrupted" } });
  expect(readdirSync(root)).toEqual([".training"]);
  const resumed = await runForewarn(...training(root, "3"), "--resume");
  expect(resumed.exitCode, resumed.stdout).toBe(0);
  expect(await models(root)).toMatchObject([{ status: "ready" }]);
});

test("a full disk", async ({ skip }) => {
  const disk = at("disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    skip("mounting a small tmpfs needs root on Linux");
  }
  try {
    expect(await codeOf(...training(join(disk, "models"), "1"))).toBe("disk_full");
    expect(readdirSync(join(disk, "models"))).toEqual([]);
    expect(await codeOf("simulate", "--servers", "20", "--hours", "240", "--out", join(disk, "big"), "--json")).toBe(
      "disk_full",
    );
    expect(readdirSync(disk)).toEqual(["models"]);
  } finally {
    execFileSync("umount", [disk]);
  }
});

test("a place that may not be written to", async ({ skip }) => {
  skip(process.platform !== "linux", "/sys is read-only to everyone on Linux only");
  expect(await codeOf(...training("/sys/forewarn-models", "1"))).toBe("path_not_writable");
  expect(await codeOf("simulate", "--servers", "1", "--hours", "1", "--out", "/sys/fleet", "--json")).toBe(
    "path_not_writable",
  );
  expect(existsSync("/sys/forewarn-models")).toBe(false);
  // Nothing can be made below /proc, which answers ENOENT to the attempt.
  expect(await codeOf(...training("/proc/forewarn/models", "1"))).toBe("path_missing");
});
