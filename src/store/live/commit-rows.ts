// One transaction: finds out which rows of several writes are new, and stores those. Keys are looked up instead of kept in
// an index, and not even that when the rows are the newest of their servers; the caller lets one commit run at a time, so
// nothing can come between the look-up and the insertion.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Contract } from "../../contract/index.ts";
import { columnTypes } from "../columns.ts";
import { queryRows, sqlName } from "../duckdb.ts";
import type { WriteResult } from "./live-store.ts";
import { type RowBatch, sameRow } from "./row-batch.ts";
import { columnList } from "./row-source.ts";
import { appendRows, stageRows } from "./stage-rows.ts";

/** What became of one row. */
export type RowOutcome = "accepted" | "duplicate" | "conflict" | "too_many_servers";

/**
 * Stores the rows of `batch` that are new and for which `admit` is true, the first of each server and timestamp.
 * @param source SQL expression for the stored rows of the batch's range of time.
 * @returns What became of each row; nothing is stored when it throws.
 */
export async function commitRows(
  db: DuckDBConnection,
  contract: Contract,
  batch: RowBatch,
  source: string,
  admit: (server: string) => boolean,
): Promise<RowOutcome[]> {
  return inTransaction(db, async () => {
    await stageRows(db, contract, batch);
    const stored = await storedRows(db, contract, source);
    const outcomes = judge(batch, stored, admit);
    const dropped = outcomes.flatMap((outcome, position) => (outcome === "accepted" ? [] : [position]));
    if (dropped.length < outcomes.length) {
      if (dropped.length > 0) await db.run(`DELETE FROM staging WHERE position IN (${dropped.join(", ")})`);
      await db.run(`INSERT INTO rows SELECT ${columnList(contract)} FROM staging ORDER BY position`);
    }
    return outcomes;
  });
}

/** {@link commitRows} for a batch whose rows are all known to be new: in about half of the time. */
export async function commitNewRows(db: DuckDBConnection, batch: RowBatch): Promise<RowOutcome[]> {
  await inTransaction(db, () => appendRows(db, batch));
  return batch.servers.map(() => "accepted");
}

async function inTransaction<Result>(db: DuckDBConnection, work: () => Promise<Result>): Promise<Result> {
  await db.run("BEGIN");
  try {
    const result = await work();
    await db.run("COMMIT");
    return result;
  } catch (error) {
    // The transaction is gone already when the commit itself failed.
    await db.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Splits outcomes by the writes that they belong to. */
export function splitOutcomes(outcomes: readonly RowOutcome[], batches: readonly RowBatch[]): WriteResult[] {
  let offset = 0;
  return batches.map((batch) => {
    const result: WriteResult = { accepted: 0, duplicates: 0, conflicts: [], rejected: [] };
    for (let index = 0; index < batch.servers.length; index++) {
      const outcome = outcomes[offset + index]!;
      if (outcome === "accepted") result.accepted++;
      else if (outcome === "duplicate") result.duplicates++;
      else if (outcome === "conflict") result.conflicts.push({ index });
      else result.rejected.push({ index, reason: outcome });
    }
    offset += batch.servers.length;
    return result;
  });
}

/** By position of a staged row whose key is stored: whether the stored row holds the same. */
async function storedRows(db: DuckDBConnection, contract: Contract, source: string): Promise<Map<number, boolean>> {
  const same = Object.keys(columnTypes(contract))
    .map((name) => `staging.${sqlName(name)} IS NOT DISTINCT FROM stored.${sqlName(name)}`)
    .join(" AND ");
  const rows = await queryRows(
    db,
    `SELECT position, ${same} AS same FROM staging JOIN ${source} AS stored
       ON staging."server" = stored."server" AND staging."timestamp" = stored."timestamp"`,
  );
  return new Map(rows.map((row) => [row["position"] as number, row["same"] as boolean]));
}

function judge(
  batch: RowBatch,
  stored: ReadonlyMap<number, boolean>,
  admit: (server: string) => boolean,
): RowOutcome[] {
  const firsts = new Map<string, number>();
  return batch.servers.map((server, row) => {
    const same = stored.get(row);
    if (same !== undefined) return same ? "duplicate" : "conflict";
    if (!admit(server)) return "too_many_servers";
    const key = `${batch.timestampsMs[row]} ${server}`;
    const first = firsts.get(key);
    if (first !== undefined) return sameRow(batch, first, row) ? "duplicate" : "conflict";
    firsts.set(key, row);
    return "accepted";
  });
}
