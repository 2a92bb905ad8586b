// forewarn verify: checks a model directory and proves that its weights drive its forecasts.
import type { Command } from "commander";
import type { Check } from "../../artifact/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { printable } from "../output/table.ts";

/** Adds `forewarn verify`. */
export function register(program: Command, io: Io): void {
  program
    .command("verify")
    .description(
      "check every file of a model directory and prove that its weights drive its forecasts; exit code 3 if not",
    )
    .argument("<dir>", "model directory")
    .option("--json", "one JSON document: {directory, ok, checks: [...]}")
    .addHelpText("after", "\nExample:\n  forewarn verify models/tft_20261123_101500\n")
    .action((directory: string, options: { json?: boolean }) => verifyAction(directory, options.json === true, io));
}

async function verifyAction(directory: string, json: boolean, io: Io): Promise<void> {
  const checks = await verifyModel(directory);
  const ok = checks.every((check) => check.ok);
  if (json) printJson(io, { directory, ok, checks });
  else io.stdout(verdictText(checks, ok));
  if (!ok) io.setExitCode(3);
}

/** Structure first; outputs only of a directory whose structure is sound. */
export async function verifyModel(directory: string): Promise<Check[]> {
  const { networkRunner, networkTensors, readModelDirectory, verifyOutputs, verifyStructure } = await import(
    "../../artifact/index.ts"
  );
  const structure = verifyStructure(directory, networkTensors);
  if (structure.some((check) => !check.ok)) return structure;
  const model = readModelDirectory(directory, networkTensors);
  return [...structure, ...(await verifyOutputs(model, networkRunner(model)))];
}

/** The checks as text, one a line, and what they mean. */
export function verdictText(checks: readonly Check[], ok: boolean): string {
  const lines = checks.map((check) => `${check.ok ? "ok  " : "FAIL"}  ${check.name}: ${printable(check.detail)}`);
  const verdict = ok ? "verified: this model's weights make its forecasts" : "NOT verified: do not use this model";
  return `${[...lines, verdict].join("\n")}\n`;
}
