// Rows in columns to a Parquet file of a data set, while the data set is being made.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Contract } from "../contract/index.ts";
import { columnTypes } from "./columns.ts";
import { sqlName, sqlText } from "./duckdb.ts";
import { assertBatch, type RowBatch } from "./live/row-batch.ts";
import { stageRows } from "./live/stage-rows.ts";

/**
 * Writes a batch to the new Parquet file `path`, sorted by server and time.
 * @param db The database that `createDataSet` gives to its writer.
 */
export async function writeBatch(
  db: DuckDBConnection,
  contract: Contract,
  batch: RowBatch,
  path: string,
): Promise<void> {
  assertBatch(contract, batch);
  await stageRows(db, contract, batch);
  const columns = Object.keys(columnTypes(contract)).map(sqlName).join(", ");
  await db.run(`COPY (SELECT ${columns} FROM staging ORDER BY "server", "timestamp") TO ${sqlText(path)}
    (FORMAT parquet, COMPRESSION zstd)`);
  await db.run("DROP TABLE staging");
}
