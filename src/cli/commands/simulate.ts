// forewarn simulate: a synthetic fleet as a data set, as CSV, as a live feed or as a picture.
import { type Command, Option } from "commander";
import { formatDuration, parseDuration } from "../../base/index.ts";
import type { LivePlan, SimulationOptions } from "../../simulate/index.ts";
import { httpHeader, httpUrl, numberWithin } from "../flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import {
  checkCombination,
  DEFAULT_DAYS,
  deliveryFaults,
  fleetOptions,
  historyHours,
  type SimulateFlags,
} from "./simulate-flags.ts";
import { playLive } from "./simulate-live.ts";

/** Options that a data set to continue has decided already. */
const DECIDED = ["servers", "days", "hours", "interval", "seed", "start", "incidentRate", "clockSkew"];
const EXAMPLES = `
Examples:
  forewarn simulate --servers 90 --days 30 --out fleet/              # a data set to train on
  forewarn simulate --days 2 --scenario cascade --out story/         # its last five hours tell a story
  forewarn simulate --days 7 --format csv --duplicates 0.01 --late 0.02 --clock-skew 30s --out raw/
  forewarn simulate --live --scenario critical --speed 60            # five hours in five minutes, JSON rows on stdout
  forewarn simulate --live --continue fleet/ --speed 60 --to http://localhost:8080/rows --header 'X-API-Key: ...'
  forewarn simulate --days 14 --plot sheet/                          # a picture of some servers and their incidents

A data set holds each row once, sorted, as a store keeps it; --duplicates and --late are for CSV and live feeds, whose
rows come in the order of their arrival. The truth about incidents lies apart, in truth.parquet or truth.csv. Times
need a zone; load follows the servers' local clocks through daylight-saving changes.
`;

/** Adds `forewarn simulate`. */
export function register(program: Command, io: Io): void {
  program
    .command("simulate")
    .description(
      "make a synthetic fleet under the contract fleet/4.0: seven profiles, daily and weekly load, incidents that can " +
        "be foreseen and some that cannot. The same options give the same rows.",
    )
    .option("--servers <n>", "number of servers", "15")
    .option("--days <n>", `length of the history (default: ${DEFAULT_DAYS}); training needs 2 or more`)
    .addOption(new Option("--hours <n>", "length of the history in hours").conflicts("days"))
    .option("--interval <duration>", "spacing of the rows, 1s to 1h", "5m")
    .option("--seed <n>", "seed of everything random", "42")
    .option("--start <time>", "first row, ISO 8601 with its zone (default: 2026-01-05T00:00:00Z; live: now)")
    .option("--incident-rate <factor>", "how often things go wrong; 0 is never", "1")
    .option("--clock-skew <duration>", "largest offset of a server's clock (default: none)")
    .option("--scenario <name>", "a story of five hours: healthy, degrading, critical or cascade")
    .option("--out <dir>", "new directory (required unless --live or --plot)")
    .option("--format <name>", "parquet is a data set; csv is rows.csv in order of arrival", "parquet")
    .option("--duplicates <share>", "share of the rows that arrive twice, 0 to 1 (csv and live)")
    .option("--late <share>", "share of the rows that arrive late, 0 to 1 (csv and live)")
    .option("--late-by <duration>", "longest delay of a late row (default: 1h)")
    .addOption(
      new Option("--live", "send rows at the pace of time").conflicts(["out", "plot", "days", "hours", "format"]),
    )
    .option("--speed <factor>", "simulated time per real time", "1")
    .option("--to <target>", "URL that takes POST of newline-delimited JSON, or - for stdout (default: -)")
    .option("--header <header>", "'Name: value' sent to the URL; may be repeated", (text, all: string[] = []) => [
      ...all,
      text,
    ])
    .addOption(new Option("--continue <dir>", "go on where a simulated data set ends").conflicts(DECIDED))
    .option("--for <duration>", "simulated time after which the feed ends (default: Ctrl-C)")
    .option("--plot <dir>", "draw the fleet as fleet.html into a directory")
    .option("--json", "print a description of what was made as JSON")
    .addHelpText("after", EXAMPLES)
    .action((flags: SimulateFlags) => simulateAction(flags, program.version() ?? "unknown", io));
}

async function simulateAction(flags: SimulateFlags, version: string, io: Io): Promise<void> {
  checkCombination(flags);
  if (flags.live) return live(flags, io);
  const options = { ...fleetOptions(flags), hours: historyHours(flags) };
  if (flags.out !== undefined) {
    if (flags.format === "csv") await writeCsv(flags.out, options, flags, io);
    else await writeDataSet(flags.out, options, version, flags, io);
  }
  if (flags.plot !== undefined) await plot(flags.plot, options, flags, io);
}

async function writeDataSet(
  out: string,
  options: SimulationOptions,
  version: string,
  flags: SimulateFlags,
  io: Io,
): Promise<void> {
  const { simulateToDataSet } = await import("../../simulate/index.ts");
  const meta = await simulateToDataSet(out, options, version);
  if (flags.json) {
    const { contract, ...description } = meta;
    printJson(io, { directory: out, contract: `${contract.name}/${contract.version}`, ...description });
    return;
  }
  io.stderr(wroteText(out, meta, options));
}

async function writeCsv(out: string, options: SimulationOptions, flags: SimulateFlags, io: Io): Promise<void> {
  const { simulateToCsv } = await import("../../simulate/index.ts");
  const summary = await simulateToCsv(out, options, deliveryFaults(flags));
  if (flags.json) printJson(io, { directory: out, ...summary });
  else io.stderr(wroteText(`${out}/rows.csv`, summary, options));
}

function wroteText(
  path: string,
  { rows, servers, startMs, endMs }: { rows: number; servers: number; startMs: number; endMs: number },
  { intervalMs }: SimulationOptions,
): string {
  const span = `${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}`;
  return `wrote ${path}: ${rows} rows of ${servers} servers every ${formatDuration(intervalMs)}, ${span}\n`;
}

async function plot(directory: string, options: SimulationOptions, flags: SimulateFlags, io: Io): Promise<void> {
  const { plotFleet } = await import("../../simulate/index.ts");
  const drawn = await plotFleet(directory, options);
  if (flags.json && flags.out === undefined) printJson(io, drawn);
  else io.stderr(`drew ${drawn.path}: ${drawn.servers.length} servers, ${drawn.incidents} incidents in the fleet\n`);
}

async function live(flags: SimulateFlags, io: Io): Promise<void> {
  const { to = "-", header = [] } = flags;
  const url = to === "-" ? null : httpUrl(to, "--to");
  await playLive(
    {
      plan: await planOf(flags, io),
      speed: numberWithin(flags.speed, "--speed", 0.01, 1e6),
      lengthMs: flags.for === undefined ? null : parseDuration(flags.for, "--for"),
      faults: deliveryFaults(flags),
      url,
      headers: header.map((text) => httpHeader(text, "--header")),
      json: flags.json === true,
    },
    io,
  );
}

async function planOf(flags: SimulateFlags, io: Io): Promise<LivePlan> {
  const { checkScenario, continueDataSet, planLive } = await import("../../simulate/index.ts");
  if (flags.continue !== undefined) {
    return continueDataSet(flags.continue, flags.scenario === undefined ? undefined : checkScenario(flags.scenario));
  }
  const options = fleetOptions(flags);
  const { intervalMs } = options;
  return planLive({ ...options, startMs: options.startMs ?? Math.floor(io.now() / intervalMs) * intervalMs });
}
