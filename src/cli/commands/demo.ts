// forewarn demo: the whole way in some minutes. A small simulated fleet, a model trained on it, its verification, and the
// daemon that serves it while things go wrong at 120 times the speed of time.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ForewarnError, formatDuration, parseDuration } from "../../base/index.ts";
import { numberWithin, seedNumber, wholeNumber } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { playStory, type StorySummary } from "./demo-story.ts";
import { showProgress } from "./train.ts";
import { verdictText, verifyModel } from "./verify.ts";

const INTERVAL_MS = 300_000;
/** Two weeks hold little; a troubled fleet has more to learn from. */
const INCIDENT_RATE = 3;

/** Simulated length of a story. */
const STORY_MS = 5 * 3_600_000;
const EXAMPLES = `
Examples:
  forewarn demo                                  # about five minutes: two to train, two and a half for the story
  forewarn demo --scenario cascade --speed 60
  forewarn demo --json > score.json              # ends with the story
`;

/** Adds `forewarn demo`. */
export function register(program: Command, io: Io): void {
  program
    .command("demo")
    .description(
      "simulate a small fleet, train a model on it, verify it, and serve it while the fleet goes on at many times the " +
        "speed of time and things go wrong: what is predicted, what comes true, and the score",
    )
    .option("--out <dir>", "directory for the demo's fleet and models; its fleet/ is made anew", ".demo")
    .option("--servers <n>", "servers of the fleet", "15")
    .option("--hours <n>", "hours of history", "336")
    .option("--time-budget <duration>", "most training time", "100s")
    .option("--seed <n>", "seed of fleet and training", "42")
    .option("--scenario <name>", "what goes wrong: healthy, degrading, critical or cascade", "degrading")
    .option("--speed <factor>", "simulated time per real time in the last part", "120")
    .option("--port <n>", "port of the daemon; 0 takes a free one", "8000")
    .option("--stay", "go on after the story, until Ctrl-C (always so in a terminal, without --json)")
    .option("--json", "at the end one JSON document: what came of the alerts")
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags) => demoAction(flags, program.version() ?? "", io));
}

interface Flags {
  out: string;
  servers: string;
  hours: string;
  timeBudget: string;
  seed: string;
  scenario: string;
  speed: string;
  port: string;
  stay?: true;
  json?: boolean;
}

async function demoAction(flags: Flags, version: string, io: Io): Promise<void> {
  const { checkScenario, simulateToDataSet } = await import("../../simulate/index.ts");
  const { DEFAULT_TRAIN_OPTIONS, train } = await import("../../train/index.ts");
  const fleet = join(flags.out, "fleet");
  const seed = seedNumber(flags.seed);
  const servers = wholeNumber(flags.servers, "--servers");
  const hours = wholeNumber(flags.hours, "--hours");
  const timeBudgetMs = parseDuration(flags.timeBudget, "--time-budget");
  const story = {
    scenario: checkScenario(flags.scenario),
    speed: numberWithin(flags.speed, "--speed", 1, 3600),
    port: wholeNumber(flags.port, "--port", 0, 65_535),
    // Who looks at it wants to look on.
    lengthMs: flags.stay || (io.isTty && !flags.json) ? null : STORY_MS,
  };

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

  const dataDir = join(flags.out, `var-${trained.modelId}`);
  io.stderr(`[4/4] story "${story.scenario}": the fleet goes on, and something goes wrong\n`);
  const summary = await playStory({ ...story, fleet, models: join(flags.out, "models"), dataDir }, version, io);
  if (flags.json) printJson(io, summary);
  else io.stderr(storyText(summary));
  io.stderr(`\nserve it again: forewarn serve --models ${join(flags.out, "models")} --data-dir ${dataDir}\n`);
}

function storyText({ claims, precision, recall, scoredValues, coverage }: StorySummary): string {
  const share = (value: number | null): string => (value === null ? "-" : `${Math.round(value * 100)} %`);
  const { true: inTime, late, false: wrong, missed } = claims;
  return (
    `\nscoreboard: ${inTime} claims came true in time, ${late} late, ${wrong} false; ${missed} incidents without a claim\n` +
    `            precision ${share(precision)}, recall ${share(recall)}; ` +
    `${scoredValues} values scored, ${share(coverage)} of them inside the band of their forecast\n`
  );
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
