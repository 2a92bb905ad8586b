// How an error reaches the user: text on stderr or one JSON document on stdout, and the exit code that goes with it.
import { styleText } from "node:util";
import { type ErrorCode, ForewarnError, type Issue } from "../base/index.ts";
import type { Io } from "./io.ts";
import { printJson } from "./output/json.ts";

const SHOWN_ISSUES = 20;
const INTERNAL_HINT = "this is a fault of forewarn; run again with --debug and report what it prints";

/** Codes that end with exit code 2: the command line, a configuration document or a path given on it is wrong. */
export const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "usage_invalid",
  "config_invalid",
  "path_missing",
  "path_exists",
  "contract_invalid",
  "contract_unknown",
  "mapping_invalid",
  "alert_rules_invalid",
  "target_refused",
  "server_unknown",
]);

/** Exit code of a command that threw: 2 usage or configuration, 130 interrupted, 1 everything else. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof ForewarnError)) return 1;
  if (error.code === "interrupted") return 130;
  return USAGE_CODES.has(error.code) ? 2 : 1;
}

/**
 * Reports an error and sets the exit code. Text: `error: ...`, the first 20 issues, `hint: ...`, on stderr. JSON:
 * `{"error": {code, message, hint, issues}}` on stdout. An error that is not a ForewarnError has code `internal_error`.
 */
export function reportError(error: unknown, io: Io, options: { json: boolean; debug: boolean }): void {
  io.setExitCode(exitCodeOf(error));
  if (options.debug) io.stderr(`${stackOf(error)}\n`);
  const report = describe(error);
  if (options.json) printJson(io, { error: report });
  else io.stderr(errorText(report));
}

interface ErrorReport {
  code: ErrorCode | "internal_error";
  message: string;
  hint: string | null;
  issues: readonly Issue[];
}

function describe(error: unknown): ErrorReport {
  if (error instanceof ForewarnError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null, issues: error.issues };
  }
  const message = `internal error: ${error instanceof Error ? error.message : String(error)}`;
  return { code: "internal_error", message, hint: INTERNAL_HINT, issues: [] };
}

function errorText(report: ErrorReport): string {
  const label = styleText("red", "error:", { stream: process.stderr });
  const lines = [`${label} ${report.message}`];
  const issues = issuesToList(report);
  for (const issue of issues.slice(0, SHOWN_ISSUES)) lines.push(`  ${issueText(issue)}`);
  const hidden = issues.length - SHOWN_ISSUES;
  if (hidden > 0) lines.push(`  ... and ${hidden} more`);
  if (report.hint !== null) lines.push(`hint: ${report.hint}`);
  return `${lines.join("\n")}\n`;
}

/** A message may name the first issue in its own words; that one is not printed again. */
function issuesToList({ message, issues }: ErrorReport): readonly Issue[] {
  const [first] = issues;
  return first !== undefined && message.includes(withPath(first)) ? issues.slice(1) : issues;
}

function withPath({ path, message }: Issue): string {
  return message.startsWith(`${path}: `) ? message : `${path}: ${message}`;
}

function issueText(issue: Issue): string {
  const notes = [
    issue.count === undefined ? "" : `${issue.count} ${issue.count === 1 ? "time" : "times"}`,
    issue.first === undefined ? "" : `first at ${issue.first}`,
  ].filter((note) => note !== "");
  return `${issue.code} ${withPath(issue)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
