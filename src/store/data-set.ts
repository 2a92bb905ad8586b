// An opened data set: its description, its servers, and their series.
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError } from "../base/index.ts";
import { checkRows, parquetSource } from "./check-rows.ts";
import { duckDbError, openDuckDb, queryRows, sqlName } from "./duckdb.ts";
import { type DataSetMeta, parquetFiles, readMeta } from "./meta.ts";
import { readSeries, type Series, type ServerInfo } from "./series.ts";

/** A data set open for reading. Calls may overlap; they are answered one after the other. */
export interface DataSet {
  readonly directory: string;
  readonly meta: DataSetMeta;
  /**
   * All servers, sorted by name. The first call checks the rows against the contract.
   * @throws ForewarnError `column_missing`, `column_type`, `column_unknown`, `category_unknown` or
   *   `value_out_of_range` when the rows do not follow the contract, `dataset_invalid` for damaged files.
   */
  servers(): Promise<ServerInfo[]>;
  /**
   * Reads servers onto the contract's regular grid, in the order asked for; all of them, by name, without `servers`.
   * Memory: about 20 bytes per cell (server x bin x metric) while reading, 4 afterwards.
   * @throws ForewarnError `server_unknown` for a server without rows; what {@link DataSet.servers} throws.
   */
  readSeries(servers?: readonly string[]): Promise<Series[]>;
  /** Frees the database; safe to call twice. */
  close(): void;
}

/**
 * Opens the data set `directory`.
 * @throws ForewarnError `path_missing` or `dataset_invalid`; `interval_mismatch` when its rows do not fit the grid.
 */
export async function openDataSet(directory: string): Promise<DataSet> {
  const meta = readMeta(directory);
  const files = parquetFiles(join(directory, "rows"));
  if (files.length === 0) {
    throw new ForewarnError("dataset_invalid", `${directory}: Expected Parquet files in rows/, got none`);
  }
  const source = parquetSource(files);
  const db = await openDuckDb();
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  let infos: Promise<ServerInfo[]> | undefined;

  // One connection serves one streamed result at a time, so each call waits for the one before.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work).catch((error: unknown) => {
      throw duckDbError(error, directory, "dataset_invalid");
    });
    turn = result.catch(() => undefined);
    return result;
  };
  const servers = (): Promise<ServerInfo[]> => {
    infos ??= inTurn(async () => {
      await checkRows(db, files, meta.contract, directory);
      return readServers(db, source, meta);
    });
    return infos;
  };

  return {
    directory,
    meta,
    servers,
    async readSeries(names) {
      const all = await servers();
      const chosen = names === undefined ? all : chooseServers(all, names, directory);
      return inTurn(() => readSeries(db, source, meta.contract, chosen));
    },
    close() {
      if (!closed) db.closeSync();
      closed = true;
    },
  };
}

async function readServers(db: DuckDBConnection, source: string, meta: DataSetMeta): Promise<ServerInfo[]> {
  const names = meta.contract.labels.map((label) => label.name);
  const labels = names.map((name) => `arg_max(${sqlName(name)}, "timestamp") AS ${sqlName(`label ${name}`)}`);
  const rows = await queryRows(
    db,
    `SELECT ${['"server"', ...labels].join(", ")}, min(epoch_ms("timestamp")) AS "startMs",
       max(epoch_ms("timestamp")) AS "endMs", count(*) AS "rows"
     FROM ${source} GROUP BY "server" ORDER BY "server"`,
  );
  return rows.map((row) => ({
    server: row["server"] as string,
    labels: Object.fromEntries(names.map((name) => [name, row[`label ${name}`] as string | null])),
    startMs: row["startMs"] as number,
    endMs: row["endMs"] as number,
    rows: row["rows"] as number,
  }));
}

function chooseServers(all: readonly ServerInfo[], names: readonly string[], where: string): ServerInfo[] {
  const byName = new Map(all.map((info) => [info.server, info]));
  return names.map((name) => {
    const info = byName.get(name);
    if (info !== undefined) return info;
    const known = all.slice(0, 3).map(({ server }) => server);
    throw new ForewarnError(
      "server_unknown",
      `${where}: Expected a server of this data set, got ${JSON.stringify(name)}`,
      {
        hint: `it has ${all.length} servers: ${known.join(", ")}${all.length > 3 ? ", ..." : ""}`,
      },
    );
  });
}
