// forewarn backtest: was the model right? Forecasts of the past as production would have made them, scored beside every
// trivial baseline.
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { ForewarnError, makeDirectory, parseDuration, writeFileAtomic } from "../../base/index.ts";
import type { BacktestRequest, EvaluationReport } from "../../evaluate/index.ts";
import { isoTime, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { backtestText } from "../output/backtest.ts";
import { printJson } from "../output/json.ts";
import { addRecipeOptions, type RecipeFlags, recipeOf } from "../recipe.ts";
import { showProgress } from "./train.ts";

const REPORT_FILE = "evaluation.json";

interface Flags extends RecipeFlags {
  data: string;
  model?: string;
  train?: boolean;
  folds: string;
  models?: string;
  windows?: string;
  stride: string;
  from?: string;
  until?: string;
  alert: string;
  coldStart?: boolean;
  out?: string;
  report?: string;
  attach?: true;
  json?: boolean;
}

/** Adds `forewarn backtest`. */
export function register(program: Command, io: Io): void {
  const command = program
    .command("backtest")
    .description(
      "score a model on forecasts of the past, made as production makes them, beside every trivial baseline: " +
        "by metric, label, lead time and server, with intervals, breach probabilities and early warning",
    )
    .requiredOption("--data <dir>", "data set under the model's contract (required)")
    .option("--model <dir>", "model to score; by default only on data later than it has seen")
    .option("--train", "instead of --model: train on the data before each fold")
    .option("--folds <n>", "models that --train trains, each on a longer history", "3")
    .option("--models <dir>", "directory in which models of --train stay (default: they are removed)")
    .option(
      "--windows <n>",
      "most forecast times, the latest ones (default: all; with --train those of the last fifth)",
    )
    .option("--stride <duration>", "time between two forecast times", "1h")
    .option("--from <time>", "first forecast time, ISO 8601; earlier than the model's own data is marked in the report")
    .option("--until <time>", "end of the last horizon, ISO 8601 (default: end of the data)")
    .option(
      "--alert <contract>",
      'what alert thresholds must keep, such as "at most 1 false alarm per server-week"',
      "recall >= 80%",
    )
    .option("--cold-start", "also score servers with 1 h, 6 h and 24 h of history")
    .option("--out <path>", `where the report goes: a .json file, or a directory for ${REPORT_FILE}`)
    .option("--report <file>", "also write the report as a page to look at, one .html file that needs no network")
    .option("--attach", "store the report in the directory of --model, and its verdict in the model card");
  addRecipeOptions(command)
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      "\nThe options of training (--epochs to --server-embedding) count with --train; --seed, --threads and --memory always.\n" +
        "\nExamples:\n  forewarn backtest --model models/tft_20261123_101500 --data fleet/ --report report.html\n" +
        "  forewarn backtest --train --folds 3 --time-budget 5m --data fleet/ --windows 72\n",
    )
    .action((flags: Flags) => backtestAction(flags, program.version() ?? "", io));
}

async function backtestAction(flags: Flags, version: string, io: Io): Promise<void> {
  const { parseAlertContract, renderReport, runBacktest } = await import("../../evaluate/index.ts");
  if ((flags.model === undefined) === (flags.train === undefined)) {
    const got = flags.train ? "both" : "neither";
    throw new ForewarnError("usage_invalid", `--model: Expected either --model or --train, got ${got}`);
  }
  if (flags.attach && flags.model === undefined) {
    throw new ForewarnError("usage_invalid", "--attach: Expected it together with --model, got --train");
  }
  const recipe = await recipeOf(flags, flags.data);
  const request: Omit<BacktestRequest, "source"> = {
    dataDirectory: flags.data,
    windows: flags.windows === undefined ? null : wholeNumber(flags.windows, "--windows"),
    strideMs: parseDuration(flags.stride, "--stride"),
    fromMs: flags.from === undefined ? null : isoTime(flags.from, "--from"),
    untilMs: flags.until === undefined ? null : isoTime(flags.until, "--until"),
    alert: parseAlertContract(flags.alert, "--alert"),
    coldStart: flags.coldStart === true,
    seed: recipe.seed,
    threads: recipe.threads,
    memoryBytes: recipe.memoryBytes,
    forewarnVersion: version,
  };
  const { model: modelDirectory } = flags;
  const path = flags.out === undefined ? undefined : reportPath(flags.out);
  const page = flags.report === undefined ? undefined : pagePath(flags.report);
  const report =
    modelDirectory !== undefined
      ? await runBacktest({ ...request, source: { modelDirectory } })
      : await withTraining(flags, io, (training) => {
          const versions = { forewarn: version, node: process.versions.node };
          const folds = wholeNumber(flags.folds, "--folds");
          return runBacktest({ ...request, source: { training: { ...training, options: recipe, versions }, folds } });
        });
  if (path !== undefined) writeFileAtomic(path, `${JSON.stringify(report, null, 2)}\n`);
  if (page !== undefined) writeFileAtomic(page, renderReport(report));
  if (flags.attach) {
    const { attachBacktest } = await import("../../artifact/index.ts");
    await attachBacktest(modelDirectory!, report);
    io.stderr(`stored the report in ${modelDirectory}\n`);
  }
  if (flags.json) printJson(io, report);
  else io.stdout(backtestText(report));
  for (const note of report.notes) io.stderr(`note: ${note}\n`);
}

type Training = Extract<BacktestRequest["source"], { folds: number }>["training"];

/** Trains into `--models`, or into a directory that is removed at the end; Ctrl-C interrupts. */
async function withTraining(
  flags: Flags,
  io: Io,
  body: (training: Omit<Training, "options" | "versions">) => Promise<EvaluationReport>,
): Promise<EvaluationReport> {
  const root = flags.models ?? mkdtempSync(join(tmpdir(), "forewarn-backtest-"));
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    return await body({
      root,
      now: io.now,
      signal: interruption.signal,
      onProgress: (progress) => showProgress(progress, io),
    });
  } finally {
    process.off("SIGINT", interrupt);
    if (flags.models === undefined) rmSync(root, { recursive: true, force: true });
  }
}

/** The report's path, its directory made, so that a path that cannot be written fails before the work and not after. */
function reportPath(out: string): string {
  if (out.endsWith(".json")) return out;
  if (existsSync(out) && !statSync(out).isDirectory()) {
    throw new ForewarnError("usage_invalid", `--out: Expected a directory or a .json file, got ${out}`);
  }
  makeDirectory(out);
  return join(out, REPORT_FILE);
}

/** The page's path, its directory made, for the same reason. */
function pagePath(file: string): string {
  if (!/\.html?$/.test(file)) {
    throw new ForewarnError("usage_invalid", `--report: Expected a path that ends in .html, got ${file}`);
  }
  makeDirectory(dirname(file));
  return file;
}
