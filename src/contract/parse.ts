// A contract document from outside, checked: first its shape, then what must hold between its fields. All problems are
// reported together, each with its path and what was expected.
import type { z } from "zod";
import { ForewarnError, type Issue } from "../base/index.ts";
import { checkFields } from "./checks.ts";
import { type Contract, contractSchema } from "./schema.ts";

/**
 * Validates a contract document.
 * @param document The parsed JSON or YAML.
 * @param where Where it came from, for the message: a file name.
 * @throws ForewarnError `contract_invalid` with every problem as an issue.
 */
export function parseContract(document: unknown, where: string): Contract {
  const parsed = contractSchema.safeParse(document);
  const issues = parsed.success
    ? [...checkFields(parsed.data)]
    : parsed.error.issues.flatMap((issue) => shapeIssues(issue, document));
  if (parsed.success && issues.length === 0) return parsed.data;
  const [first] = issues;
  const more = issues.length > 1 ? ` (the first of ${issues.length} problems)` : "";
  throw new ForewarnError("contract_invalid", `${where}: ${first?.path}: ${first?.message}${more}`, {
    issues,
    hint: "`forewarn contract init` writes a commented contract to start from",
  });
}

function shapeIssues(issue: z.core.$ZodIssue, document: unknown): Issue[] {
  const value = valueAt(document, issue.path);
  const got = describe(value);
  const found = (path: PropertyKey[], message: string): Issue => {
    return { code: "contract_invalid", path: pathText(path), message };
  };
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => found([...issue.path, key], "Expected no such key"));
    case "invalid_type": {
      // YAML reads `version: 4.0` as the number 4.
      const quotes = issue.expected === "string" && typeof value === "number" ? " (put it in quotes)" : "";
      return [found(issue.path, `Expected ${issue.expected}, got ${got}${quotes}`)];
    }
    case "invalid_value":
      return [found(issue.path, `Expected one of ${issue.values.join(", ")}, got ${got}`)];
    case "too_small":
      return [found(issue.path, `Expected at least ${issue.minimum} of them, got ${got}`)];
    default:
      return [found(issue.path, `${issue.message}, got ${got}`)];
  }
}

function valueAt(document: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], document);
}

function pathText(path: PropertyKey[]): string {
  if (path.length === 0) return "document";
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text.replace(/^\./, "");
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}
