// forewarn train: trains a Temporal Fusion Transformer on a data set and writes a model directory.
import type { Command } from "commander";
import { ForewarnError, formatDuration, parseDuration } from "../../base/index.ts";
import type { Progress, TrainResult } from "../../train/index.ts";
import { positiveNumber, seedNumber, threadCount, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";

interface Flags {
  data: string;
  out: string;
  epochs: string;
  stepsPerEpoch: string;
  timeBudget?: string;
  seed: string;
  threads: string;
  batch: string;
  learningRate: string;
  patch: string;
  context: string;
  horizon: string;
  hidden: string;
  head: string;
  memory: string;
  serverEmbedding?: boolean;
  resume?: boolean;
  json?: boolean;
}

/** Adds `forewarn train`. */
export function register(program: Command, io: Io): void {
  program
    .command("train")
    .description(
      "train a Temporal Fusion Transformer on a data set; Ctrl-C leaves a checkpoint that --resume continues",
    )
    .requiredOption("--data <dir>", "data set made by import or simulate (required)")
    .option("--out <dir>", "directory that holds models; the new one is OUT/tft_DATE_TIME", "models")
    .option("--epochs <n>", "most epochs; early stopping may end sooner", "20")
    .option("--steps-per-epoch <n>", "batches between two validations", "100")
    .option("--time-budget <duration>", "end after this much training, such as 10m (default: no limit)")
    .option("--seed <n>", "the same seed repeats a run", "1")
    .option("--threads <n>", "threads; with 1 the same seed gives the same bytes", "2")
    .option("--batch <n>", "windows per batch", "64")
    .option("--learning-rate <x>", "peak learning rate", "0.002")
    .option("--patch <steps>", "steps that the network reads as one; 1 is the paper's model", "4")
    .option("--context <duration>", "how much of the past is read", "24h")
    .option("--horizon <duration>", "how far is forecast", "8h")
    .option("--hidden <n>", "width of the network, a multiple of 4", "32")
    .option("--head <name>", "candidates corrects simple forecasts; direct is the paper's output layer", "candidates")
    .option("--memory <mib>", "memory for series; larger data is streamed in groups of servers", "1024")
    .option("--server-embedding", "also learn each server by its name (default: off)")
    .option("--resume", "go on with the run that was interrupted in --out")
    .option("--json", "one JSON document when done")
    .addHelpText("after", "\nExample:\n  forewarn train --data fleet/ --epochs 20 --time-budget 10m --out models/\n")
    .action((flags: Flags) => trainAction(flags, program.version() ?? "", io));
}

async function trainAction(flags: Flags, version: string, io: Io): Promise<void> {
  const { recipeFor, train } = await import("../../train/index.ts");
  const { intervalMs } = await import("../../contract/index.ts");
  const { readMeta } = await import("../../store/index.ts");
  if (flags.head !== "candidates" && flags.head !== "direct") {
    throw new ForewarnError("usage_invalid", `--head: Expected candidates or direct, got ${flags.head}`);
  }
  const hidden = wholeNumber(flags.hidden, "--hidden");
  const recipe = recipeFor(intervalMs(readMeta(flags.data).contract), {
    contextMs: parseDuration(flags.context, "--context"),
    horizonMs: parseDuration(flags.horizon, "--horizon"),
  });
  const { architecture } = recipe;
  if (hidden % architecture.heads !== 0) {
    throw new ForewarnError("usage_invalid", `--hidden: Expected a multiple of ${architecture.heads}, got ${hidden}`);
  }
  const options = {
    ...recipe,
    architecture: { ...architecture, hidden, head: flags.head } as typeof architecture,
    epochs: wholeNumber(flags.epochs, "--epochs"),
    stepsPerEpoch: wholeNumber(flags.stepsPerEpoch, "--steps-per-epoch"),
    timeBudgetMs: flags.timeBudget === undefined ? null : parseDuration(flags.timeBudget, "--time-budget"),
    seed: seedNumber(flags.seed),
    threads: threadCount(flags.threads),
    batchSize: wholeNumber(flags.batch, "--batch"),
    learningRate: positiveNumber(flags.learningRate, "--learning-rate"),
    patchSteps: wholeNumber(flags.patch, "--patch"),
    memoryBytes: wholeNumber(flags.memory, "--memory") * 1024 ** 2,
    serverEmbedding: flags.serverEmbedding === true,
  };
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
