// The binary as a child process: streams, exit codes, broken pipes.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const COMMAND = ["--import", "tsx", MAIN] as const;

function forewarn(...args: string[]) {
  return spawnSync(process.execPath, [...COMMAND, ...args], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "1" },
  });
}

test("--version prints the version of the package, and nothing else", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(forewarn("--version")).toMatchObject({ stdout: `${version}\n`, stderr: "", status: 0 });
});

test("a usage error goes to stderr with exit code 2; --no-color wins over FORCE_COLOR", () => {
  const stderr = "error: unknown command 'verfy'\nhint: did you mean verify?\n";
  expect(forewarn("verfy", "--no-color")).toMatchObject({ stdout: "", stderr, status: 2 });
});

test("a reader that stops reading is no error", async () => {
  const child = spawn(process.execPath, [...COMMAND, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const status = await new Promise((resolve) => child.once("close", resolve));
  expect([status, stderr]).toEqual([0, ""]);
});
