// Rows on their way into or out of a live store, column by column, because an object per value is too slow.
import type { Contract } from "../../contract/index.ts";

/** Rows in columns; every column has one entry per row, and the columns stand in the order of the contract. */
export interface RowBatch {
  servers: readonly string[];
  /** Epoch milliseconds, whole numbers. */
  timestampsMs: Float64Array;
  /** One column per contract label; null when not given. */
  labels: readonly (readonly (string | null)[])[];
  /** The operational state; null when the contract has none. */
  states: readonly (string | null)[] | null;
  /** One column per contract metric; NaN when missing. */
  metrics: readonly Float64Array[];
  /** One column per contract text. */
  texts: readonly (readonly (string | null)[])[];
}

/** One row with its values by name; what is left out is missing. */
export interface LiveRow {
  server: string;
  timestampMs: number;
  labels?: Readonly<Record<string, string | null>>;
  state?: string | null;
  metrics: Readonly<Record<string, number>>;
  texts?: Readonly<Record<string, string | null>>;
}

/** Puts rows into columns. */
export function rowBatch(contract: Contract, rows: readonly LiveRow[]): RowBatch {
  return {
    servers: rows.map((row) => row.server),
    timestampsMs: Float64Array.from(rows, (row) => row.timestampMs),
    labels: contract.labels.map(({ name }) => rows.map((row) => row.labels?.[name] ?? null)),
    states: contract.state === null ? null : rows.map((row) => row.state ?? null),
    metrics: contract.metrics.map(({ name }) => Float64Array.from(rows, (row) => row.metrics[name] ?? Number.NaN)),
    texts: contract.texts.map((name) => rows.map((row) => row.texts?.[name] ?? null)),
  };
}

/** Takes rows out of columns; the inverse of {@link rowBatch}, with every missing metric left out. */
export function batchRows(contract: Contract, batch: RowBatch): LiveRow[] {
  const named = <T>(columns: readonly ArrayLike<T>[], names: readonly string[], row: number): Record<string, T> =>
    Object.fromEntries(names.map((name, column) => [name, columns[column]![row]!]));
  const labels = contract.labels.map(({ name }) => name);
  return batch.servers.map((server, row) => ({
    server,
    timestampMs: batch.timestampsMs[row]!,
    labels: named(batch.labels, labels, row),
    state: batch.states?.[row] ?? null,
    metrics: Object.fromEntries(
      contract.metrics
        .map(({ name }, column) => [name, batch.metrics[column]![row]!] as const)
        .filter(([, value]) => !Number.isNaN(value)),
    ),
    texts: named(batch.texts, contract.texts, row),
  }));
}

/** The rows of some servers; the batch itself if that is all of it. */
export function rowsOfServers(batch: RowBatch, isChosen: (server: string) => boolean): RowBatch {
  const chosen = batch.servers.flatMap((server, row) => (isChosen(server) ? [row] : []));
  if (chosen.length === batch.servers.length) return batch;
  const pick = <T>(column: readonly T[]): T[] => chosen.map((row) => column[row]!);
  const pickNumbers = (column: Float64Array): Float64Array => Float64Array.from(chosen, (row) => column[row]!);
  return {
    servers: pick(batch.servers),
    timestampsMs: pickNumbers(batch.timestampsMs),
    labels: batch.labels.map(pick),
    states: batch.states && pick(batch.states),
    metrics: batch.metrics.map(pickNumbers),
    texts: batch.texts.map(pick),
  };
}

/** The columns of texts in file order: labels, state. Texts follow the metrics and stand apart. */
export function categoryColumns(batch: RowBatch): (readonly (string | null)[])[] {
  return batch.states === null ? [...batch.labels] : [...batch.labels, batch.states];
}

/** Puts batches one behind the other. */
export function joinBatches(batches: readonly RowBatch[]): RowBatch {
  const [first] = batches;
  if (batches.length === 1) return first!;
  const joinNumbers = (parts: readonly Float64Array[]): Float64Array => {
    const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  };
  return {
    servers: batches.flatMap((batch) => batch.servers),
    timestampsMs: joinNumbers(batches.map((batch) => batch.timestampsMs)),
    labels: first!.labels.map((_, column) => batches.flatMap((batch) => batch.labels[column]!)),
    states: first!.states === null ? null : batches.flatMap((batch) => batch.states!),
    metrics: first!.metrics.map((_, column) => joinNumbers(batches.map((batch) => batch.metrics[column]!))),
    texts: first!.texts.map((_, column) => batches.flatMap((batch) => batch.texts[column]!)),
  };
}

/** Times lie in [0, END_MS): from 1970 to the end of the year 9999, so that every day has a plain name. */
export const END_MS = 253_402_300_800_000;

/** Throws an Error when a batch breaks what its maker must have checked: lengths, whole times, finite values. */
export function assertBatch(contract: Contract, batch: RowBatch): void {
  const rows = batch.servers.length;
  const categories = contract.labels.length + (contract.state === null ? 0 : 1);
  const columns = [batch.timestampsMs, ...categoryColumns(batch), ...batch.metrics, ...batch.texts];
  const width = 1 + categories + contract.metrics.length + contract.texts.length;
  if (columns.length !== width || columns.some((column) => column.length !== rows)) {
    throw new Error(`row batch: Expected ${width} columns of ${rows} rows`);
  }
  for (let row = 0; row < rows; row++) {
    const time = batch.timestampsMs[row]!;
    if (batch.servers[row] === "" || !Number.isInteger(time) || time < 0 || time >= END_MS) {
      throw new Error(`row batch: row ${row}: Expected a server and a time in whole milliseconds, got ${time}`);
    }
  }
  for (const [column, values] of batch.metrics.entries()) {
    if (values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)) {
      throw new Error(`row batch: metric ${contract.metrics[column]!.name}: Expected finite values or NaN`);
    }
  }
}

/** Whether two rows hold the same labels, state, values and texts. */
export function sameRow(batch: RowBatch, a: number, b: number): boolean {
  const equal = (column: readonly (string | null)[]): boolean => column[a] === column[b];
  return (
    batch.metrics.every((values) => values[a] === values[b] || (Number.isNaN(values[a]) && Number.isNaN(values[b]))) &&
    categoryColumns(batch).every(equal) &&
    batch.texts.every(equal)
  );
}
