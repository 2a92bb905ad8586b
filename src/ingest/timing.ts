// Checks the staged rows in time: order, repeats, and whether their spacing fits the contract's interval.
import type { DuckDBConnection } from "@duckdb/node-api";
import { formatDuration, type Issue } from "../base/index.ts";
import { queryRows } from "../store/index.ts";

/** The findings about the times of all rows. */
export interface TimingFindings {
  problems: Issue[];
  notes: Issue[];
  rows: number;
  servers: number;
  /** First and last timestamp, epoch milliseconds. */
  startMs: number;
  endMs: number;
  /** Rows that share their bin with an earlier one and are aggregated with it. */
  mergedRows: number;
}

interface ServerTiming {
  server: string;
  rows: number;
  startMs: number;
  endMs: number;
  /** Rows earlier than the row before, the same time as it, and in the same bin as it. */
  disorder: number;
  repeats: number;
  merged: number;
  /** Median time between rows; null for servers without two different times. */
  spacingMs: number | null;
}

/**
 * Rows closer than the interval are aggregated and noted; a server whose median spacing is coarser by more than half
 * refuses the import, because its grid would be mostly holes.
 */
export async function checkTiming(
  db: DuckDBConnection,
  intervalMs: number,
  duplicates: "mean" | "refuse",
): Promise<TimingFindings> {
  const arrived = await serverTimings(db, intervalMs, '"forewarn:position"');
  const disorder = sum(arrived, "disorder");
  const sorted = disorder === 0 ? arrived : await serverTimings(db, intervalMs, '"forewarn:time", "forewarn:position"');
  const findings: TimingFindings = {
    problems: [],
    notes: [],
    rows: sum(sorted, "rows"),
    servers: sorted.length,
    startMs: Math.min(...sorted.map(({ startMs }) => startMs)),
    endMs: Math.max(...sorted.map(({ endMs }) => endMs)),
    mergedRows: sum(sorted, "merged"),
  };
  if (disorder > 0)
    findings.notes.push(countIssue("timestamp_disorder", "earlier than the row before; sorted", arrived, "disorder"));
  if (sum(sorted, "repeats") > 0) {
    const issue = countIssue(
      "timestamp_duplicate",
      "with the time of another row of the same server",
      sorted,
      "repeats",
    );
    (duplicates === "refuse" ? findings.problems : findings.notes).push(issue);
  }
  const coarse = sorted.filter(({ spacingMs }) => (spacingMs ?? 0) > 1.5 * intervalMs);
  if (coarse.length > 0) findings.problems.push(spacingIssue(coarse, intervalMs, "Expected rows every"));
  const fine = sorted.filter(({ spacingMs }) => spacingMs !== null && spacingMs < 0.75 * intervalMs);
  if (fine.length > 0) findings.notes.push(spacingIssue(fine, intervalMs, "aggregated to"));
  return findings;
}

async function serverTimings(db: DuckDBConnection, intervalMs: number, order: string): Promise<ServerTiming[]> {
  const rows = await queryRows(
    db,
    `SELECT "server", count(*) AS "rows", min(time_ms) AS "startMs", max(time_ms) AS "endMs",
       count(*) FILTER (gap < 0) AS "disorder", count(*) FILTER (gap = 0) AS "repeats",
       count(*) FILTER (same_bin) AS "merged", median(gap) FILTER (gap > 0) AS "spacingMs"
     FROM (
       SELECT "server", "forewarn:time" AS time_ms, "forewarn:time" - lag("forewarn:time") OVER arrival AS gap,
         "forewarn:time" // ${intervalMs} = lag("forewarn:time" // ${intervalMs}) OVER arrival AS same_bin
       FROM staged WINDOW arrival AS (PARTITION BY "server" ORDER BY ${order}))
     GROUP BY "server" ORDER BY "server"`,
  );
  return rows as unknown as ServerTiming[];
}

function countIssue(
  code: "timestamp_disorder" | "timestamp_duplicate",
  what: string,
  timings: readonly ServerTiming[],
  key: "disorder" | "repeats",
): Issue {
  const concerned = timings.filter((timing) => timing[key] > 0);
  const count = sum(timings, key);
  return {
    code,
    path: "timestamp",
    message: `${count} rows of ${concerned.length} servers ${what}`,
    count,
    first: `server ${concerned[0]?.server}`,
  };
}

function spacingIssue(timings: readonly ServerTiming[], intervalMs: number, what: string): Issue {
  const first = timings[0]!;
  return {
    code: "interval_mismatch",
    path: "timestamp",
    message: `${what} ${formatDuration(intervalMs)}, got a median of ${formatDuration(Math.round(first.spacingMs ?? 0))}`,
    count: timings.length,
    first: `server ${first.server}`,
  };
}

function sum(timings: readonly ServerTiming[], key: "rows" | "disorder" | "repeats" | "merged"): number {
  return timings.reduce((total, timing) => total + timing[key], 0);
}
