// When the operational state of a server changed, from its stored rows.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Contract } from "../../contract/index.ts";
import { queryRows, sqlName, sqlText } from "../duckdb.ts";
import type { StateChange } from "./live-store.ts";
import type { SourceOf } from "./refresh-windows.ts";

/** Newest changes that are read; a server that flaps must not fill the memory. */
const MOST_CHANGES = 1000;

/** Changes of a server over [fromMs, toMs), oldest first; rows without a state count as unchanged. */
export async function readStateChanges(
  db: DuckDBConnection,
  { state }: Contract,
  sourceOf: SourceOf,
  server: string,
  fromMs: number,
  toMs: number,
): Promise<StateChange[]> {
  if (state === null) return [];
  const rows = await queryRows(
    db,
    `SELECT epoch_ms("timestamp") AS time, state, before FROM (
       SELECT "timestamp", ${sqlName(state.name)} AS state, lag(state) OVER (ORDER BY "timestamp") AS before
       FROM ${await sourceOf(fromMs, toMs)} WHERE "server" = ${sqlText(server)} AND state IS NOT NULL
     ) WHERE before <> state ORDER BY "timestamp" DESC LIMIT ${MOST_CHANGES}`,
  );
  return rows
    .map((row) => ({ timeMs: row["time"] as number, from: row["before"] as string, to: row["state"] as string }))
    .reverse();
}
