// Forecast records as rows of a table and back. Quantiles are one blob of little-endian float32, [targets, steps, levels];
// lists and labels are JSON text.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ForecastRecord, RecordedBreach } from "../evaluate/index.ts";
import { queryRows } from "../store/index.ts";
import type { Breather } from "./breather.ts";

/** A record on its way to the disk. */
export interface StoredForecast {
  record: ForecastRecord;
  /** Whether its quantiles are stored; its probabilities always are. */
  withQuantiles: boolean;
}

const COLUMNS = `server VARCHAR, issued_at TIMESTAMP_MS, origin TIMESTAMP_MS, forecast_id VARCHAR, model_id VARCHAR,
  contract_hash VARCHAR, interval_ms BIGINT, labels VARCHAR, levels VARCHAR, breaches VARCHAR, targets VARCHAR, quantiles BLOB`;

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
  for (const { record, withQuantiles } of forecasts) {
    appender.appendVarchar(record.server);
    time(record.issuedAtMs);
    time(record.originMs);
    for (const text of [record.forecastId, record.modelId, record.contractHash]) appender.appendVarchar(text);
    appender.appendBigInt(BigInt(record.intervalMs));
    for (const value of [record.labels, record.levels, record.breaches]) appender.appendVarchar(JSON.stringify(value));
    const targets = withQuantiles ? record.targets : [];
    appender.appendVarchar(JSON.stringify(targets.map(({ metric, scale }) => ({ metric, scale: orNull(scale) }))));
    appender.appendBlob(joinQuantiles(targets.map(({ quantiles }) => quantiles)));
    appender.endRow();
    await breathe();
  }
  appender.closeSync();
}

/**
 * Reads the records of a table expression, oldest first. A record without stored quantiles has no targets; one that was
 * made again after a restart counts once.
 */
export async function readForecasts(
  db: DuckDBConnection,
  source: string,
  condition: string,
  withQuantiles = true,
): Promise<ForecastRecord[]> {
  const without = withQuantiles ? "" : ", '[]' AS targets, ''::BLOB AS quantiles";
  const rows = await queryRows(
    db,
    `SELECT * REPLACE (epoch_ms(issued_at) AS issued_at, epoch_ms(origin) AS origin${without})
     FROM ${source} AS source WHERE ${condition}
     QUALIFY row_number() OVER (PARTITION BY forecast_id ORDER BY source.issued_at) = 1
     ORDER BY source.issued_at, server`,
  );
  return rows.map((row) => {
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
      intervalMs: row["interval_ms"] as number,
      originMs: row["origin"] as number,
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
