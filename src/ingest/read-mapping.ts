// Reads a mapping document from YAML or JSON and finds the contract it is for.
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import type { z } from "zod";
import { ForewarnError, fileError, type Issue } from "../base/index.ts";
import { assertSameContract, type Contract, parseContract, readContract } from "../contract/index.ts";
import { type Mapping, mappingSchema } from "./mapping.ts";

/**
 * Reads the mapping file `path` and its contract.
 * @param contractName Contract given beside the mapping (`--contract`); it must be the mapping's own if both are given.
 * @throws ForewarnError `mapping_invalid` with every problem and its place, `contract_mismatch`, `contract_unknown`,
 *   `contract_invalid`, `path_missing`.
 */
export function readMapping(path: string, contractName?: string): { mapping: Mapping; contract: Contract } {
  const mapping = parseMapping(readYaml(path), path);
  const named = contractName === undefined ? undefined : readContract(contractName);
  const own = mapping.contract === undefined ? undefined : ownContract(mapping.contract, path);
  if (named !== undefined && own !== undefined) assertSameContract(named, own, path);
  const contract = own ?? named;
  if (contract === undefined) {
    throw new ForewarnError(
      "mapping_invalid",
      `${path}: contract: Expected a contract name, path or document, got nothing`,
      {
        hint: "name it in the mapping or with --contract",
      },
    );
  }
  checkNames(mapping, contract, path);
  return { mapping, contract };
}

/**
 * Validates a mapping document.
 * @throws ForewarnError `mapping_invalid` with one issue per problem; `where` is the file it came from.
 */
export function parseMapping(document: unknown, where: string): Mapping {
  const parsed = mappingSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw mappingError(
    where,
    parsed.error.issues.flatMap((issue) => flatten(issue, [])),
  );
}

function ownContract(contract: string | Record<string, unknown>, path: string): Contract {
  if (typeof contract !== "string") return parseContract(contract, `${path}: contract`);
  const relative = resolve(dirname(path), contract);
  return readContract(existsSync(relative) ? relative : contract);
}

function checkNames(mapping: Mapping, contract: Contract, where: string): void {
  const issues = [
    ...unknownNames(
      "metrics",
      Object.keys(mapping.metrics),
      contract.metrics.map(({ name }) => name),
    ),
    ...unknownNames(
      "labels",
      Object.keys(mapping.labels),
      contract.labels.map(({ name }) => name),
    ),
    ...unknownNames("texts", Object.keys(mapping.texts), contract.texts),
  ];
  if (mapping.state !== undefined && contract.state === null) {
    issues.push({
      code: "mapping_invalid",
      path: "state",
      message: "Expected no state, which this contract does not have",
    });
  }
  if ("fromFileName" in mapping.server && groupCount(mapping.server.fromFileName) !== 1) {
    const message = `Expected a pattern with one group, got ${groupCount(mapping.server.fromFileName)}`;
    issues.push({ code: "mapping_invalid", path: "server.fromFileName", message });
  }
  if ("from" in mapping.timestamp && "column" in mapping.server) {
    const message = "Expected fromFileName or constant beside timestamp from rowIndex, got column";
    issues.push({ code: "mapping_invalid", path: "server", message });
  }
  if (issues.length > 0) throw mappingError(where, issues);
}

function unknownNames(section: string, names: string[], known: string[]): Issue[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const message = `Expected one of ${known.join(", ") || "nothing"}, got ${name}`;
      return { code: "mapping_invalid", path: `${section}.${name}`, message };
    });
}

function groupCount(pattern: string): number {
  return new RegExp(`${pattern}|`).exec("")!.length - 1;
}

/** A union reports the alternative that came closest, so that an unknown key is named and not just refused. */
function flatten(issue: z.core.$ZodIssue, base: PropertyKey[]): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const closest = [...issue.errors].sort((a, b) => a.length - b.length || distance(a) - distance(b))[0]!;
    return closest.flatMap((inner) => flatten(inner, path));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => invalid([...path, key], "Expected no such key"));
  }
  return [invalid(path, issue.message.replace("Invalid input: expected", "Expected").replace("received", "got"))];
}

function distance(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter((issue) => issue.code !== "unrecognized_keys").length;
}

function invalid(path: PropertyKey[], message: string): Issue {
  return { code: "mapping_invalid", path: path.map(String).join(".") || "document", message };
}

function mappingError(where: string, issues: readonly Issue[]): ForewarnError {
  const { path, message } = issues[0]!;
  const number = issues.length === 1 ? "" : ` (and ${issues.length - 1} more problems)`;
  return new ForewarnError("mapping_invalid", `${where}: ${path}: ${message}${number}`, { issues });
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new ForewarnError("mapping_invalid", `${path}: Expected YAML or JSON, got ${error.message.split("\n")[0]}`, {
      cause: error,
    });
  }
}
