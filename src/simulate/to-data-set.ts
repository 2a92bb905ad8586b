// A simulated fleet as a data set on disk: one Parquet file a day (more for a large fleet), and the truth beside it.
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Contract } from "../contract/index.ts";
import { createDataSet, type DataSetMeta, writeTruth } from "../store/index.ts";
import { createFleet, type SimulatedFleet } from "./create-fleet.ts";
import { skewMsOf } from "./delivery/clock-skew.ts";
import { checkOptions, contractFor, fleetOptionsOf, type SimulationOptions } from "./options.ts";
import { DAY_MS } from "./random.ts";
import { createRowTable } from "./row-table.ts";
import { createTruthRecorder } from "./truth/truth-recorder.ts";

/** Raised when the same options give other rows than before. */
export const SIMULATOR_VERSION = 2;
/** Rows per Parquet file at most, so that a large fleet never lies in memory as a whole. */
const FILE_ROWS = 120_000;

/**
 * Simulates a fleet into the new data set `directory`; its metadata holds the options, `truth.parquet` what happened.
 * @throws ForewarnError `usage_invalid` and `interval_mismatch` for options out of range, `path_exists`, and what
 *   `createDataSet` throws.
 */
export async function simulateToDataSet(
  directory: string,
  options: SimulationOptions,
  forewarnVersion: string,
): Promise<DataSetMeta> {
  const steps = checkOptions(options);
  const { intervalMs, clockSkewMs = 0 } = options;
  const fleetOptions = fleetOptionsOf(options);
  const { startMs } = fleetOptions;
  const contract = contractFor(intervalMs);
  const createdBy = { tool: "simulate", forewarnVersion, simulatorVersion: SIMULATOR_VERSION, options } as const;
  return createDataSet(directory, contract, intervalMs, createdBy, async (rowsDirectory, db, dataSetDirectory) => {
    const fleet = createFleet(fleetOptions);
    const recorders = fleet.servers.map((server) => createTruthRecorder(server, contract));
    const endMs = startMs + steps * intervalMs;
    await writeRows(rowsDirectory, db, contract, fleet, { startMs, endMs, intervalMs, clockSkewMs }, (index, ...step) =>
      recorders[index]!.observe(...step),
    );
    const truth = recorders.flatMap((recorder) => recorder.finish(endMs));
    await writeTruth(db, dataSetDirectory, truth);
  });
}

interface Grid {
  startMs: number;
  endMs: number;
  intervalMs: number;
  clockSkewMs: number;
}

async function writeRows(
  rowsDirectory: string,
  db: DuckDBConnection,
  contract: Contract,
  { servers }: SimulatedFleet,
  { startMs, endMs, intervalMs, clockSkewMs }: Grid,
  observe: (index: number, timeMs: number, arrived: boolean) => void,
): Promise<void> {
  const table = await createRowTable(db, contract, servers);
  for (let dayMs = startMs; dayMs < endMs; dayMs = Math.min(nextMidnight(dayMs), endMs)) {
    const dayEndMs = Math.min(nextMidnight(dayMs), endMs);
    const date = new Date(dayMs).toISOString().slice(0, 10);
    let part = 0;
    const startFile = () => table.startFile(join(rowsDirectory, `${date}-${String(part++).padStart(3, "0")}.parquet`));
    const firstMs = startMs + Math.ceil((dayMs - startMs) / intervalMs) * intervalMs;
    for (const [index, server] of servers.entries()) {
      const skewMs = skewMsOf(server.personality, clockSkewMs);
      for (let timeMs = firstMs; timeMs < dayEndMs; timeMs += intervalMs) {
        const arrived = server.step(timeMs);
        observe(index, timeMs, arrived);
        if (arrived) table.add(index, timeMs + skewMs, server);
      }
      if (table.rows >= FILE_ROWS) await startFile();
    }
    if (table.rows > 0) await startFile();
  }
  await table.finish();
}

function nextMidnight(timeMs: number): number {
  return (Math.floor(timeMs / DAY_MS) + 1) * DAY_MS;
}
