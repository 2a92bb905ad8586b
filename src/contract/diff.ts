// Differences between two contracts, by name: what a person needs to see when a model and its data do not fit.
import { canonicalJson, ForewarnError, type Issue } from "../base/index.ts";
import { contractHash, contractId, normaliseContract } from "./identity.ts";
import type { Contract } from "./schema.ts";

/** One difference between two contracts; `path` names it, for example `metrics.cpu_pct.unit`. */
export interface ContractDifference {
  path: string;
  kind: "added" | "removed" | "changed";
  before: unknown;
  after: unknown;
  /** The difference in words: `metrics.cpu_pct.unit: Expected "percent", got "ratio"`. */
  message: string;
}

type Entry = Record<string, unknown>;

/**
 * Everything in which contract `b` differs from contract `a`; empty exactly when their hashes are equal. Metrics and
 * labels are matched by name and breach rules by id, so that one added metric is one difference.
 */
export function diffContracts(a: Contract, b: Contract): ContractDifference[] {
  const before = normaliseContract(a);
  const after = normaliseContract(b);
  return [
    ...(["name", "version", "interval"] as const).flatMap((key) => compareValues(key, before[key], after[key])),
    ...compareLists("labels", before.labels, after.labels, "name"),
    ...compareValues("state", before.state ?? undefined, after.state ?? undefined),
    ...compareLists("metrics", before.metrics, after.metrics, "name"),
    ...compareValues("texts", before.texts, after.texts),
    ...compareLists("breachRules", before.breachRules, after.breachRules, "id"),
  ];
}

/**
 * Throws unless both contracts have the same hash.
 * @param where Whose contract `got` is, for the message: "data set data/august".
 * @throws ForewarnError `contract_mismatch` that names the first difference and carries all of them as issues.
 */
export function assertSameContract(expected: Contract, got: Contract, where: string): void {
  if (contractHash(expected) === contractHash(got)) return;
  const differences = diffContracts(expected, got);
  const more = differences.length > 1 ? ` (the first of ${differences.length} differences)` : "";
  const issues = differences.map(({ path, message }): Issue => ({ code: "contract_mismatch", path, message }));
  throw new ForewarnError(
    "contract_mismatch",
    `${where}: Expected contract ${describe(expected)}, got ${describe(got)}: ${differences[0]?.message}${more}`,
    { issues, hint: "import the data with the model's contract, or train a model on this data" },
  );
}

function describe(contract: Contract): string {
  return `${contractId(contract)} (${contractHash(contract).slice(0, 12)})`;
}

function compareLists<K extends string>(
  path: string,
  before: readonly Record<K, string>[],
  after: readonly Record<K, string>[],
  key: K,
): ContractDifference[] {
  const beforeByName = new Map(before.map((entry) => [entry[key], entry as Entry]));
  const afterByName = new Map(after.map((entry) => [entry[key], entry as Entry]));
  const differences: ContractDifference[] = [];
  for (const [name, entry] of beforeByName) {
    const other = afterByName.get(name);
    if (other === undefined) differences.push(difference(`${path}.${name}`, entry, undefined));
    else
      for (const field in entry)
        differences.push(...compareValues(`${path}.${name}.${field}`, entry[field], other[field]));
  }
  for (const [name, entry] of afterByName) {
    if (!beforeByName.has(name)) differences.push(difference(`${path}.${name}`, undefined, entry));
  }
  const shared = [...beforeByName.keys()].filter((name) => afterByName.has(name));
  const sharedAfter = [...afterByName.keys()].filter((name) => beforeByName.has(name));
  return [...differences, ...compareValues(`${path} (order)`, shared, sharedAfter)];
}

function compareValues(path: string, before: unknown, after: unknown): ContractDifference[] {
  return textOf(before) === textOf(after) ? [] : [difference(path, before, after)];
}

function difference(path: string, before: unknown, after: unknown): ContractDifference {
  const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return { path, kind, before, after, message: `${path}: Expected ${textOf(before)}, got ${textOf(after)}` };
}

function textOf(value: unknown): string {
  return value === undefined ? "nothing" : canonicalJson(value);
}
