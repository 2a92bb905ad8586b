// The options of a training run on the command line, for every command that trains.
import type { Command } from "commander";
import { ForewarnError, parseDuration } from "../base/index.ts";
import type { TrainOptions } from "../train/index.ts";
import { positiveNumber, seedNumber, threadCount, wholeNumber } from "./flags.ts";

/** Values of the options of {@link addRecipeOptions}, as text. */
export interface RecipeFlags {
  epochs: string;
  stepsPerEpoch: string;
  timeBudget?: string;
  seed: string;
  threads: string;
  device: string;
  batch: string;
  learningRate: string;
  patch: string;
  context: string;
  horizon: string;
  hidden: string;
  head: string;
  memory: string;
  serverEmbedding?: boolean;
}

/** Adds the options of a training run to a command. */
export function addRecipeOptions(command: Command): Command {
  return command
    .option("--epochs <n>", "epochs; a time budget may end sooner", "20")
    .option("--steps-per-epoch <n>", "batches between two validations", "100")
    .option("--time-budget <duration>", "end after this much training, such as 10m (default: no limit)")
    .option("--seed <n>", "the same seed repeats a run", "1")
    .option("--threads <n>", "threads; with 1 the same seed gives the same bytes", "2")
    .option("--device <name>", "cpu, or webgpu: a GPU through WebGPU, checked against the CPU (experimental)", "cpu")
    .option("--batch <n>", "windows per batch", "64")
    .option("--learning-rate <x>", "peak learning rate", "0.002")
    .option("--patch <steps>", "steps that the network reads as one; 1 is the paper's model", "4")
    .option("--context <duration>", "how much of the past is read", "24h")
    .option("--horizon <duration>", "how far is forecast", "8h")
    .option("--hidden <n>", "width of the network, a multiple of 4", "32")
    .option("--head <name>", "candidates corrects simple forecasts; direct is the paper's output layer", "candidates")
    .option("--memory <mib>", "memory for series; larger data is streamed in groups of servers", "1024")
    .option("--server-embedding", "also learn each server by its name (default: off)");
}

/**
 * The training options that flags ask for on the data set `directory`.
 * @throws ForewarnError `usage_invalid` naming the option; what reading the data set's description throws.
 */
export async function recipeOf(flags: RecipeFlags, directory: string): Promise<TrainOptions> {
  const { recipeFor } = await import("../train/index.ts");
  const { intervalMs } = await import("../contract/index.ts");
  const { readMeta } = await import("../store/index.ts");
  if (flags.head !== "candidates" && flags.head !== "direct") {
    throw new ForewarnError("usage_invalid", `--head: Expected candidates or direct, got ${flags.head}`);
  }
  if (flags.device !== "cpu" && flags.device !== "webgpu") {
    throw new ForewarnError("usage_invalid", `--device: Expected cpu or webgpu, got ${flags.device}`);
  }
  const hidden = wholeNumber(flags.hidden, "--hidden");
  const recipe = recipeFor(intervalMs(readMeta(directory).contract), {
    contextMs: parseDuration(flags.context, "--context"),
    horizonMs: parseDuration(flags.horizon, "--horizon"),
  });
  const { architecture } = recipe;
  if (hidden % architecture.heads !== 0) {
    throw new ForewarnError("usage_invalid", `--hidden: Expected a multiple of ${architecture.heads}, got ${hidden}`);
  }
  return {
    ...recipe,
    architecture: { ...architecture, hidden, head: flags.head },
    epochs: wholeNumber(flags.epochs, "--epochs"),
    stepsPerEpoch: wholeNumber(flags.stepsPerEpoch, "--steps-per-epoch"),
    timeBudgetMs: flags.timeBudget === undefined ? null : parseDuration(flags.timeBudget, "--time-budget"),
    seed: seedNumber(flags.seed),
    threads: threadCount(flags.threads),
    device: flags.device,
    batchSize: wholeNumber(flags.batch, "--batch"),
    learningRate: positiveNumber(flags.learningRate, "--learning-rate"),
    patchSteps: wholeNumber(flags.patch, "--patch"),
    memoryBytes: wholeNumber(flags.memory, "--memory") * 1024 ** 2,
    serverEmbedding: flags.serverEmbedding === true,
  };
}
