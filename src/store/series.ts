// Reads whole servers from Parquet onto the contract's regular grid, column by column without an object per value.
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { type Contract, intervalMs } from "../contract/index.ts";
import { sqlName, sqlText, visitChunks } from "./duckdb.ts";
import { createMetricGrid } from "./grid.ts";

/** What a data set says about a server without reading its values. */
export interface ServerInfo {
  server: string;
  /** Static labels; the latest value when it changed, null when never given. */
  labels: Record<string, string | null>;
  /** Timestamp of the first and of the last row, epoch milliseconds. */
  startMs: number;
  endMs: number;
  rows: number;
}

/** One server on the contract's regular grid. */
export interface Series {
  server: string;
  labels: Record<string, string | null>;
  /** Start of the first bin, epoch milliseconds; bin number = floor(timestampMs / intervalMs). */
  startMs: number;
  steps: number;
  /** One array `[steps]` per contract metric, in contract order; NaN is missing. Counters are increases per interval. */
  values: Float32Array[];
}

/**
 * Reads the rows of `servers` from `source` (an SQL table expression) onto the grid.
 * @returns One series per server, in the order of `servers`.
 */
export async function readSeries(
  db: DuckDBConnection,
  source: string,
  contract: Contract,
  servers: readonly ServerInfo[],
): Promise<Series[]> {
  if (servers.length === 0) return [];
  const seriesAt = await readGrids(db, source, contract, servers);
  return servers.map((_, index) => seriesAt(index));
}

/** {@link readSeries}, but each series is made when it is asked for: that of many servers takes its time. */
export async function readGrids(
  db: DuckDBConnection,
  source: string,
  contract: Contract,
  servers: readonly ServerInfo[],
): Promise<(index: number) => Series> {
  const interval = intervalMs(contract);
  const layout = layCells(servers, interval);
  const grids = contract.metrics.map((metric) => createMetricGrid(metric.kind, layout.cellCount));
  const chunkRows = 2048;
  const cells = new Int32Array(chunkRows);
  const times = new Float64Array(chunkRows);
  const values = new Float64Array(chunkRows);

  await visitChunks(db, seriesQuery(source, contract, servers), (chunk) => {
    const count = chunk.rowCount;
    readColumn(chunk, 0, cells);
    readColumn(chunk, 1, times);
    for (let row = 0; row < count; row++) cells[row] = layout.shifts[cells[row]!]! + Math.floor(times[row]! / interval);
    for (const [index, grid] of grids.entries()) {
      readColumn(chunk, index + 2, values);
      grid.add(cells, times, values, count);
    }
  });

  return (index) => {
    const info = servers[index]!;
    const begin = layout.offsets[index]!;
    const end = layout.offsets[index + 1]!;
    return {
      server: info.server,
      labels: info.labels,
      startMs: Math.floor(info.startMs / interval) * interval,
      steps: end - begin,
      values: grids.map((grid) => grid.finish(begin, end)),
    };
  };
}

interface CellLayout {
  cellCount: number;
  /** First cell of each server, and `cellCount` at the end. */
  offsets: number[];
  /** What turns a bin number since the epoch into a cell, per server. */
  shifts: Float64Array;
}

function layCells(servers: readonly ServerInfo[], interval: number): CellLayout {
  const offsets = [0];
  const shifts = new Float64Array(servers.length);
  for (const [index, { startMs, endMs }] of servers.entries()) {
    const firstBin = Math.floor(startMs / interval);
    const offset = offsets[index]!;
    shifts[index] = offset - firstBin;
    offsets.push(offset + Math.floor(endMs / interval) - firstBin + 1);
  }
  return { cellCount: offsets.at(-1)!, offsets, shifts };
}

/** Columns: position of the server, epoch milliseconds, the metrics with NaN for NULL. */
function seriesQuery(source: string, contract: Contract, servers: readonly ServerInfo[]): string {
  const metrics = contract.metrics.map(({ name }) => `coalesce(rows.${sqlName(name)}, 'nan'::DOUBLE)`);
  const positions = servers.map(({ server }, index) => `(${sqlText(server)}, ${index}::INTEGER)`);
  return `
    WITH chosen(name, position) AS (VALUES ${positions.join(", ")})
    SELECT chosen.position, epoch_ms(rows."timestamp")::DOUBLE, ${metrics.join(", ")}
    FROM ${source} AS rows JOIN chosen ON rows."server" = chosen.name`;
}

function readColumn(chunk: DuckDBDataChunk, column: number, out: Int32Array | Float64Array): void {
  const vector = chunk.getColumnVector(column);
  for (let row = 0; row < vector.itemCount; row++) out[row] = vector.getItem(row) as number;
}
