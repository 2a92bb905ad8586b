// forewarn train: trains a Temporal Fusion Transformer on a data set and writes a model directory.
import type { Command } from "commander";
import { formatDuration } from "../../base/index.ts";
import type { Progress, TrainResult } from "../../train/index.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { addRecipeOptions, type RecipeFlags, recipeOf } from "../recipe.ts";

interface Flags extends RecipeFlags {
  data: string;
  out: string;
  resume?: boolean;
  json?: boolean;
}

/** Adds `forewarn train`. */
export function register(program: Command, io: Io): void {
  const command = program
    .command("train")
    .description(
      "train a Temporal Fusion Transformer on a data set; Ctrl-C leaves a checkpoint that --resume continues",
    )
    .requiredOption("--data <dir>", "data set made by import or simulate (required)")
    .option("--out <dir>", "directory that holds models; the new one is OUT/tft_DATE_TIME", "models");
  addRecipeOptions(command)
    .option("--resume", "go on with the run that was interrupted in --out")
    .option("--json", "one JSON document when done")
    .addHelpText("after", "\nExample:\n  forewarn train --data fleet/ --epochs 20 --time-budget 10m --out models/\n")
    .action((flags: Flags) => trainAction(flags, program.version() ?? "", io));
}

async function trainAction(flags: Flags, version: string, io: Io): Promise<void> {
  const { train } = await import("../../train/index.ts");
  const options = await recipeOf(flags, flags.data);
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    const result = await train({
      dataDirectory: flags.data,
      root: flags.out,
      options,
      resume: flags.resume === true,
      now: io.now,
      versions: { forewarn: version, node: process.versions.node },
      signal: interruption.signal,
      onProgress: (progress) => showProgress(progress, io),
    });
    if (flags.json) printJson(io, result);
    else io.stdout(resultText(result));
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** One line per epoch; on a terminal also a line that renews itself in between. */
export function showProgress(progress: Progress, io: Io): void {
  const { epoch, epochs, step, windowsPerSecond, trainLoss, validationLoss, remainingMs } = progress;
  const speed = `${Math.round(windowsPerSecond)} windows/s`;
  const left = `${formatDuration(Math.max(1000, Math.round(remainingMs / 1000) * 1000))} left`;
  const losses = `loss ${trainLoss.toFixed(4)}${validationLoss === null ? "" : `  validation ${validationLoss.toFixed(4)}`}`;
  const line = `epoch ${epoch}/${epochs}  step ${step}  ${losses}  ${speed}  ${left}`;
  if (validationLoss !== null) io.stderr(`${io.isTty ? "\r\u001b[K" : ""}${line}\n`);
  else if (io.isTty && step % 5 === 0) io.stderr(`\r\u001b[K${line}`);
}

function resultText({ directory, modelId, steps, durationMs, evaluation }: TrainResult): string {
  const scores = evaluation.methods.map(
    ({ name, measures }) =>
      `  ${name.padEnd(22)} WQL ${measures["WQL"]?.toFixed(4) ?? "-"}  MASE ${measures["MASE"]?.toFixed(4) ?? "-"}`,
  );
  const seconds = formatDuration(Math.max(1000, Math.round(durationMs / 1000) * 1000));
  return [
    `model ${modelId} in ${directory}: ${steps} steps in ${seconds}`,
    `held-out scores over ${evaluation.windows} windows that training has not seen (lower is better):`,
    ...scores,
    "",
  ].join("\n");
}
