// The configuration file: YAML, and the line of every value, so that a refusal can say where.
import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { ForewarnError, fileError } from "../base/index.ts";

/** A place in the document: section, key, and on. */
export type ConfigPath = readonly (string | number)[];

/** A file that was read. */
export interface ConfigFile {
  path: string;
  value: unknown;
  /** Line of a value, or of the nearest thing around it; counts from 1. */
  lineOf(path: ConfigPath): number;
}

/**
 * Reads a configuration file; an empty one configures nothing.
 * @throws ForewarnError `config_invalid` for text that is no YAML map; `path_missing` and other file errors.
 */
export function readConfigFile(path: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const reason = problem.message.split("\n")[0];
    throw new ForewarnError(
      "config_invalid",
      `${path}:${lines.linePos(problem.pos[0]).line}: Expected YAML, got ${reason}`,
    );
  }
  const { contents } = document;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  if (!isEmpty && !isMap(contents)) {
    throw new ForewarnError("config_invalid", `${path}: Expected sections such as server:, got something else`);
  }
  const offsetOf = (place: ConfigPath): number => {
    const key = place.at(-1);
    const parent = place.length === 0 ? null : document.getIn(place.slice(0, -1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = place.length === 0 ? contents : document.getIn(place, true);
    const range = (node as { range?: readonly number[] } | null | undefined)?.range;
    return range?.[0] ?? (place.length > 0 ? offsetOf(place.slice(0, -1)) : 0);
  };
  return {
    path,
    value: isEmpty ? {} : document.toJS({ maxAliasCount: 100 }),
    lineOf: (place) => lines.linePos(offsetOf(place)).line,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, path);
  }
}
