// forewarn benchmark: public data sets with published scores or labelled incidents.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { ForewarnError, parseDuration, writeFileAtomic } from "../../base/index.ts";
import type { BenchmarkTraining } from "../../evaluate/index.ts";
import { positiveNumber, seedNumber, threadCount, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { showProgress } from "./train.ts";

interface CommonFlags {
  data: string;
  timeBudget: string;
  models?: string;
  threads: string;
  out?: string;
  json?: boolean;
}

interface BitbrainsFlags extends CommonFlags {
  testBins: string;
  horizon: string;
  model?: string;
  baselinesOnly?: boolean;
  seeds: string;
}

interface IncidentFlags extends CommonFlags {
  falseAlarms: string;
  seed: string;
}

const INCIDENT_DATA = { asd: "Application Server Dataset", nab: "AWS series of the Numenta Anomaly Benchmark" };

/** Adds `forewarn benchmark`. */
export function register(program: Command, io: Io): void {
  const version = program.version() ?? "";
  const benchmark = program
    .command("benchmark")
    .description("score the model on public data sets, beside trivial forecasts and published scores");
  addCommonOptions(
    benchmark
      .command("bitbrains")
      .description("bitbrains_rnd/5T of GIFT-Eval on any test bins; trains on the bins before them alone")
      .requiredOption("--test-bins <range>", "first and last test bin, such as 6336..7199 (required)")
      .option("--horizon <steps>", "steps of a window; scores are published for 48, 480 and 720", "48")
      .option("--model <dir>", "score this model instead of training one; it must not know the test bins")
      .option("--baselines-only", "score the trivial forecasts alone")
      .option("--seeds <list>", "one model is trained per seed", "1"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  forewarn benchmark bitbrains --data rnd/ --test-bins 6336..7199 --seeds 1,2,3\n",
    )
    .action((flags: BitbrainsFlags) => bitbrainsAction(flags, version, io));
  for (const [name, data] of Object.entries(INCIDENT_DATA)) {
    addCommonOptions(
      benchmark
        .command(name)
        .description(`early warning on labelled incidents: ${data}; trains on the first days`)
        .option("--false-alarms <n>", "most false alarms per server-week on the quiet days before the test", "1")
        .option("--seed <n>", "the same seed repeats a run", "1"),
    )
      .addHelpText("after", `\nExample:\n  forewarn benchmark ${name} --data ${name}/\n`)
      .action((flags: IncidentFlags) => incidentsAction(name as "asd" | "nab", flags, version, io));
  }
}

function addCommonOptions(command: Command): Command {
  return command
    .requiredOption("--data <dir>", "folder with the publisher's files (required)")
    .option("--time-budget <duration>", "most training time of a model", "10m")
    .option("--models <dir>", "directory in which trained models stay (default: they are removed)")
    .option("--threads <n>", "threads of training and forecasting", "2")
    .option("--out <file>", "also write the report as JSON")
    .option("--json", "print the report as JSON");
}

async function bitbrainsAction(flags: BitbrainsFlags, version: string, io: Io): Promise<void> {
  const { parseBinRange, runBitbrains } = await import("../../evaluate/index.ts");
  const { bitbrainsText } = await import("../output/benchmark.ts");
  if (flags.model !== undefined && flags.baselinesOnly) {
    throw new ForewarnError("usage_invalid", "--model: Expected it without --baselines-only, got both");
  }
  const testBins = parseBinRange(flags.testBins);
  const horizonSteps = wholeNumber(flags.horizon, "--horizon");
  const seeds = flags.seeds.split(",").map((text) => seedNumber(text));
  const training = trainingOf(flags, version, io);
  await inWorkDirectory(training, flags, async (setting) => {
    const trained = flags.baselinesOnly ? "none" : { seeds };
    const model = flags.model === undefined ? trained : { directory: flags.model };
    const report = await runBitbrains({ ...setting, testBins, horizonSteps, model });
    finish(flags, io, report, bitbrainsText(report));
  });
}

async function incidentsAction(benchmark: "asd" | "nab", flags: IncidentFlags, version: string, io: Io): Promise<void> {
  const { runIncidents } = await import("../../evaluate/index.ts");
  const { incidentsText } = await import("../output/benchmark.ts");
  const falseAlarmsPerServerWeek = positiveNumber(flags.falseAlarms, "--false-alarms");
  const seed = seedNumber(flags.seed);
  const training = trainingOf(flags, version, io);
  await inWorkDirectory(training, flags, async (setting) => {
    const report = await runIncidents({ ...setting, benchmark, falseAlarmsPerServerWeek, seed });
    finish(flags, io, report, incidentsText(report));
  });
}

/** How models are trained; without `--models` they are left in the work directory. */
function trainingOf(flags: CommonFlags, version: string, io: Io): Omit<BenchmarkTraining, "modelsDirectory"> {
  return {
    timeBudgetMs: parseDuration(flags.timeBudget, "--time-budget"),
    threads: threadCount(flags.threads),
    version,
    now: io.now,
    onProgress: (progress) => showProgress(progress, io),
  };
}

/** Runs `body` with a temporary directory that is removed at the end; Ctrl-C interrupts its training. */
async function inWorkDirectory(
  training: Omit<BenchmarkTraining, "modelsDirectory">,
  flags: CommonFlags,
  body: (setting: { dataDirectory: string; workDirectory: string; training: BenchmarkTraining }) => Promise<void>,
): Promise<void> {
  const workDirectory = mkdtempSync(join(tmpdir(), "forewarn-benchmark-"));
  const modelsDirectory = flags.models ?? join(workDirectory, "models");
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    await body({
      dataDirectory: flags.data,
      workDirectory,
      training: { ...training, modelsDirectory, signal: interruption.signal },
    });
  } finally {
    process.off("SIGINT", interrupt);
    rmSync(workDirectory, { recursive: true, force: true });
  }
}

function finish(flags: CommonFlags, io: Io, report: unknown, text: string): void {
  if (flags.out !== undefined) writeFileAtomic(flags.out, `${JSON.stringify(report, null, 2)}\n`);
  if (flags.json) printJson(io, report);
  else io.stdout(text);
}
