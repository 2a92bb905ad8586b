// truth.parquet: what really happened to the servers of a data set, when its maker knows. It lies beside the rows, never
// among them: models are judged by it and never read it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { duckDbError, openDuckDb, queryRows, sqlText } from "./duckdb.ts";

/** How an incident ended: what came of it by the rules of the contract, or why nothing did. */
export const INCIDENT_OUTCOMES = ["breached", "recovered", "repaired", "unbreached", "open"] as const;

/** One incident of one server. Times are epoch milliseconds. */
export interface IncidentTruth {
  incidentId: string;
  kind: string;
  server: string;
  /** Breach rule of the contract that it presses on; null when the server goes down instead. */
  rule: string | null;
  /** Whether the metrics announce it. */
  foreseeable: boolean;
  /**
   * `breached`; a near miss that `recovered`; `repaired` by an operator in time; `unbreached` when it was meant to breach
   * and the values did not; `open` at the end of the data.
   */
  outcome: (typeof INCIDENT_OUTCOMES)[number];
  /** First sign of it; null when it has no beginning of its own. */
  precursorStartMs: number | null;
  /** First and last moment of the breach by the contract's rule, or of the time without rows; null without a breach. */
  breachStartMs: number | null;
  breachEndMs: number | null;
  cause: string;
  /** The incident that this one followed from. */
  parentId: string | null;
}

const FILE = "truth.parquet";

/** Writes the truth of a data set into its directory, sorted as given. */
export async function writeTruth(
  db: DuckDBConnection,
  directory: string,
  incidents: readonly IncidentTruth[],
): Promise<void> {
  await db.run(`CREATE TABLE truth (incident_id VARCHAR, kind VARCHAR, server VARCHAR, rule VARCHAR, foreseeable BOOLEAN,
    outcome VARCHAR, precursor_start TIMESTAMP_MS, breach_start TIMESTAMP_MS, breach_end TIMESTAMP_MS, cause VARCHAR,
    parent_id VARCHAR)`);
  const { timestampMillisValue } = await import("@duckdb/node-api");
  const appender = await db.createAppender("truth");
  const text = (value: string | null): void => (value === null ? appender.appendNull() : appender.appendVarchar(value));
  const time = (ms: number | null): void =>
    ms === null
      ? appender.appendNull()
      : appender.appendTimestampMilliseconds(timestampMillisValue(BigInt(Math.round(ms))));
  for (const incident of incidents) {
    text(incident.incidentId);
    text(incident.kind);
    text(incident.server);
    text(incident.rule);
    appender.appendBoolean(incident.foreseeable);
    text(incident.outcome);
    time(incident.precursorStartMs);
    time(incident.breachStartMs);
    time(incident.breachEndMs);
    text(incident.cause);
    text(incident.parentId);
    appender.endRow();
  }
  appender.closeSync();
  await db.run(`COPY truth TO ${sqlText(join(directory, FILE))} (FORMAT parquet, COMPRESSION zstd)`);
}

/**
 * Reads the truth of a data set.
 * @returns Null when the data set has none.
 * @throws ForewarnError `dataset_invalid` when the file is damaged.
 */
export async function readTruth(directory: string): Promise<IncidentTruth[] | null> {
  const path = join(directory, FILE);
  if (!existsSync(path)) return null;
  const db = await openDuckDb();
  try {
    const rows = await queryRows(
      db,
      `SELECT incident_id AS "incidentId", kind, server, rule, foreseeable, outcome,
         epoch_ms(precursor_start) AS "precursorStartMs", epoch_ms(breach_start) AS "breachStartMs",
         epoch_ms(breach_end) AS "breachEndMs", cause, parent_id AS "parentId"
       FROM read_parquet(${sqlText(path)})`,
    );
    return rows as unknown as IncidentTruth[];
  } catch (error) {
    throw duckDbError(error, path, "dataset_invalid");
  } finally {
    db.closeSync();
  }
}
