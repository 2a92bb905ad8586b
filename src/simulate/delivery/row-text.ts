// A row as text, one line: JSON for feeds and CSV for files, both under the column names of the contract.
import type { Contract } from "../../contract/index.ts";
import { columnTypes } from "../../store/index.ts";
import type { SimulatedServer } from "../server/simulated-server.ts";

/** Writes the last row of a server, stamped with a time, as one line without its line feed. */
export type RowWriter = (timeMs: number, server: SimulatedServer) => string;

/** Rows as JSON objects: timestamp (ISO 8601, UTC), server, labels, state, metrics, and notes if there are any. */
export function createJsonWriter(contract: Contract): RowWriter {
  const metrics = contract.metrics.map(({ name }) => name);
  const states = contract.state!.values;
  return (timeMs, { server, profile, state, metrics: values, note }) => {
    const row: Record<string, string | number> = { timestamp: isoTime(timeMs), server, profile, state: states[state]! };
    for (let i = 0; i < metrics.length; i++) row[metrics[i]!] = values[i]!;
    if (note !== null) row["notes"] = note;
    return JSON.stringify(row);
  };
}

/** Rows as CSV in the order of the contract's columns; what is missing is empty. */
export function createCsvWriter(contract: Contract): { header: string; write: RowWriter } {
  const states = contract.state!.values;
  return {
    header: csvLine(Object.keys(columnTypes(contract))),
    write: (timeMs, { server, profile, state, metrics, note }) =>
      `${isoTime(timeMs)},${server},${profile},${states[state]},${metrics.join(",")},${csvCell(note)}`,
  };
}

/** Cells as one line of CSV by RFC 4180, without its line feed. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return cells.map(csvCell).join(",");
}

/** A time as ISO 8601 in UTC. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
