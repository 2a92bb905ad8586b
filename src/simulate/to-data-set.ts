// A simulated fleet as a data set on disk.
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { fleetContract } from "../contract/index.ts";
import { columnTypes, createDataSet, type DataSetMeta, sqlName, sqlText } from "../store/index.ts";
import { type RowChunk, type SimulationOptions, simulateFleet } from "./simulate.ts";

/** Raised when the same options give other rows than before. */
const SIMULATOR_VERSION = 1;
/** Rows per Parquet file, so that a large fleet never lies in memory as a whole. */
const FILE_ROWS = 1_000_000;

/**
 * Simulates a fleet into the new data set `directory`; its metadata holds the options.
 * @throws ForewarnError `usage_invalid`, `path_exists`, `interval_mismatch` if the interval does not divide that of
 *   fleet/4.0, and what `createDataSet` throws.
 */
export async function simulateToDataSet(
  directory: string,
  options: SimulationOptions,
  forewarnVersion: string,
): Promise<DataSetMeta> {
  const createdBy = { tool: "simulate", forewarnVersion, simulatorVersion: SIMULATOR_VERSION, options } as const;
  const chunks = simulateFleet(options);
  const first = chunks.next(); // options out of range are refused before anything is written
  return createDataSet(directory, fleetContract, options.intervalMs, createdBy, async (rowsDirectory, db) => {
    const append = await openTable(db);
    let rows = 0;
    let files = 0;
    const writeFile = async (): Promise<void> => {
      const path = join(rowsDirectory, `part-${String(files++).padStart(4, "0")}.parquet`);
      await db.run(`COPY simulated TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
      await db.run("TRUNCATE simulated");
      rows = 0;
    };
    for (let next = first; next.done !== true; next = chunks.next()) {
      append(next.value);
      rows += next.value.timestampsMs.length;
      if (rows >= FILE_ROWS) await writeFile();
    }
    if (rows > 0) await writeFile();
  });
}

/** Makes the table `simulated` and returns a function that appends a chunk to it. */
async function openTable(db: DuckDBConnection): Promise<(chunk: RowChunk) => void> {
  const { DOUBLE, DuckDBDataChunk, TIMESTAMP_MS, VARCHAR, timestampMillisValue } = await import("@duckdb/node-api");
  const columns = Object.entries(columnTypes(fleetContract));
  await db.run(`CREATE TABLE simulated (${columns.map(([name, type]) => `${sqlName(name)} ${type}`).join(", ")})`);
  const appender = await db.createAppender("simulated");
  const types = columns.map(([, type]) => ({ DOUBLE, TIMESTAMP_MS, VARCHAR })[type]);
  return ({ server, profile, timestampsMs, state, metrics, notes }) => {
    const rows = timestampsMs.length;
    const chunk = DuckDBDataChunk.create(types, rows);
    chunk.setColumns([
      timestampsMs.map((ms) => timestampMillisValue(BigInt(ms))),
      new Array<string>(rows).fill(server),
      new Array<string>(rows).fill(profile),
      state,
      ...metrics,
      notes,
    ]);
    appender.appendDataChunk(chunk);
    appender.flushSync();
  };
}
