// Runs every check on a set of files and collects what they find; import and validation both stand on this.
import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError, type Issue } from "../base/index.ts";
import { type Contract, intervalMs, readContract } from "../contract/index.ts";
import { queryRows, sqlName } from "../store/index.ts";
import { defaultMapping } from "./default-mapping.ts";
import { filesWithoutServer, placeFiles } from "./file-places.ts";
import { inspectFiles, type SourceTable } from "./inspect.ts";
import type { Mapping } from "./mapping.ts";
import { readMapping } from "./read-mapping.ts";
import { checkRows } from "./row-checks.ts";
import { stageRows } from "./stage.ts";
import { planTable } from "./table-plan.ts";
import { checkTiming } from "./timing.ts";

/** What to read and against which contract. */
export interface InputOptions {
  /** CSV (plain or gzip) and Parquet files. */
  files: readonly string[];
  /** Path of a mapping document; without one the columns must be canonical or of a historical form. */
  mapping?: string;
  /** Contract name or file; `fleet` when neither this nor the mapping names one. */
  contract?: string;
}

/** Everything that the checks found. */
export interface Findings {
  /** Reasons to refuse the data. */
  problems: Issue[];
  /** Things worth knowing that refuse nothing: rows out of order, repeats, aggregation. */
  notes: Issue[];
  /** What the migration of a historical form changed, in sentences. */
  migration: string[];
  files: number;
  /** Rows in the files. */
  rows: number;
  servers: number;
  /** First and last timestamp, epoch milliseconds; null when no row could be placed. */
  startMs: number | null;
  endMs: number | null;
  /** Rows that are aggregated with an earlier row of their bin. */
  mergedRows: number;
  /** Rows without a value, by metric. */
  missingValues: Record<string, number>;
}

/** Findings before anything was read. */
export function noFindings(files: number): Findings {
  return {
    problems: [],
    notes: [],
    migration: [],
    files,
    rows: 0,
    servers: 0,
    startMs: null,
    endMs: null,
    mergedRows: 0,
    missingValues: {},
  };
}

/** The contract and, if there is one, the mapping that `options` name. */
export function resolveInput(options: InputOptions): { contract: Contract; mapping: Mapping | undefined } {
  if (options.mapping !== undefined) return readMapping(options.mapping, options.contract);
  return { contract: readContract(options.contract ?? "fleet"), mapping: undefined };
}

/**
 * Checks all rows and leaves them in the temporary table `staged` of `db`.
 * @throws ForewarnError for files that cannot be read at all; findings about rows and columns are returned.
 */
export async function checkFiles(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  given: Mapping | undefined,
): Promise<Findings> {
  const paths = files.map((path) => resolve(path));
  const repeated = paths.find((path, index) => paths.indexOf(path) !== index);
  if (repeated !== undefined)
    throw new ForewarnError("usage_invalid", `${repeated}: Expected each file once, got it twice`);

  const tables = await inspectFiles(db, files, given?.csv.delimiter ?? ",");
  const migration = new Set<string>();
  const plans = tables.map((table) => planTable(table, mappingFor(table, given, contract, migration), contract));
  const mapping = plans[0]!.mapping;
  const checked = [];
  for (const plan of plans) checked.push(await checkRows(db, plan));
  const stats = checked.flatMap((table) => table.files).sort((a, b) => paths.indexOf(a.path) - paths.indexOf(b.path));
  const findings: Findings = {
    ...noFindings(files.length),
    problems: mergeIssues([...plans.flatMap(({ issues }) => issues), ...checked.flatMap(({ problems }) => problems)]),
    notes: mergeIssues(checked.flatMap(({ notes }) => notes)),
    migration: [...migration],
    rows: stats.reduce((total, { rows }) => total + rows, 0),
  };
  findings.problems.push(...filesWithoutServer(paths, mapping));
  await stageRows(
    db,
    contract,
    plans.filter(({ isReadable }) => isReadable),
    placeFiles(stats, mapping),
  );
  const timing = await checkTiming(db, intervalMs(contract), mapping.duplicates);
  findings.problems.push(...timing.problems);
  findings.notes.push(...timing.notes);
  if (timing.rows === 0) return findings;
  const { servers, startMs, endMs, mergedRows } = timing;
  return { ...findings, servers, startMs, endMs, mergedRows, missingValues: await countMissing(db, contract) };
}

/** One issue for the same check of the same column in several tables; counts are added, the first place is kept. */
function mergeIssues(issues: readonly Issue[]): Issue[] {
  const merged = new Map<string, Issue>();
  for (const issue of issues) {
    const key = `${issue.code} ${issue.path} ${issue.count === undefined ? issue.message : ""}`;
    const first = merged.get(key);
    if (first === undefined) merged.set(key, { ...issue });
    else if (issue.count !== undefined) first.count = (first.count ?? 0) + issue.count;
  }
  return [...merged.values()];
}

async function countMissing(db: DuckDBConnection, contract: Contract): Promise<Record<string, number>> {
  const counts = contract.metrics.map(({ name }) => `count(*) - count(${sqlName(name)}) AS ${sqlName(name)}`);
  const [row] = await queryRows(db, `SELECT ${counts.join(", ")} FROM staged`);
  return row as Record<string, number>;
}

function mappingFor(
  table: SourceTable,
  given: Mapping | undefined,
  contract: Contract,
  migration: Set<string>,
): Mapping {
  if (given !== undefined) return given;
  const { mapping, messages } = defaultMapping(contract, [...table.columns.keys()]);
  for (const message of messages) migration.add(message);
  return mapping;
}
