// Makes a data set directory: the caller writes Parquet files, this counts, checks and describes them, and the
// directory appears whole or not at all.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError, fileError, publishDirectory, writeFileAtomic } from "../base/index.ts";
import { type Contract, contractHash } from "../contract/index.ts";
import { checkColumns, parquetSource } from "./check-rows.ts";
import { duckDbError, openDuckDb, queryRows, sqlName } from "./duckdb.ts";
import { checkRowInterval, type DataSetMeta, fingerprintFiles, parquetFiles } from "./meta.ts";

/**
 * Creates the data set `directory`. `write` puts `*.parquet` files into the folder it is given, with the columns of
 * {@link columnTypes}, sorted by server and timestamp within each file; `db` is an empty in-memory database that may
 * spill. What it puts into the data set's own folder, such as the truth, is kept too.
 * @param rowIntervalMs Spacing of the rows; must divide the contract's interval.
 * @throws ForewarnError `path_exists`, `interval_mismatch`, `column_missing`, `column_type` or `column_unknown` for
 *   rows that do not follow the contract's columns, `dataset_invalid` for no rows, `disk_full`, `path_not_writable`;
 *   nothing is left behind then.
 */
export async function createDataSet(
  directory: string,
  contract: Contract,
  rowIntervalMs: number,
  createdBy: DataSetMeta["createdBy"],
  write: (rowsDirectory: string, db: DuckDBConnection, dataSetDirectory: string) => Promise<void>,
): Promise<DataSetMeta> {
  checkRowInterval(contract, rowIntervalMs, directory);
  let meta: DataSetMeta | undefined;
  const fill = async (temporary: string): Promise<void> => {
    const rowsDirectory = join(temporary, "rows");
    const spillDirectory = join(temporary, "spill");
    mkdirSync(rowsDirectory);
    const db = await openDuckDb({ spillDirectory });
    try {
      await write(rowsDirectory, db, temporary);
      const files = parquetFiles(rowsDirectory);
      if (files.length === 0) throw new Error(`${directory}: Expected Parquet files in rows/, got none`);
      meta = {
        formatVersion: 1,
        contract,
        contractHash: contractHash(contract),
        rowIntervalMs,
        ...(await summarise(db, files, contract, directory)),
        createdBy,
        fingerprint: fingerprintFiles(files),
      };
    } catch (error) {
      throw duckDbError(error, directory, "dataset_invalid");
    } finally {
      db.closeSync();
    }
    rmSync(spillDirectory, { recursive: true, force: true });
    writeFileAtomic(join(temporary, "dataset.json"), `${JSON.stringify(meta, null, 2)}\n`);
  };
  try {
    await publishDirectory(directory, fill);
  } catch (error) {
    throw fileError(error, directory);
  }
  return meta as DataSetMeta;
}

type Summary = Pick<DataSetMeta, "rows" | "servers" | "startMs" | "endMs">;

async function summarise(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  where: string,
): Promise<Summary> {
  await checkColumns(db, files, contract, where);
  const [summary] = await queryRows(
    db,
    `SELECT count(*) AS rows, count(DISTINCT ${sqlName("server")}) AS servers,
       min(epoch_ms("timestamp")) AS "startMs", max(epoch_ms("timestamp")) AS "endMs" FROM ${parquetSource(files)}`,
  );
  if (summary === undefined || summary["rows"] === 0) {
    throw new ForewarnError("dataset_invalid", `${where}: Expected at least one row, got none`);
  }
  return summary as unknown as Summary;
}
