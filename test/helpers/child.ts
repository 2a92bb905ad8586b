// Runs a command line as a process of its own, for tests that send signals.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CliOutcome } from "./cli.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A running `forewarn`. */
export interface ForewarnProcess {
  /** Resolves once standard error contains `text`; rejects if the process ends before. */
  said(text: string): Promise<void>;
  /** What it has said so far. */
  stderr(): string;
  kill(signal: "SIGHUP" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGTERM"): void;
  /** What it left when it ended; the exit code is -1 after a signal that it could not handle. */
  ended: Promise<CliOutcome>;
}

/** Starts `forewarn ARGS...`. */
export function startForewarn(...args: string[]): ForewarnProcess {
  return startScript(MAIN, ...args);
}

/** Starts a TypeScript file as a process of its own. */
export function startScript(path: string, ...args: string[]): ForewarnProcess {
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const outcome: CliOutcome = { stdout: "", stderr: "", exitCode: -1 };
  child.stdout.on("data", (bytes: Buffer) => {
    outcome.stdout += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    outcome.stderr += bytes.toString();
  });
  const ended = new Promise<CliOutcome>((resolve) => {
    child.on("close", (code) => resolve({ ...outcome, exitCode: code ?? -1 }));
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => outcome.stderr.includes(text) && resolve();
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`ended without saying ${text}: ${outcome.stderr}${outcome.stdout}`)));
      look();
    });
  return { said, stderr: () => outcome.stderr, kill: (signal) => void child.kill(signal), ended };
}
