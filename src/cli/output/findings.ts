// The findings of an import or a validation as text.
import type { Issue } from "../../base/index.ts";
import type { Findings } from "../../ingest/index.ts";
import { renderTable } from "./table.ts";

/** A summary, what a migration changed, the share of missing values, and a table of problems and notes. */
export function findingsText(findings: Findings): string {
  const { files, rows, servers, mergedRows, startMs, endMs } = findings;
  const span = startMs === null || endMs === null ? "" : `, ${toIso(startMs)} to ${toIso(endMs)}`;
  const lines = [
    `read ${rows} rows of ${servers} servers from ${files} file${files === 1 ? "" : "s"}${span}`,
    ...(mergedRows > 0 ? [`aggregated ${mergedRows} rows with another row of their interval`] : []),
    ...findings.migration,
  ];
  return `${lines.join("\n")}\n${missingText(findings)}${issueTable(findings)}`;
}

function missingText({ rows, missingValues }: Findings): string {
  const shares = Object.entries(missingValues)
    .filter(([, count]) => count > 0)
    .map(([metric, count]) => `${metric} ${((100 * count) / rows).toFixed(1)} %`);
  return shares.length === 0 ? "" : `missing values: ${shares.join(", ")}\n`;
}

function issueTable({ problems, notes }: Findings): string {
  if (problems.length + notes.length === 0) return "";
  const cells = (kind: string) => (issue: Issue) => [
    kind,
    issue.code,
    issue.path,
    issue.count === undefined ? "" : String(issue.count),
    issue.first ?? "",
    issue.message,
  ];
  return `\n${renderTable(
    [
      { title: "kind" },
      { title: "code" },
      { title: "column" },
      { title: "count", align: "right" },
      { title: "first" },
      { title: "finding" },
    ],
    [...problems.map(cells("problem")), ...notes.map(cells("note"))],
  )}\n`;
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
