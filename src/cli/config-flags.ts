// Flags of the commands that work with the daemon's configuration, and the configuration that they make.
import type { Command } from "commander";
import type { ConfigValue, LoadedConfig } from "../daemon/index.ts";
import { httpUrl, wholeNumber } from "./flags.ts";

/** Flags that set a value of the configuration. */
export interface ConfigFlags {
  config?: string;
  models?: string;
  dataDir?: string;
  host?: string;
  port?: string;
  contract?: string;
  shard?: string;
  prometheus?: string;
  mapping?: string;
}

const PLACES = {
  models: ["models", "directory"],
  dataDir: ["store", "dataDir"],
  host: ["server", "host"],
  port: ["server", "port"],
  contract: ["store", "contract"],
} as const;
const NAMES = { models: "--models", dataDir: "--data-dir", host: "--host", port: "--port", contract: "--contract" };

/** Adds `--config` and `--data-dir`, which all of these commands have. */
export function addConfigFlags(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (YAML); FOREWARN_SECTION__KEY and flags go before it")
    .option("--data-dir <dir>", "everything that the daemon keeps");
}

/** Loads the configuration: flag > environment > file > default. @throws ForewarnError `config_invalid`. */
export async function configOf(flags: ConfigFlags): Promise<LoadedConfig> {
  const { loadConfig } = await import("../daemon/index.ts");
  const { parseShard } = await import("../prometheus/index.ts");
  const values = Object.entries(PLACES).flatMap(([key, path]): ConfigValue[] => {
    const name = key as keyof typeof PLACES;
    const text = flags[name];
    if (text === undefined) return [];
    return [{ path, value: name === "port" ? wholeNumber(text, "--port", 0, 65_535) : text, origin: NAMES[name] }];
  });
  values.push(...databaseValues(flags));
  const shard = flags.shard === undefined ? null : parseShard(flags.shard);
  for (const [key, value] of Object.entries(shard ?? {}))
    values.push({ path: ["shard", key], value, origin: "--shard" });
  return loadConfig({ file: flags.config ?? null, environment: process.env, flags: values });
}

/** A database that is named on the command line may be anywhere, unlike one that a file names. */
function databaseValues({ prometheus, mapping }: ConfigFlags): ConfigValue[] {
  const values: ConfigValue[] = [];
  if (prometheus !== undefined) {
    const origin = "--prometheus";
    values.push({ path: ["store", "kind"], value: "prometheus", origin });
    values.push({ path: ["store", "prometheus", "url"], value: httpUrl(prometheus, origin), origin });
    values.push({ path: ["store", "prometheus", "allowPrivate"], value: true, origin });
  }
  if (mapping !== undefined)
    values.push({ path: ["store", "prometheus", "mapping"], value: mapping, origin: "--mapping" });
  return values;
}
