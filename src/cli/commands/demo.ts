// forewarn demo: the whole way in about three minutes. A small simulated fleet, a model trained on it, its verification,
// and the servers most likely to breach within the horizon.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ForewarnError, formatDuration, parseDuration } from "../../base/index.ts";
import { seedNumber, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { byRisk, forecastText } from "../output/forecast.ts";
import { printJson } from "../output/json.ts";
import { showProgress } from "./train.ts";
import { verdictText, verifyModel } from "./verify.ts";

const SHOWN_SERVERS = 3;
const INTERVAL_MS = 300_000;
/** Two weeks hold little; a troubled fleet has more to learn from. */
const INCIDENT_RATE = 3;

/** Adds `forewarn demo`. */
export function register(program: Command, io: Io): void {
  program
    .command("demo")
    .description(
      "simulate a small fleet, train a model, verify it, and show the servers most likely to breach, in about three minutes",
    )
    .option("--out <dir>", "directory for the demo's fleet and models; its fleet/ is made anew", ".demo")
    .option("--servers <n>", "servers of the fleet", "15")
    .option("--hours <n>", "hours of history", "336")
    .option("--time-budget <duration>", "most training time", "100s")
    .option("--seed <n>", "seed of fleet and training", "42")
    .option("--json", "one JSON document: the forecast of the servers shown")
    .addHelpText("after", "\nExample:\n  forewarn demo\n")
    .action((flags: Flags) => demoAction(flags, program.version() ?? "", io));
}

interface Flags {
  out: string;
  servers: string;
  hours: string;
  timeBudget: string;
  seed: string;
  json?: boolean;
}

async function demoAction(flags: Flags, version: string, io: Io): Promise<void> {
  const { simulateToDataSet } = await import("../../simulate/index.ts");
  const { DEFAULT_TRAIN_OPTIONS, train } = await import("../../train/index.ts");
  const { forecastDataSet } = await import("../../forecast/index.ts");
  const fleet = join(flags.out, "fleet");
  const seed = seedNumber(flags.seed);
  const servers = wholeNumber(flags.servers, "--servers");
  const hours = wholeNumber(flags.hours, "--hours");
  const timeBudgetMs = parseDuration(flags.timeBudget, "--time-budget");

  await removeFormerFleet(fleet);
  const meta = await simulateToDataSet(
    fleet,
    { servers, hours, seed, intervalMs: INTERVAL_MS, incidentRate: INCIDENT_RATE },
    version,
  );
  io.stderr(
    `[1/4] simulated ${meta.servers} servers over ${formatDuration(hours * 3_600_000)}: ${meta.rows} rows in ${fleet}\n`,
  );

  io.stderr(`[2/4] training a Temporal Fusion Transformer for at most ${flags.timeBudget}\n`);
  const trained = await train({
    dataDirectory: fleet,
    root: join(flags.out, "models"),
    options: { ...DEFAULT_TRAIN_OPTIONS, seed, timeBudgetMs, epochs: 12 },
    resume: false,
    now: io.now,
    versions: { forewarn: version, node: process.versions.node },
    onProgress: (progress) => showProgress(progress, io),
  });
  for (const { name, measures } of trained.evaluation.methods) {
    io.stderr(`      held-out weighted quantile loss: ${measures["WQL"]?.toFixed(4) ?? "-"}  ${name}\n`);
  }

  const checks = await verifyModel(trained.directory);
  const ok = checks.every((check) => check.ok);
  io.stderr(`[3/4] verified ${trained.directory}\n${verdictText(checks, ok)}`);
  if (!ok)
    throw new ForewarnError(
      "model_invalid",
      `${trained.directory}: Expected a model that verifies, got a failed check`,
    );

  const everyone = await forecastDataSet({ modelDirectory: trained.directory, dataDirectory: fleet, threads: 1 });
  const forecasts = byRisk(everyone.forecasts).slice(0, SHOWN_SERVERS);
  const shown = { ...everyone, forecasts };
  io.stderr(`[4/4] the ${forecasts.length} servers most likely to breach within the horizon\n\n`);
  if (flags.json) printJson(io, shown);
  else io.stdout(forecastText(shown, true));
  io.stderr(`\nlook around: forewarn forecast --model ${trained.directory} --data ${fleet}\n`);
}

/** Removes the fleet of a former demo. Data that was not simulated cannot be made again, so it stays and the demo ends. */
async function removeFormerFleet(fleet: string): Promise<void> {
  if (!existsSync(fleet)) return;
  const { readMeta } = await import("../../store/index.ts");
  if (readMeta(fleet).createdBy.tool !== "simulate") {
    throw new ForewarnError("path_exists", `${fleet}: Expected a simulated fleet or nothing, got imported data`, {
      hint: "choose another directory with --out",
    });
  }
  rmSync(fleet, { recursive: true });
}
