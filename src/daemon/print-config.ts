// The configuration as people read it: one line a value, with its origin, and without secrets.
import type { ConfigPath } from "./config-file.ts";
import { SECRET_KEYS } from "./config-schema.ts";
import type { LoadedConfig } from "./load-config.ts";

/** One value of a configuration. */
export interface ConfigLine {
  key: string;
  value: unknown;
  origin: string;
}

/** Every value with its origin. @param redact Whether secrets are replaced by stars. */
export function configLines({ config, originOf }: LoadedConfig, redact: boolean): ConfigLine[] {
  const lines: ConfigLine[] = [];
  const visit = (node: unknown, path: ConfigPath): void => {
    const isSecret = SECRET_KEYS.includes(String(path.at(-1)));
    const isBranch = typeof node === "object" && node !== null && Object.keys(node).length > 0;
    if (!isBranch) {
      lines.push({ key: path.join("."), value: isSecret && redact ? "***" : node, origin: originOf(path) });
      return;
    }
    for (const [key, value] of Object.entries(node)) visit(value, [...path, Array.isArray(node) ? Number(key) : key]);
  };
  visit(config, []);
  return lines;
}
