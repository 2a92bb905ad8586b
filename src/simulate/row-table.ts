// Collects simulated rows and writes them out as Parquet through a DuckDB table. Names are kept as numbers until then.
// While DuckDB writes one file, on threads of its own, the rows of the next one are made.
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { type Contract, fleetContract } from "../contract/index.ts";
import { columnTypes, sqlName, sqlText } from "../store/index.ts";
import type { PlannedServer } from "./fleet/plan-fleet.ts";
import type { SimulatedServer } from "./server/simulated-server.ts";

const CHUNK_ROWS = 2048;

/** Collects rows. */
export interface RowTable {
  /** Rows collected for the next file. */
  readonly rows: number;
  /** Adds the last row of a server, the `index`-th of the fleet. */
  add(index: number, timeMs: number, server: SimulatedServer): void;
  /** Begins to write the rows to a Parquet file, in the order in which they came; waits for the file before it. */
  startFile(path: string): Promise<void>;
  /** Waits until the last file is written. */
  finish(): Promise<void>;
}

/** Makes an empty table for the rows of a fleet. */
export async function createRowTable(
  db: DuckDBConnection,
  contract: Contract,
  fleet: readonly PlannedServer[],
): Promise<RowTable> {
  const { DOUBLE, DuckDBDataChunk: Chunk, INTEGER, UTINYINT, VARCHAR } = await import("@duckdb/node-api");
  const metrics = contract.metrics.map(({ name }) => name);
  const types = [INTEGER, DOUBLE, UTINYINT, ...metrics.map(() => DOUBLE), VARCHAR];
  const columns = [
    "server INTEGER",
    "time DOUBLE",
    "state UTINYINT",
    ...metrics.map((name) => `${sqlName(name)} DOUBLE`),
  ];
  await db.run(`CREATE TABLE simulated (${columns.join(", ")}, note VARCHAR)`);
  await db.run(`SET VARIABLE servers = [${fleet.map(({ server }) => sqlText(server)).join(", ")}]`);
  await db.run(`SET VARIABLE profiles = [${fleet.map(({ profile }) => sqlText(profile)).join(", ")}]`);
  await db.run(`SET VARIABLE states = [${fleetContract.state!.values.map(sqlText).join(", ")}]`);
  const appender = await db.createAppender("simulated");

  const values = types.map(() => new Array<number | string | null>(CHUNK_ROWS).fill(null));
  const last = values.length - 1;
  let buffered = 0;
  let rows = 0;
  /** Chunks are used again: their memory lies outside of the heap and would wait for a collection. */
  const spare: DuckDBDataChunk[] = [];
  let chunks: DuckDBDataChunk[] = [];
  let writing: Promise<void> = Promise.resolve();
  const seal = (): void => {
    if (buffered === 0) return;
    const chunk = spare.pop() ?? Chunk.create(types);
    chunk.rowCount = buffered;
    for (const [column, items] of values.entries()) {
      chunk.setColumnValues(column, buffered === CHUNK_ROWS ? items : items.slice(0, buffered));
    }
    chunks.push(chunk);
    buffered = 0;
  };

  const writeFile = async (path: string): Promise<void> => {
    await db.run(`COPY (SELECT ${selectList(contract)} FROM simulated) TO ${sqlText(path)}
      (FORMAT parquet, COMPRESSION zstd)`);
    await db.run("TRUNCATE simulated");
  };

  return {
    get rows() {
      return rows;
    },
    add(index, timeMs, { metrics: row, state, note }) {
      values[0]![buffered] = index;
      values[1]![buffered] = timeMs;
      values[2]![buffered] = state;
      for (let metric = 0; metric < row.length; metric++) values[metric + 3]![buffered] = row[metric]!;
      values[last]![buffered] = note;
      buffered += 1;
      rows += 1;
      if (buffered === CHUNK_ROWS) seal();
    },
    async startFile(path) {
      await writing;
      seal();
      for (const chunk of chunks) {
        appender.appendDataChunk(chunk);
        chunk.reset();
        spare.push(chunk);
      }
      appender.flushSync();
      chunks = [];
      rows = 0;
      writing = writeFile(path);
      writing.catch(() => {}); // whoever waits for it next is told
    },
    async finish() {
      await writing;
    },
  };
}

/** The columns of a data set, in their order, from those of the table. */
function selectList(contract: Contract): string {
  const sources: Record<string, string> = {
    timestamp: `epoch_ms("time"::BIGINT)::TIMESTAMP_MS`,
    server: "getvariable('servers')[server + 1]",
    profile: "getvariable('profiles')[server + 1]",
    state: "getvariable('states')[state::INTEGER + 1]",
    notes: "note",
  };
  return Object.keys(columnTypes(contract))
    .map((name) => `${sources[name] ?? sqlName(name)} AS ${sqlName(name)}`)
    .join(", ");
}
