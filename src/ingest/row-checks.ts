// Checks every value of a table in one aggregation: how many rows break each check, in which row first, and what
// stood there.
import { basename } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Issue } from "../base/index.ts";
import { duckDbError, queryRows, sqlName } from "../store/index.ts";
import type { Field, RowCheck } from "./field.ts";
import { readTableSql } from "./inspect.ts";
import type { TablePlan } from "./table-plan.ts";

/** What one file of a table holds. */
export interface FileStats {
  path: string;
  rows: number;
  /** Position of its first row in the table. */
  firstPosition: number;
}

/** The findings of one table. */
export interface TableFindings {
  files: FileStats[];
  problems: Issue[];
  notes: Issue[];
}

/**
 * Reads the whole table once.
 * @throws ForewarnError `file_unreadable` when DuckDB cannot read a file to its end.
 */
export async function checkRows(db: DuckDBConnection, plan: TablePlan): Promise<TableFindings> {
  const checks = fieldsOf(plan).flatMap((field) => field.checks.map((check) => ({ field, check })));
  const sql = checkSql(
    plan,
    checks.map(({ check }) => check),
  );
  let rows: Record<string, unknown>[];
  try {
    rows = await queryRows(db, sql);
  } catch (error) {
    throw duckDbError(error, plan.table.paths.length === 1 ? plan.table.paths[0]! : "input", "file_unreadable");
  }
  const byPath = new Map(rows.map((row) => [row["path"] as string, row]));
  const files = plan.table.paths.map((path) => {
    const row = byPath.get(path);
    return { path, rows: Number(row?.["rows"] ?? 0), firstPosition: Number(row?.["first"] ?? 0) };
  });
  const findings: TableFindings = { files, problems: files.filter(({ rows }) => rows === 0).map(emptyFile), notes: [] };
  checks.forEach(({ field, check }, index) => {
    const issue = toIssue(
      field,
      check,
      index,
      plan.table.paths.map((path) => byPath.get(path)),
    );
    if (issue !== undefined) (check.isNote ? findings.notes : findings.problems).push(issue);
  });
  return findings;
}

/** The plan's table with its helper columns: the common basis of the checks and of the staged rows. */
export function helpedTableSql(plan: TablePlan): string {
  const helpers = fieldsOf(plan).flatMap(({ helper }) =>
    helper === undefined ? [] : `${helper.sql} AS ${sqlName(helper.name)}`,
  );
  return `SELECT ${["*", ...helpers].join(", ")} FROM (${readTableSql(plan.table)})`;
}

function fieldsOf(plan: TablePlan): Field[] {
  return [plan.timestamp, plan.server, ...plan.values].filter((field) => field !== undefined);
}

function checkSql(plan: TablePlan, checks: readonly RowCheck[]): string {
  const position = `"forewarn:position"`;
  const counts = checks.flatMap(({ bad, example }, index) => [
    `count(*) FILTER (${bad}) AS "count ${index}"`,
    `min(${position}) FILTER (${bad}) AS "first ${index}"`,
    `arg_min(${example}, ${position}) FILTER (${bad}) AS "example ${index}"`,
  ]);
  const columns = [`"forewarn:file" AS "path"`, `count(*) AS "rows"`, `min(${position}) AS "first"`, ...counts];
  return `SELECT ${columns.join(",\n  ")} FROM (${helpedTableSql(plan)}) GROUP BY "forewarn:file"`;
}

function toIssue(
  field: Field,
  { code, expected }: RowCheck,
  index: number,
  rowsByFile: (Record<string, unknown> | undefined)[],
): Issue | undefined {
  const bad = rowsByFile.filter((row) => row !== undefined && Number(row[`count ${index}`]) > 0);
  const first = bad[0];
  if (first === undefined) return undefined;
  return {
    code,
    path: field.name,
    message: `Expected ${expected}, got ${quote(first[`example ${index}`])}`,
    count: bad.reduce((total, row) => total + Number(row?.[`count ${index}`]), 0),
    first: `${basename(first["path"] as string)} row ${Number(first[`first ${index}`]) - Number(first["first"]) + 1}`,
  };
}

function quote(example: unknown): string {
  if (example === null || example === undefined || example === "") return "nothing";
  const text = String(example);
  if (/^-?[\d.]+(e[+-]?\d+)?$/.test(text)) return text;
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

function emptyFile({ path }: FileStats): Issue {
  return { code: "file_empty", path: basename(path), message: "Expected rows after the header, got none" };
}
