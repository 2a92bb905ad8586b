// Configuration from environment variables: FOREWARN_SECTION__KEY, and FOREWARN_SECTION__KEY_FILE for a file with the value.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { ForewarnError, fileError } from "../base/index.ts";
import type { ConfigPath } from "./config-file.ts";
import { DEFAULT_CONFIG } from "./config-schema.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One value with its place and its origin. */
export interface ConfigValue {
  path: ConfigPath;
  value: unknown;
  /** Name of the variable or flag, for people. */
  origin: string;
}

const PREFIX = "FOREWARN_";

/**
 * The values of all variables with a double underscore: FOREWARN_STORE__DATA_DIR is store.dataDir, and
 * FOREWARN_ALERTS__DESTINATIONS__0__SECRET the secret of the first destination.
 * @throws ForewarnError `path_missing` and other file errors for `_FILE`.
 */
export function environmentValues(environment: Environment): ConfigValue[] {
  return Object.entries(environment)
    .filter(([name, text]) => name.startsWith(PREFIX) && name.includes("__") && text !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => {
      const isFile = name.endsWith("_FILE");
      const path = pathOf(isFile ? name.slice(0, -"_FILE".length) : name);
      const value = isFile ? readSecret(text!, environment) : text!;
      return { path, value: typed(value, path, name), origin: name };
    });
}

/**
 * The content of a file that holds one secret, without its line end. A relative path is looked up below
 * $CREDENTIALS_DIRECTORY, where systemd puts credentials, if there is one.
 * @throws ForewarnError `path_missing` and other file errors.
 */
export function readSecret(path: string, environment: Environment): string {
  const folder = environment["CREDENTIALS_DIRECTORY"];
  const file = folder === undefined || isAbsolute(path) ? path : join(folder, path);
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw fileError(error, file);
  }
}

function pathOf(name: string): ConfigPath {
  return name
    .slice(PREFIX.length)
    .split("__")
    .map((part) => {
      if (/^\d+$/.test(part)) return Number(part);
      return part.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    });
}

/** Reads text as the type that the key's default has; lists and sections are YAML. */
function typed(text: string, path: ConfigPath, name: string): unknown {
  let known: unknown = DEFAULT_CONFIG;
  for (const key of path) known = (known as Record<string | number, unknown> | undefined)?.[key];
  if (typeof known === "number") return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (known === null || typeof known === "string") return text;
  if (known === undefined && path.length > 2) return /^(true|false)$/.test(text) ? text === "true" : text;
  try {
    return parse(text) as unknown;
  } catch (cause) {
    throw new ForewarnError("config_invalid", `${name}: Expected YAML, got something else`, { cause });
  }
}
