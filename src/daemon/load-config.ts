// Puts the configuration together: flag > environment > file > default, every value with its origin.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { ForewarnError, type Issue } from "../base/index.ts";
import { type ConfigValue, type Environment, environmentValues, readSecret } from "./config-environment.ts";
import { type ConfigFile, type ConfigPath, readConfigFile } from "./config-file.ts";
import { configSchema, type DaemonConfig, DEFAULT_CONFIG, FILE_KEYS, SECRET_KEYS } from "./config-schema.ts";

/** Where configuration comes from. */
export interface ConfigSources {
  /** File to read; null looks at FOREWARN_CONFIG and the usual places. */
  file: string | null;
  environment: Environment;
  /** Values given on the command line. */
  flags: readonly ConfigValue[];
}

/** A configuration that was checked. */
export interface LoadedConfig {
  config: DaemonConfig;
  /** The file that was read, or null. */
  file: string | null;
  /** Where a value came from: `--port`, `FOREWARN_SERVER__PORT`, `config.yaml:3` or `default`. */
  originOf(path: ConfigPath): string;
}

/**
 * Loads and checks the configuration.
 * @throws ForewarnError `config_invalid` with every problem as an issue; `path_missing` for a file that was named.
 */
export function loadConfig({ file, environment, flags }: ConfigSources): LoadedConfig {
  const path = file ?? usualFile(environment);
  const read = path === null ? null : readConfigFile(path);
  const document = structuredClone(read?.value ?? {});
  const origins = new Map<string, string>();
  for (const { path: place, value, origin } of [...environmentValues(environment), ...flags]) {
    setAt(document, place, value, origin);
    origins.set(place.join("."), origin);
  }
  takeSecretFiles(document, [], environment);
  if (!hasValue(document, DATA_DIR)) {
    const usual = usualDataDir(environment);
    setAt(document, DATA_DIR, usual.path, usual.origin);
    origins.set(DATA_DIR.join("."), usual.origin);
  }
  const originOf = (place: ConfigPath): string => {
    for (let end = place.length; end > 0; end--) {
      const known = origins.get(place.slice(0, end).join("."));
      if (known !== undefined) return known;
    }
    const below = [...origins].find(([key]) => key.startsWith(`${place.join(".")}.`));
    if (below !== undefined && !hasValue(read?.value, place)) return below[1];
    return read !== null && hasValue(read.value, place) ? `${read.path}:${read.lineOf(place)}` : "default";
  };
  const parsed = configSchema.safeParse(document);
  if (!parsed.success) throw configError(parsed.error.issues, document, read, originOf);
  return { config: parsed.data, file: path, originOf };
}

const DATA_DIR: ConfigPath = ["store", "dataDir"];

/** Where state lies when nothing else is said: systemd's directory, or the user's (XDG Base Directory 0.8). */
function usualDataDir(environment: Environment): { path: string; origin: string } {
  const state = environment["STATE_DIRECTORY"]?.split(":")[0];
  if (state) return { path: state, origin: "STATE_DIRECTORY" };
  const { XDG_DATA_HOME: xdg, HOME: home } = environment as Record<string, string | undefined>;
  const own = xdg?.startsWith("/") ? xdg : home === undefined ? null : join(home, ".local", "share");
  return { path: own === null ? DEFAULT_CONFIG.store.dataDir : join(own, "forewarn"), origin: "default" };
}

/** The first of the usual files that exists. */
function usualFile(environment: Environment): string | null {
  const named = environment["FOREWARN_CONFIG"];
  if (named !== undefined && named !== "") return named;
  const { XDG_CONFIG_HOME: xdg, HOME: home } = environment as Record<string, string | undefined>;
  const own = xdg?.startsWith("/") ? xdg : home === undefined ? null : join(home, ".config");
  const places = [own === null ? null : join(own, "forewarn", "config.yaml"), "/etc/forewarn/config.yaml"];
  return places.find((place) => place !== null && existsSync(place)) ?? null;
}

function setAt(document: unknown, path: ConfigPath, value: unknown, origin: string): void {
  let node = document as Record<string | number, unknown>;
  for (const [i, key] of path.entries()) {
    if (i === path.length - 1) {
      node[key] = value;
      return;
    }
    node[key] ??= typeof path[i + 1] === "number" ? [] : {};
    if (typeof node[key] !== "object") {
      const place = path.slice(0, i + 1).join(".");
      throw new ForewarnError("config_invalid", `${origin}: Expected ${place} to be a section, got a value`);
    }
    node = node[key] as Record<string | number, unknown>;
  }
}

/** Replaces `secretFile: path` by `secret: content`, wherever a secret or certificates may stand. */
function takeSecretFiles(node: unknown, path: ConfigPath, environment: Environment): void {
  if (typeof node !== "object" || node === null) return;
  const record = node as Record<string, unknown>;
  for (const key of FILE_KEYS) {
    const file = record[`${key}File`];
    if (typeof file !== "string") continue;
    record[key] = readSecret(file, environment);
    delete record[`${key}File`];
  }
  for (const [key, value] of Object.entries(record)) takeSecretFiles(value, [...path, key], environment);
}

function hasValue(document: unknown, path: ConfigPath): boolean {
  let node = document;
  for (const key of path) {
    if (typeof node !== "object" || node === null || !(key in node)) return false;
    node = (node as Record<string | number, unknown>)[key];
  }
  return true;
}

function configError(
  problems: readonly z.core.$ZodIssue[],
  document: unknown,
  file: ConfigFile | null,
  originOf: LoadedConfig["originOf"],
): ForewarnError {
  const issues = problems.flatMap((problem): Issue[] => {
    const path = problem.path as ConfigPath;
    if (problem.code === "unrecognized_keys") {
      return problem.keys.map((key) => invalid([...path, key], `Expected only known keys, got ${key}`, originOf));
    }
    const got = valueAt(document, path);
    const isSecret = SECRET_KEYS.includes(String(path.at(-1)));
    const shown = typeof got === "object" ? "" : `, got ${isSecret ? "something else" : JSON.stringify(got)}`;
    const message = problem.message.replace(/^Invalid input: expected/, "Expected").replace(/, received .*$/, "");
    return [invalid(path, `${message}${shown}`, originOf)];
  });
  const [first] = issues;
  const more = issues.length > 1 ? ` (the first of ${issues.length} problems)` : "";
  const where = first?.first === "default" ? (file?.path ?? "configuration") : first?.first;
  return new ForewarnError("config_invalid", `${where}: ${first?.path}: ${first?.message}${more}`, {
    issues,
    hint: "see docs/operations.md for every key",
  });
}

function invalid(path: ConfigPath, message: string, originOf: LoadedConfig["originOf"]): Issue {
  return { code: "config_invalid", path: path.join("."), message, first: originOf(path) };
}

function valueAt(document: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], document);
}
