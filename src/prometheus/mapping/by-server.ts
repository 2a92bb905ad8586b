// Series of an expression, told apart by server. Two of them may share a server, one after the other, as a machine that
// comes back under another port; they may not both have a value at one step.
import { ForewarnError } from "../../base/index.ts";
import type { QueryRange } from "../../promql/index.ts";
import { seriesText } from "../value.ts";
import { emptyColumn, type StepSeries } from "./evaluator.ts";
import type { Mapping } from "./mapping.ts";

/** Puts the series of one expression into one column for each server; NaN is missing. */
export function columnsByServer(
  mapping: Mapping,
  path: string,
  series: readonly StepSeries[],
  range: QueryRange,
): Map<string, Float64Array> {
  const columns = new Map<string, Float64Array>();
  const others = new Map<string, StepSeries[]>();
  for (const one of series) {
    const server = serverOf(mapping, path, one);
    const column = columns.get(server) ?? emptyColumn(range);
    columns.set(server, column);
    const before = others.get(server) ?? [];
    others.set(server, [...before, one]);
    for (let step = 0; step < column.length; step++) {
      const value = one.values[step]!;
      if (Number.isNaN(value)) continue;
      if (!Number.isNaN(column[step]!)) {
        const other = before.find(({ values }) => !Number.isNaN(values[step]!))!;
        throw ambiguous(mapping, path, server, range.startMs + step * range.stepMs, other, one);
      }
      column[step] = value;
    }
  }
  return columns;
}

/**
 * The server that a series belongs to.
 * @throws ForewarnError `server_missing` if it lacks the label, or the pattern finds no name in it.
 */
export function serverOf(mapping: Mapping, path: string, { labels }: StepSeries): string {
  const value = labels[mapping.serverLabel] ?? "";
  const server = mapping.serverPattern.exec(value)?.[1] ?? "";
  if (server !== "") return server;
  const expected = value === "" ? `the label ${mapping.serverLabel}` : `a label that ${mapping.serverPattern} matches`;
  throw new ForewarnError(
    "server_missing",
    `${mapping.name}: ${path}: Expected ${expected} on every series, got ${seriesText(labels)}`,
    { hint: "keep the label in the expression with by (...), or change server in the mapping" },
  );
}

/** Two series of one server at one time. */
export function ambiguous(
  mapping: Mapping,
  path: string,
  server: string,
  timeMs: number,
  one: StepSeries,
  other: StepSeries,
): ForewarnError {
  const both = `${seriesText(one.labels)} and ${seriesText(other.labels)}`;
  return new ForewarnError(
    "server_ambiguous",
    `${mapping.name}: ${path}: Expected one series for server ${JSON.stringify(server)}, ` +
      `got ${both} at ${new Date(timeMs).toISOString()}`,
    {
      hint:
        `aggregate them in the expression, max by (${mapping.serverLabel}) (...), or, if they are different servers, ` +
        "let server.pattern keep what tells them apart",
    },
  );
}
