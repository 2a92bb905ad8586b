// Rows as text into columns, each checked against the contract. A bad row is reported and leaves no trace.
import type { ErrorCode } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import type { RowBatch } from "../../store/index.ts";
import {
  type ColumnReader,
  categoryColumn,
  metricColumn,
  serverColumn,
  textColumn,
  timestampColumn,
  unknownColumn,
} from "./row-columns.ts";
import type { RowSpan } from "./split-rows.ts";
import { createTimestampParser } from "./timestamp.ts";

/** Why a row was not stored. */
export interface RowError {
  /** Position in the request, from 0. */
  index: number;
  code: ErrorCode;
  /** The column, or empty for the whole row. */
  path: string;
  message: string;
}

/** The rows of a request. */
export interface ReadRows {
  batch: RowBatch;
  /** Position in the request of every row of the batch. */
  indices: number[];
  errors: RowError[];
}

/** What is taken. */
export interface RowBounds {
  /** Times, epoch milliseconds, both ends included. */
  fromMs: number;
  toMs: number;
  /** Whether the sender may send rows of a server; of every one without. */
  isOwn?: (server: string) => boolean;
}

/** More names than any contract has: such a row is not even built. */
const MOST_NAMES = 10_000;

/** Reads rows; the first fault of a row rejects it. */
export function readRows(contract: Contract, text: string, spans: readonly RowSpan[], bounds: RowBounds): ReadRows {
  const columns = createColumns(contract, spans.length, bounds);
  const indices: number[] = [];
  const errors: RowError[] = [];
  for (const [index, span] of spans.entries()) {
    const row = indices.length;
    const error = readRow(contract, columns, row, parseRow(text, span), span.members);
    if (error === null) indices.push(index);
    else {
      columns.clear(row);
      errors.push({ index, ...error });
    }
  }
  return { batch: columns.batch(indices.length), indices, errors };
}

type RowFault = Omit<RowError, "index">;

function readRow(
  contract: Contract,
  { byName, required }: Columns,
  row: number,
  value: Record<string, unknown> | null,
  members: number,
): RowFault | null {
  if (value === null) return unreadable("Expected one flat JSON object");
  const names = Object.keys(value);
  if (names.length !== members) return unreadable("Expected every name once");
  for (const name of names) {
    const column = byName.get(name);
    const fault = column === undefined ? unknownColumn(name, contract) : column.read(row, value[name]);
    if (fault !== null) return { code: fault.code, path: name.slice(0, 64), message: fault.message };
  }
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing === undefined) return null;
  const code = missing === "server" ? "server_missing" : "column_missing";
  return { code, path: missing, message: "Expected a value, got none" };
}

function parseRow(text: string, { begin, end, members }: RowSpan): Record<string, unknown> | null {
  if (members < 0 || members > MOST_NAMES) return null;
  try {
    return JSON.parse(text.slice(begin, end)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function unreadable(message: string): RowFault {
  return { code: "row_unreadable", path: "", message };
}

interface Columns {
  byName: ReadonlyMap<string, ColumnReader>;
  required: readonly string[];
  /** Makes everything in a row missing again. */
  clear(row: number): void;
  batch(rows: number): RowBatch;
}

function createColumns(contract: Contract, rows: number, bounds: RowBounds): Columns {
  const servers = new Array<string>(rows).fill("");
  const timestampsMs = new Float64Array(rows);
  const texts = (): (string | null)[] => new Array<string | null>(rows).fill(null);
  const labels = contract.labels.map(texts);
  const states = contract.state === null ? null : texts();
  const metrics = contract.metrics.map(() => new Float64Array(rows).fill(Number.NaN));
  const notes = contract.texts.map(texts);
  const readers = [
    timestampColumn(timestampsMs, createTimestampParser(), bounds),
    serverColumn(servers, bounds.isOwn ?? (() => true)),
    ...contract.labels.map((label, index) => categoryColumn(label, labels[index]!)),
    ...(contract.state === null ? [] : [categoryColumn(contract.state, states!)]),
    ...contract.metrics.map((metric, index) => metricColumn(metric, metrics[index]!)),
    ...contract.texts.map((name, index) => textColumn(name, notes[index]!)),
  ];
  return {
    byName: new Map(readers.map((reader) => [reader.name, reader])),
    required: readers.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    clear(row) {
      for (const column of metrics) column[row] = Number.NaN;
      for (const column of [...labels, ...(states === null ? [] : [states]), ...notes]) column[row] = null;
    },
    batch: (count) => ({
      servers: servers.slice(0, count),
      timestampsMs: timestampsMs.subarray(0, count),
      labels: labels.map((column) => column.slice(0, count)),
      states: states?.slice(0, count) ?? null,
      metrics: metrics.map((column) => column.subarray(0, count)),
      texts: notes.map((column) => column.slice(0, count)),
    }),
  };
}
