// The record of every server: what was forecast for it a few leads ahead, tick by tick, in Parquet files.

import type { ForecastRecord } from "../evaluate/index.ts";
import type { AheadRecord } from "../server/index.ts";
import { queryRows, sqlText } from "../store/index.ts";
import type { Breather } from "./breather.ts";
import { joinBytes, type LeadRecord, leadRecord, splitBytes } from "./lead-record.ts";
import { openSpanFiles } from "./span-files.ts";

/** Records of a directory. Times are epoch milliseconds; ranges are [from, to). */
export interface LeadFiles {
  /** Stores what the forecasts of one tick say at a few leads; resolves when it is on stable storage. */
  append(issuedAtMs: number, forecasts: readonly ForecastRecord[], breathe: Breather): Promise<void>;
  /** What was forecast `leadMs` ahead for the instants of a range, oldest first; see {@link AheadRecord}. */
  read(ask: { server: string; leadMs: number; fromMs: number; toMs: number }): Promise<AheadRecord>;
  /** Puts hours together and removes old ones. */
  tidy(nowMs: number, keepMs: number): Promise<void>;
  close(): void;
}

const COLUMNS = `server VARCHAR, issued_at TIMESTAMP_MS, origin TIMESTAMP_MS, interval_ms BIGINT, model_id VARCHAR,
  metrics VARCHAR, lead_steps VARCHAR, levels VARCHAR, quantiles BLOB`;

/** A server's page asks for the dozen rows of one server. */
const GROUP_ROWS = 2048;

/** Opens the directory of a daemon. */
export async function openLeadFiles(directory: string): Promise<LeadFiles> {
  const files = await openSpanFiles(directory, {
    ...{ table: "leads", span: "hour", access: "own", memoryLimit: "256MB" },
    groupRows: GROUP_ROWS,
  });
  const { timestampMillisValue } = await import("@duckdb/node-api");
  return {
    async append(issuedAtMs, forecasts, breathe) {
      if (forecasts.length === 0) return;
      await files.append(issuedAtMs, async (db) => {
        await db.run(`CREATE OR REPLACE TEMP TABLE leads (${COLUMNS})`);
        const appender = await db.createAppender("leads");
        for (const forecast of forecasts) {
          const record = leadRecord(forecast);
          appender.appendVarchar(record.server);
          for (const timeMs of [record.issuedAtMs, record.originMs])
            appender.appendTimestampMilliseconds(timestampMillisValue(BigInt(timeMs)));
          appender.appendBigInt(BigInt(record.intervalMs));
          appender.appendVarchar(record.modelId);
          for (const list of [record.metrics, record.leadSteps, record.levels])
            appender.appendVarchar(JSON.stringify(list));
          appender.appendBlob(splitBytes(record.values));
          appender.endRow();
          await breathe();
        }
        appender.closeSync();
      });
    },
    read({ server, leadMs, fromMs, toMs }) {
      // A forecast begins at its origin, some steps before it is issued at the latest.
      const issued = { fromMs: fromMs - leadMs, toMs };
      return files.read(issued, { leadsMs: [], levels: [], points: [] }, async (db, source) => {
        const rows = await queryRows(
          db,
          `SELECT epoch_ms(issued_at) AS issued, epoch_ms(origin) AS origin, interval_ms::DOUBLE AS interval,
             model_id, metrics, lead_steps, levels, quantiles
           FROM ${source} WHERE server = ${sqlText(server)}
             AND origin >= make_timestamp_ms(${Math.ceil(issued.fromMs)}) AND origin < make_timestamp_ms(${Math.ceil(toMs)})
           QUALIFY row_number() OVER (PARTITION BY origin ORDER BY issued_at) = 1 ORDER BY origin`,
        );
        return aheadRecord(rows.map(recordOf), leadMs, fromMs, toMs);
      });
    },
    tidy: files.tidy,
    close: files.close,
  };
}

type Row = Omit<LeadRecord, "server">;

function recordOf(row: Record<string, unknown>): Row {
  const list = <Item>(name: string): Item[] => JSON.parse(row[name] as string) as Item[];
  return {
    issuedAtMs: row["issued"] as number,
    originMs: row["origin"] as number,
    intervalMs: row["interval"] as number,
    modelId: row["model_id"] as string,
    metrics: list<string>("metrics"),
    leadSteps: list<number>("lead_steps"),
    levels: list<number>("levels"),
    values: joinBytes(row["quantiles"] as Uint8Array),
  };
}

function aheadRecord(rows: readonly Row[], leadMs: number, fromMs: number, toMs: number): AheadRecord {
  const newest = rows.at(-1);
  const points = rows.flatMap((row) => {
    const { issuedAtMs, originMs, intervalMs, modelId, metrics, leadSteps, levels, values } = row;
    const lead = leadSteps.indexOf(leadMs / intervalMs);
    const timeMs = originMs + leadMs - intervalMs;
    if (lead < 0 || timeMs < fromMs || timeMs >= toMs) return [];
    const quantiles = metrics.map((metric, at): [string, number[]] => {
      const first = (at * leadSteps.length + lead) * levels.length;
      return [metric, [...values.subarray(first, first + levels.length)]];
    });
    return [{ timeMs, issuedAtMs, modelId, quantiles: new Map(quantiles) }];
  });
  return {
    leadsMs: newest?.leadSteps.map((steps) => steps * newest.intervalMs) ?? [],
    levels: [...(newest?.levels ?? [])],
    points,
  };
}
