// Forecast records as rows of a table and back. Quantiles are one blob of little-endian float32, [targets, steps, levels];
// lists and labels are JSON text. Format 2 adds the time of the newest row that the forecast read, and the format itself.
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError } from "../base/index.ts";
import type { ForecastRecord, RecordedBreach } from "../evaluate/index.ts";
import { queryRows } from "../store/index.ts";
import type { Breather } from "./breather.ts";

/** A record on its way to the disk. */
export interface StoredForecast {
  record: ForecastRecord;
  /** Timestamp of the newest row that it read. */
  dataMs: number;
  /** Whether its quantiles are stored; its probabilities always are. */
  withQuantiles: boolean;
}

/** A record that was stored. */
export interface StoredRecord extends ForecastRecord {
  /** Timestamp of the newest row that it read; in records of format 1 that of the last step before the origin. */
  dataMs: number;
}

const FORMAT = 2;
/** What records of format 1 lack. */
const ADDED = "data_at TIMESTAMP_MS, format_version INTEGER";
const COLUMNS = `server VARCHAR, issued_at TIMESTAMP_MS, origin TIMESTAMP_MS, forecast_id VARCHAR, model_id VARCHAR,
  contract_hash VARCHAR, interval_ms BIGINT, labels VARCHAR, levels VARCHAR, breaches VARCHAR, targets VARCHAR, quantiles BLOB,
  ${ADDED}`;

/** Fills a new temporary table `forecasts` with records. */
export async function stageForecasts(
  db: DuckDBConnection,
  forecasts: readonly StoredForecast[],
  breathe: Breather,
): Promise<void> {
  const { timestampMillisValue } = await import("@duckdb/node-api");
  await db.run(`CREATE OR REPLACE TEMP TABLE forecasts (${COLUMNS})`);
  const appender = await db.createAppender("forecasts");
  const time = (timeMs: number): void => appender.appendTimestampMilliseconds(timestampMillisValue(BigInt(timeMs)));
  for (const { record, dataMs, withQuantiles } of forecasts) {
    appender.appendVarchar(record.server);
    time(record.issuedAtMs);
    time(record.originMs);
    for (const text of [record.forecastId, record.modelId, record.contractHash]) appender.appendVarchar(text);
    appender.appendBigInt(BigInt(record.intervalMs));
    for (const value of [record.labels, record.levels, record.breaches]) appender.appendVarchar(JSON.stringify(value));
    const targets = withQuantiles ? record.targets : [];
    appender.appendVarchar(JSON.stringify(targets.map(({ metric, scale }) => ({ metric, scale: orNull(scale) }))));
    appender.appendBlob(joinQuantiles(targets.map(({ quantiles }) => quantiles)));
    time(dataMs);
    appender.appendInteger(FORMAT);
    appender.endRow();
    await breathe();
  }
  appender.closeSync();
}

/**
 * Reads the records of a table expression, oldest first. A record without stored quantiles has no targets; one that was
 * made again after a restart counts once.
 * @throws ForewarnError `file_unreadable` for a format that is newer than this Forewarn.
 */
export async function readForecasts(
  db: DuckDBConnection,
  source: string,
  condition: string,
  withQuantiles = true,
): Promise<StoredRecord[]> {
  const without = withQuantiles ? "" : ", '[]' AS targets, ''::BLOB AS quantiles";
  const rows = await queryRows(
    db,
    `SELECT * REPLACE (epoch_ms(issued_at) AS issued_at, epoch_ms(origin) AS origin, epoch_ms(data_at) AS data_at${without})
     FROM (FROM (SELECT ${missingColumns()} LIMIT 0) UNION ALL BY NAME FROM ${source}) AS source WHERE ${condition}
     QUALIFY row_number() OVER (PARTITION BY forecast_id ORDER BY source.issued_at) = 1
     ORDER BY source.issued_at, server`,
  );
  return rows.map((row) => {
    const format = (row["format_version"] as number | null) ?? 1;
    if (format > FORMAT) {
      throw new ForewarnError("file_unreadable", `forecasts: Expected records of format ${FORMAT}, got ${format}`, {
        hint: "they were written by a newer Forewarn: install that",
      });
    }
    const [originMs, stepMs] = [row["origin"] as number, row["interval_ms"] as number];
    const text = (name: string): string => row[name] as string;
    const targets = JSON.parse(text("targets")) as { metric: string; scale: number | null }[];
    const values = floatsOf(row["quantiles"] as Uint8Array);
    const size = targets.length === 0 ? 0 : values.length / targets.length;
    return {
      forecastId: text("forecast_id"),
      modelId: text("model_id"),
      contractHash: text("contract_hash"),
      issuedAtMs: row["issued_at"] as number,
      server: text("server"),
      labels: JSON.parse(text("labels")) as Record<string, string>,
      intervalMs: stepMs,
      originMs,
      dataMs: (row["data_at"] as number | null) ?? originMs - stepMs,
      levels: JSON.parse(text("levels")) as number[],
      targets: targets.map(({ metric, scale }, index) => ({
        metric,
        quantiles: values.slice(index * size, (index + 1) * size),
        scale: scale ?? Number.NaN,
      })),
      breaches: JSON.parse(text("breaches")) as RecordedBreach[],
    };
  });
}

/** Nothing under the names of what records of format 1 lack. */
function missingColumns(): string {
  return ADDED.split(", ")
    .map((column) => column.split(" "))
    .map(([name, type]) => `NULL::${type} AS ${name}`)
    .join(", ");
}

function joinQuantiles(arrays: readonly Float32Array[]): Uint8Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return new Uint8Array(joined.buffer);
}

/** Copies, because a view of bytes need not begin where a float may. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** JSON has no NaN. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
