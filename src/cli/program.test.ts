import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { ForewarnError } from "../base/index.ts";
import type { Io } from "./io.ts";
import { type CommandEntry, run } from "./program.ts";

interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
  loaded: string[];
}

/** Runs a command line over three commands: `list` prints, `fail` throws what the test gives it, `check` finds bad. */
async function runWith(args: string[], thrown: unknown = undefined): Promise<Outcome> {
  const outcome: Outcome = { stdout: "", stderr: "", exitCode: 0, loaded: [] };
  const io: Io = {
    stdout: (text) => {
      outcome.stdout += text;
    },
    stderr: (text) => {
      outcome.stderr += stripVTControlCharacters(text);
    },
    isTty: false,
    unicode: true,
    now: () => 0,
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
  };
  const entry = (name: string, action: () => void): CommandEntry => ({
    name,
    summary: `the ${name} command`,
    load: async () => {
      outcome.loaded.push(name);
      return {
        register: (program) => {
          program.command(name).option("--json", "one JSON document").option("--out <dir>", "a place").action(action);
        },
      };
    },
  });
  const commands = [
    entry("list", () => io.stdout("one\n")),
    entry("fail", () => {
      throw thrown;
    }),
    entry("check", () => io.setExitCode(3)),
  ];
  await run(args, io, "1.2.3", commands);
  return outcome;
}

describe("run", () => {
  test("imports only the command that is invoked", async () => {
    expect(await runWith(["list"])).toEqual({ stdout: "one\n", stderr: "", exitCode: 0, loaded: ["list"] });
  });

  test("help shows every command, a session and the exit codes, and imports none", async () => {
    const outcome = await runWith(["--help"]);
    expect(outcome.loaded).toEqual([]);
    expect(outcome.exitCode).toBe(0);
    for (const text of ["the list command", "the fail command", "A typical session:", "Exit codes:"]) {
      expect(outcome.stdout).toContain(text);
    }
  });

  test.each([[["help", "list"]], [["list", "--help"]]])("%j shows the options of one command", async (args) => {
    const outcome = await runWith(args);
    expect(outcome.stdout).toContain("--out <dir>");
    expect(outcome.exitCode).toBe(0);
  });

  test("prints the version", async () => {
    expect((await runWith(["--debug", "--version"])).stdout).toBe("1.2.3\n");
  });

  test.each([
    [["lits"], "error: unknown command 'lits'\nhint: did you mean list?\n"],
    [["list", "--jsno"], "error: unknown option '--jsno'\nhint: did you mean --json?\n"],
    [["list", "--out"], "error: option '--out <dir>' argument missing\nhint: see forewarn --help"],
    [["list", "surplus"], "error: too many arguments for 'list'. Expected 0 arguments but got 1"],
    [[], "error: no command given\n"],
  ])("%j is a usage error", async (args, text) => {
    const outcome = await runWith(args);
    expect(outcome.stderr).toContain(text);
    expect(outcome.stdout).toBe("");
    expect(outcome.exitCode).toBe(2);
  });

  test.each([
    ["usage_invalid", 2],
    ["path_missing", 2],
    ["contract_invalid", 2],
    ["mapping_invalid", 2],
    ["contract_mismatch", 1],
    ["disk_full", 1],
    ["interrupted", 130],
  ] as const)("%s ends with exit code %i", async (code, exitCode) => {
    expect((await runWith(["fail"], new ForewarnError(code, "it happened"))).exitCode).toBe(exitCode);
  });

  test("an exit code that a command sets stays", async () => {
    expect((await runWith(["check"])).exitCode).toBe(3);
  });

  test("an error lists its first 20 issues and counts the rest", async () => {
    const issues = Array.from({ length: 25 }, (_, index) => ({
      code: "column_unknown" as const,
      path: `c${index}`,
      message: "Expected a metric",
      count: index + 1,
      first: "row 2",
    }));
    const { stderr } = await runWith(
      ["fail"],
      new ForewarnError("mapping_invalid", "map.yaml: bad", { hint: "fix", issues }),
    );
    expect(stderr.split("\n")).toHaveLength(1 + 20 + 1 + 1 + 1);
    expect(stderr).toContain("error: map.yaml: bad\n  column_unknown c0: Expected a metric (1 time, first at row 2)\n");
    expect(stderr).toContain("(20 times, first at row 2)\n  ... and 5 more\nhint: fix\n");
  });

  test("an issue that the message names is printed once, and so is its path", async () => {
    const unit = {
      code: "contract_mismatch" as const,
      path: "metrics.a.unit",
      message: 'metrics.a.unit: Expected "s"',
    };
    const max = { code: "contract_mismatch" as const, path: "metrics.a.max", message: "Expected 1" };
    const mismatch = new ForewarnError("contract_mismatch", `data: ${unit.message} (the first of 2 differences)`, {
      issues: [unit, max],
    });
    expect((await runWith(["fail"], mismatch)).stderr).toBe(
      'error: data: metrics.a.unit: Expected "s" (the first of 2 differences)\n' +
        "  contract_mismatch metrics.a.max: Expected 1\n",
    );
    const other = new ForewarnError("contract_mismatch", "data: another contract", { issues: [unit] });
    expect((await runWith(["fail"], other)).stderr).toBe(
      'error: data: another contract\n  contract_mismatch metrics.a.unit: Expected "s"\n',
    );
    const { stdout } = await runWith(["fail", "--json"], mismatch);
    expect(JSON.parse(stdout).error.issues).toEqual([unit, max]);
  });

  test("with --json the error is the one document on stdout", async () => {
    const outcome = await runWith(
      ["fail", "--json"],
      new ForewarnError("disk_full", "out: no space", { hint: "free some" }),
    );
    expect(JSON.parse(outcome.stdout)).toEqual({
      error: { code: "disk_full", message: "out: no space", hint: "free some", issues: [] },
    });
    expect(outcome.stderr).toBe("");
  });

  test("a usage error follows --json, too", async () => {
    const { stdout } = await runWith(["list", "--json", "--jsno"]);
    expect(JSON.parse(stdout).error).toMatchObject({ code: "usage_invalid", hint: "did you mean --json?" });
  });

  test("any other error is an internal error without a stack", async () => {
    const outcome = await runWith(["fail"], new TypeError("x is not a function"));
    expect(outcome.stderr).toContain("error: internal error: x is not a function\nhint: ");
    expect(outcome.stderr).not.toContain("program.test.ts");
    expect(outcome.exitCode).toBe(1);
  });

  test("--debug prints the stack and the causes", async () => {
    const error = new ForewarnError("disk_full", "full", { cause: new Error("ENOSPC") });
    const { stderr } = await runWith(["fail", "--debug"], error);
    expect(stderr).toContain("program.test.ts");
    expect(stderr).toContain("caused by: Error: ENOSPC");
  });
});
