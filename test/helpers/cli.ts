// Runs a command line inside the test's own process.
import type { Io } from "../../src/cli/io.ts";
import { run } from "../../src/cli/program.ts";

/** What a command line left behind. */
export interface CliOutcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs `forewarn ARGS...` as version 0.0.0, not on a terminal, with the clock at 0. */
export function runForewarn(...args: string[]): Promise<CliOutcome> {
  return runForewarnAt(() => 0, ...args);
}

/** The same with another clock. */
export async function runForewarnAt(now: () => number, ...args: string[]): Promise<CliOutcome> {
  const outcome: CliOutcome = { stdout: "", stderr: "", exitCode: 0 };
  const io: Io = {
    stdout: (text) => {
      outcome.stdout += text;
    },
    stderr: (text) => {
      outcome.stderr += text;
    },
    isTty: false,
    unicode: true,
    now,
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
  };
  await run(args, io, "0.0.0");
  return outcome;
}
