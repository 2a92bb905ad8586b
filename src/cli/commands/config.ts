// forewarn config: whether the daemon's configuration is sound, and where each value comes from.
import type { Command } from "commander";
import { addConfigFlags, type ConfigFlags, configOf } from "../config-flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { renderTable } from "../output/table.ts";

/** Adds `forewarn config check` and `forewarn config print`. */
export function register(program: Command, io: Io): void {
  const config = program.command("config").description("check and print the daemon's configuration");
  addConfigFlags(config.command("check"))
    .description("check the configuration as forewarn serve would read it; exit code 2 if it is not sound")
    .option("--json", "one JSON document: {ok, file}")
    .action((flags: ConfigFlags & { json?: boolean }) => check(flags, io));
  addConfigFlags(config.command("print"))
    .description("print every value with its origin")
    .option("--redact", "replace secrets by stars")
    .option("--json", "one JSON document: {file, values: [{key, value, origin}]}")
    .action((flags: ConfigFlags & { json?: boolean; redact?: boolean }) => print(flags, io));
}

async function check(flags: ConfigFlags & { json?: boolean }, io: Io): Promise<void> {
  const { chooseContract } = await import("../../daemon/index.ts");
  const { parseAlertRules } = await import("../../alert/index.ts");
  const { config, file } = await configOf(flags);
  const { rules } = config.alerts;
  // Rules are written for a contract: they are checked as soon as there is one.
  if (rules !== undefined) parseAlertRules(rules, chooseContract(config), `${file ?? "configuration"}: alerts.rules`);
  if (flags.json) printJson(io, { ok: true, file });
  else io.stdout(`ok: ${file ?? "no file; environment and defaults"}\n`);
}

async function print(flags: ConfigFlags & { json?: boolean; redact?: boolean }, io: Io): Promise<void> {
  const { configLines } = await import("../../daemon/index.ts");
  const loaded = await configOf(flags);
  const values = configLines(loaded, flags.redact === true);
  if (flags.json) return printJson(io, { file: loaded.file, values });
  const rows = values.map(({ key, value, origin }) => [key, JSON.stringify(value), origin]);
  io.stdout(renderTable([{ title: "key" }, { title: "value" }, { title: "origin" }], rows));
}
