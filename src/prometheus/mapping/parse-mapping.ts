// A mapping document from outside, checked: its shape, its contract, and every expression by the parser of PromQL. All
// problems are reported together.
import type { z } from "zod";
import { ForewarnError, formatDuration, type Issue } from "../../base/index.ts";
import { type Contract, intervalMs } from "../../contract/index.ts";
import { parseQuery, typeOf } from "../../promql/index.ts";
import { type MappingDocument, mappingSchema } from "./document.ts";
import type { Mapping } from "./mapping.ts";

/**
 * Checks a mapping document.
 * @param where The file it came from, for messages.
 * @param contractOf Finds the contract that the document names or holds.
 * @throws ForewarnError `mapping_invalid` with one issue per problem; what `contractOf` throws.
 */
export function parseMapping(
  document: unknown,
  where: string,
  contractOf: (contract: MappingDocument["contract"]) => Contract,
): Mapping {
  const parsed = mappingSchema.safeParse(document);
  if (!parsed.success) throw mappingError(where, parsed.error.issues.flatMap(shapeIssues));
  const { server, parts, metrics, labels } = parsed.data;
  const contract = contractOf(parsed.data.contract);
  const interval = intervalMs(contract);
  const complete = completer(parts, formatDuration(interval));
  const issues = [...nameIssues(parsed.data, contract), ...expressionIssues(parsed.data, complete)];
  if (issues.length > 0) throw mappingError(where, issues);
  return {
    name: where,
    contract,
    intervalMs: interval,
    serverLabel: server.label,
    serverPattern: new RegExp(server.pattern),
    present: server.present === undefined ? null : complete(server.present),
    metrics: contract.metrics
      .filter(({ name }) => Object.hasOwn(metrics, name))
      .map((metric) => {
        const { expression, outOfRange } = metrics[metric.name]!;
        return { metric, expression: complete(expression), outOfRange };
      }),
    labels: contract.labels
      .filter(({ name }) => Object.hasOwn(labels, name))
      .map(({ name, values: allowed }) => {
        const { expression, label, values } = labels[name]!;
        return { name, expression: complete(expression), label, values, allowed: new Set(allowed) };
      }),
  };
}

/** Puts the interval and the parts into expressions. A part may use those above it. */
function completer(parts: MappingDocument["parts"], interval: string): (expression: string) => string {
  const texts = new Map([["interval", interval]]);
  const complete = (expression: string): string =>
    // What is not known stays: label_replace has placeholders of its own.
    expression.trim().replaceAll(/\$([a-z][a-z0-9_]*)/g, (placeholder, name: string) => texts.get(name) ?? placeholder);
  for (const [name, text] of Object.entries(parts)) texts.set(name, complete(text));
  return complete;
}

/** Names that the contract lacks, and what it requires and nothing maps. */
function nameIssues({ metrics, labels }: MappingDocument, contract: Contract): Issue[] {
  const issues: Issue[] = [];
  const compare = (
    section: string,
    mapped: readonly string[],
    known: readonly { name: string; required: boolean }[],
  ) => {
    const names = known.map(({ name }) => name);
    for (const name of mapped.filter((one) => !names.includes(one))) {
      issues.push(invalid([section, name], `Expected one of ${names.join(", ") || "nothing"}, got ${name}`));
    }
    for (const { name } of known.filter((one) => one.required && !mapped.includes(one.name))) {
      issues.push(invalid([section, name], "Expected an expression, which the contract requires, got nothing"));
    }
  };
  compare("metrics", Object.keys(metrics), contract.metrics);
  compare("labels", Object.keys(labels), contract.labels);
  const targets = contract.metrics.filter(({ role }) => role === "target").map(({ name }) => name);
  if (!targets.some((name) => Object.hasOwn(metrics, name))) {
    issues.push(invalid(["metrics"], `Expected at least one target of ${targets.join(", ")}, got none`));
  }
  for (const [name, { values }] of Object.entries(labels)) {
    const allowed = contract.labels.find((label) => label.name === name)?.values ?? [];
    for (const [from, to] of Object.entries(values)) {
      if (!allowed.includes(to)) {
        issues.push(invalid(["labels", name, "values", from], `Expected one of ${allowed.join(", ")}, got ${to}`));
      }
    }
  }
  return issues;
}

/** Expressions that are not PromQL, or no instant vectors. */
function expressionIssues({ server, metrics, labels }: MappingDocument, complete: (text: string) => string): Issue[] {
  const expressions: [path: string[], expression: string][] = [
    ...(server.present === undefined ? [] : [[["server", "present"], server.present] as [string[], string]]),
    ...Object.entries(metrics).map(([name, { expression }]): [string[], string] => [["metrics", name], expression]),
    ...Object.entries(labels).map(([name, { expression }]): [string[], string] => [["labels", name], expression]),
  ];
  return expressions.flatMap(([path, expression]) => {
    try {
      const type = typeOf(parseQuery(complete(expression)));
      return type === "vector" ? [] : [invalid(path, `Expected an instant vector, got a ${type}`)];
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      return [invalid(path, error.message)];
    }
  });
}

function shapeIssues(issue: z.core.$ZodIssue): Issue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => invalid([...issue.path, key], "Expected no such key"));
  }
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => invalid(issue.path, message));
  if (issue.code === "invalid_union") return [invalid(issue.path, "Expected a contract name, path or document")];
  return [invalid(issue.path, issue.message.replace("Invalid input: expected", "Expected").replace("received", "got"))];
}

function invalid(path: readonly PropertyKey[], message: string): Issue {
  return { code: "mapping_invalid", path: path.map(String).join(".") || "document", message };
}

function mappingError(where: string, issues: readonly Issue[]): ForewarnError {
  const { path, message } = issues[0]!;
  const more = issues.length === 1 ? "" : ` (the first of ${issues.length} problems)`;
  return new ForewarnError("mapping_invalid", `${where}: ${path}: ${message}${more}`, { issues });
}
