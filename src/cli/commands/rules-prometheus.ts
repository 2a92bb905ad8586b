// forewarn rules prometheus: the configured alert rules as a rule file for a Prometheus that has the forecasts.
import type { Command } from "commander";
import { ForewarnError, parseDuration } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import type { DaemonConfig } from "../../daemon/index.ts";
import { addConfigFlags, type ConfigFlags, configOf } from "../config-flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";

interface Flags extends ConfigFlags {
  prometheusVersion: string;
  json?: true;
}

/** The first version with `keep_firing_for`. */
const KEEPS_FIRING = [2, 42] as const;
/** Of a model that was trained with the usual settings. */
const STANDARD_HORIZONS_MS = [0.5, 1, 2, 4, 8].map((hours) => hours * 3_600_000);
const HEADING =
  "# Alert rules over the forecasts that Forewarn writes back, made by: forewarn rules prometheus (docs/prometheus.md)\n";

/** Adds `forewarn rules prometheus`. */
export function addRulesPrometheus(rules: Command, io: Io): void {
  addConfigFlags(rules.command("prometheus"))
    .description(
      "print the configured rules as alerting rules of Prometheus, over forecasts that are written back to it",
    )
    .option("--models <dir>", "directory of models, for their horizons and for the rules when none are configured")
    .option("--contract <name>", "contract of the rows, a name or a file")
    .option(
      "--prometheus-version <version>",
      "version that will read them; keep_firing_for is left out below 2.42",
      "2.42",
    )
    .option("--json", "one JSON document: {groups: [{name, rules}], omitted: [{id, reason}]}")
    .addHelpText(
      "after",
      "\nExample:\n  forewarn rules prometheus > rules/forewarn.yml && promtool check rules rules/forewarn.yml\n",
    )
    .action((flags: Flags) => print(flags, io));
}

async function print(flags: Flags, io: Io): Promise<void> {
  const { alertRulesFor, chooseContract, newestModel } = await import("../../daemon/index.ts");
  const { alertingRules } = await import("../../server/index.ts");
  const { config } = await configOf(flags);
  const contract = chooseContract(config);
  const model = newestModel(config.models.directory);
  const inputs = model?.config.inputs;
  const file = alertingRules(alertRulesFor(contract, config.alerts, model), {
    everyMs: everyMs(config, contract),
    horizonsMs: inputs?.breachGroupEnds.map((steps) => steps * inputs.intervalMs) ?? STANDARD_HORIZONS_MS,
    serverLabels: contract.labels.map(({ name }) => name),
    canKeepFiring: canKeepFiring(flags.prometheusVersion),
  });
  if (flags.json) {
    printJson(io, file);
    return;
  }
  const { stringify } = await import("yaml");
  for (const { id, reason } of file.omitted) io.stderr(`left out: ${id}: ${reason}\n`);
  io.stdout(HEADING + stringify({ groups: file.groups }, { lineWidth: 0 }));
}

function everyMs({ forecast }: DaemonConfig, contract: Contract): number {
  return parseDuration(forecast.every ?? contract.interval, "forecast.every");
}

function canKeepFiring(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) {
    throw new ForewarnError("usage_invalid", `--prometheus-version: Expected one such as 2.42, got ${version}`);
  }
  const [least, leastMinor] = KEEPS_FIRING;
  return Number(major) > least || (Number(major) === least && Number(minor) >= leastMinor);
}
