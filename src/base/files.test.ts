import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ForewarnError } from "./errors.ts";
import { fileError, publishDirectory, writeFileAtomic } from "./files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("writeFileAtomic", () => {
  test("writes text and bytes and replaces what was there", () => {
    const path = join(directory, "file");
    writeFileAtomic(path, "caf\u00e9");
    expect(readFileSync(path, "utf8")).toBe("caf\u00e9");
    writeFileAtomic(path, Uint8Array.of(0, 255));
    expect([...readFileSync(path)]).toEqual([0, 255]);
    expect(readdirSync(directory)).toEqual(["file"]);
  });

  test("a missing directory is path_missing", () => {
    const missing = expect.objectContaining({ code: "path_missing" });
    expect(() => writeFileAtomic(join(directory, "no", "file"), "x")).toThrow(missing);
  });

  test("a failure leaves the old content and no temporary file", () => {
    const path = join(directory, "taken");
    mkdirSync(path);
    writeFileSync(join(path, "old"), "old");
    expect(() => writeFileAtomic(path, "new")).toThrow();
    expect(readdirSync(directory)).toEqual(["taken"]);
    expect(readFileSync(join(path, "old"), "utf8")).toBe("old");
  });
});

describe("publishDirectory", () => {
  test("makes parents, and the directory is not there before it is filled", async () => {
    const path = join(directory, "models", "a");
    await publishDirectory(path, async (temporary) => {
      await Promise.resolve();
      writeFileSync(join(temporary, "x"), "1");
      mkdirSync(join(temporary, "rows"));
      writeFileSync(join(temporary, "rows", "y"), "2");
      expect(existsSync(path)).toBe(false);
    });
    expect(readFileSync(join(path, "rows", "y"), "utf8")).toBe("2");
    expect(readdirSync(join(directory, "models"))).toEqual(["a"]);
  });

  test("refuses a directory that exists", async () => {
    const fill = () => writeFileSync(join(directory, "touched"), "");
    await expect(publishDirectory(directory, fill)).rejects.toMatchObject({ code: "path_exists" });
    expect(readdirSync(directory)).toEqual([]);
  });

  test("leaves nothing behind when filling fails, and passes the error on", async () => {
    const error = new Error("broken");
    const fill = (temporary: string): void => {
      writeFileSync(join(temporary, "half"), "");
      throw error;
    };
    await expect(publishDirectory(join(directory, "a"), fill)).rejects.toBe(error);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("leftovers", () => {
  const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, "-");
  const deadPid = spawnSync(process.execPath, ["--version"]).pid;
  const dead = [`.a.${deadPid}.${host}.tmp`, `.b.json.${deadPid}.${host}.tmp`];
  const kept = [`.a.${process.ppid}.${host}.tmp`, `.a.${deadPid}.elsewhere.tmp`, ".a.tmp", `a.${deadPid}.${host}.tmp`];

  test.each<[string, (path: string) => Promise<void> | void]>([
    ["writeFileAtomic", (path) => writeFileAtomic(path, "x")],
    ["publishDirectory", (path) => publishDirectory(path, () => undefined)],
  ])("%s removes those of dead processes of this machine, and no others", async (_name, write) => {
    mkdirSync(join(directory, dead[0]!, "rows"), { recursive: true });
    for (const name of [dead[1]!, ...kept]) writeFileSync(join(directory, name), "");
    await write(join(directory, "new"));
    expect(readdirSync(directory).sort()).toEqual([...kept, "new"].sort());
  });

  test("what cannot be cleared up does not hide the cause", async () => {
    writeFileSync(join(directory, "file"), "");
    const below = publishDirectory(join(directory, "file", "models", "a"), () => undefined);
    await expect(below).rejects.toMatchObject({ code: "path_missing", cause: { code: "ENOTDIR" } });
    const inside = publishDirectory(join(directory, "file", "a"), () => undefined);
    await expect(inside).rejects.toMatchObject({ code: "path_exists" });
    expect(() => writeFileAtomic(join(directory, "file", "a"), "x")).toThrow(
      expect.objectContaining({ code: "path_missing" }),
    );
  });
});

describe("fileError", () => {
  test.each([
    ["ENOSPC", "disk_full"],
    ["EDQUOT", "disk_full"],
    ["EACCES", "path_not_writable"],
    ["EPERM", "path_not_writable"],
    ["EROFS", "path_not_writable"],
    ["EEXIST", "path_exists"],
    ["ENOTEMPTY", "path_exists"],
    ["ENOENT", "path_missing"],
    ["ENOTDIR", "path_missing"],
  ])("%s is %s", (systemCode, code) => {
    const cause = Object.assign(new Error("system"), { code: systemCode });
    expect(fileError(cause, "out")).toMatchObject({ code, cause, message: expect.stringContaining("out: ") });
  });

  test.each([[new ForewarnError("disk_full", "x")], [new TypeError("x")], [undefined]])(
    "passes %s through",
    (error) => {
      expect(fileError(error, "out")).toBe(error);
    },
  );
});
