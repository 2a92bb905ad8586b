// Brings a row batch into a table of the database, and a chunk of a result back into a row batch.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue, DuckDBVector } from "@duckdb/node-api";
import type { Contract } from "../../contract/index.ts";
import { columnDefinitions } from "./database.ts";
import { categoryColumns, type RowBatch } from "./row-batch.ts";

const CHUNK_ROWS = 2048;

/** Makes the temporary table `staging`: the rows of a batch with their position as column `position`. */
export async function stageRows(db: DuckDBConnection, contract: Contract, batch: RowBatch): Promise<void> {
  await db.run(`CREATE OR REPLACE TEMP TABLE staging (position INTEGER, ${columnDefinitions(contract)})`);
  await append(db, "staging", batch, true);
}

/** Adds the rows of a batch to the stored ones, in the transaction that runs. */
export async function appendRows(db: DuckDBConnection, batch: RowBatch): Promise<void> {
  await append(db, "rows", batch, false);
}

async function append(db: DuckDBConnection, table: string, batch: RowBatch, withPosition: boolean): Promise<void> {
  const { DOUBLE, DuckDBDataChunk, INTEGER, TIMESTAMP_MS, VARCHAR, timestampMillisValue } = await import(
    "@duckdb/node-api"
  );
  const categories = categoryColumns(batch);
  const types: DuckDBType[] = [TIMESTAMP_MS, VARCHAR, ...categories.map(() => VARCHAR)];
  types.push(...batch.metrics.map(() => DOUBLE), ...batch.texts.map(() => VARCHAR));
  if (withPosition) types.unshift(INTEGER);
  const metricValue = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const appender = await db.createAppender(table);
  for (let first = 0; first < batch.servers.length; first += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, batch.servers.length - first);
    const chunk = DuckDBDataChunk.create(types, count);
    let column = 0;
    const set = (value: (row: number) => DuckDBValue): void => {
      const vector = chunk.getColumnVector(column++) as DuckDBVector & { setItem(i: number, v: DuckDBValue): void };
      for (let i = 0; i < count; i++) vector.setItem(i, value(first + i));
      vector.flush();
    };
    if (withPosition) set((row) => row);
    set((row) => timestampMillisValue(BigInt(batch.timestampsMs[row]!)));
    for (const texts of [batch.servers, ...categories]) set((row) => texts[row]!);
    for (const values of batch.metrics) set((row) => metricValue(values[row]!));
    for (const texts of batch.texts) set((row) => texts[row]!);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** Reads a chunk with the columns of a row in file order. */
export function readBatch(contract: Contract, chunk: DuckDBDataChunk): RowBatch {
  const count = chunk.rowCount;
  let column = 0;
  const texts = (): (string | null)[] => {
    const vector = chunk.getColumnVector(column++);
    return Array.from({ length: count }, (_, row) => vector.getItem(row) as string | null);
  };
  const numbers = (number: (value: DuckDBValue) => number): Float64Array => {
    const vector = chunk.getColumnVector(column++);
    return Float64Array.from({ length: count }, (_, row) => number(vector.getItem(row)));
  };
  const timestampsMs = numbers((value) => Number((value as { millis: bigint }).millis));
  return {
    timestampsMs,
    servers: texts() as string[],
    labels: contract.labels.map(texts),
    states: contract.state === null ? null : texts(),
    metrics: contract.metrics.map(() => numbers((value) => (value === null ? Number.NaN : (value as number)))),
    texts: contract.texts.map(texts),
  };
}
