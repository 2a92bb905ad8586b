import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDirectory, writeTinyModel } from "../../test/helpers/tiny-model.ts";
import { holdsRegistryLock, lockRegistry } from "./lock.ts";

const lockFile = (root: string): string => join(root, ".forewarn.lock");
const locked = expect.objectContaining({ code: "directory_locked" });

/** A process id that no process has any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

test("a second trainer is refused until the first releases", async () => {
  await withDirectory((parent) => {
    const root = join(parent, "models");
    const lock = lockRegistry(root);
    expect(holdsRegistryLock(root)).toBe(true);
    expect(() => lockRegistry(root)).toThrow(locked);
    lock.release();
    lock.release();
    expect(readdirSync(root)).toEqual([]);
    lockRegistry(root).release();
  });
});

test.each([
  ["of a process that is gone", () => JSON.stringify({ pid: deadPid(), host: hostname() })],
  ["that is empty", () => ""],
  ["that is junk", () => "[1]"],
])("a lock %s is taken over", async (_name, content) => {
  await withDirectory((root) => {
    writeFileSync(lockFile(root), content());
    using _lock = lockRegistry(root);
    expect(holdsRegistryLock(root)).toBe(true);
    expect(readdirSync(root)).toEqual([".forewarn.lock"]);
  });
});

test.each([
  ["a living process", { pid: process.ppid, host: hostname() }],
  ["a process of another machine", { pid: deadPid(), host: "elsewhere" }],
])("the lock of %s is respected, and publishing fails with it", async (_name, owner) => {
  await withDirectory(async (root) => {
    writeFileSync(lockFile(root), JSON.stringify(owner));
    expect(() => lockRegistry(root)).toThrow(locked);
    await expect(writeTinyModel(root)).rejects.toThrow(`process ${owner.pid} on ${owner.host}`);
    expect(readdirSync(root)).toEqual([".forewarn.lock"]);
  });
});

test("only one of two racing take-overs wins", async () => {
  await withDirectory((root) => {
    writeFileSync(lockFile(root), JSON.stringify({ pid: deadPid(), host: hostname() }));
    writeFileSync(`${lockFile(root)}.takeover`, JSON.stringify({ pid: process.ppid, host: hostname() }));
    expect(() => lockRegistry(root)).toThrow(locked);
    expect(readdirSync(root).sort()).toEqual([".forewarn.lock", ".forewarn.lock.takeover"]);
  });
});

test("a process that was killed in a take-over does not keep the directory locked", async () => {
  await withDirectory((root) => {
    const dead = JSON.stringify({ pid: deadPid(), host: hostname() });
    writeFileSync(lockFile(root), dead);
    writeFileSync(`${lockFile(root)}.takeover`, dead);
    using _lock = lockRegistry(root);
    expect(holdsRegistryLock(root)).toBe(true);
    expect(readdirSync(root)).toEqual([".forewarn.lock"]);
  });
});

test("the hint names the lock file", async () => {
  await withDirectory((root) => {
    using _lock = lockRegistry(root);
    const hint = expect.stringContaining(`delete ${lockFile(root)}`);
    expect(() => lockRegistry(root)).toThrow(expect.objectContaining({ hint }));
  });
});

test("publishing under a lock that this process holds keeps it", async () => {
  await withDirectory(async (root) => {
    using lock = lockRegistry(root);
    await writeTinyModel(root);
    expect(existsSync(lockFile(root))).toBe(true);
    lock.release();
  });
});
