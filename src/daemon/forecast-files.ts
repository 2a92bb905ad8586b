// The forecasts that were served, in Parquet: one file a tick, and one a day once the day is over.
import { sqlText } from "../store/index.ts";
import type { Breather } from "./breather.ts";
import { readForecasts, type StoredForecast, type StoredRecord, stageForecasts } from "./forecast-columns.ts";
import { openSpanFiles, type SpanFiles } from "./span-files.ts";

/** Stored forecasts of a directory. Times are those of issue, epoch milliseconds; ranges are [from, to). */
export interface ForecastFiles {
  /** Stores the forecasts of one tick; resolves when they are on stable storage. */
  append(issuedAtMs: number, forecasts: readonly StoredForecast[], breathe: Breather): Promise<void>;
  /** Stored records, oldest first; of one server, of some, or of all. */
  read(range: {
    server?: string;
    servers?: readonly string[];
    fromMs: number;
    toMs: number;
    /** Quantiles are large: `only` reads the records that have them, `without` leaves them out of all. */
    quantiles?: "with" | "only" | "without";
  }): Promise<StoredRecord[]>;
  /** Any other query over the files of a range, with the columns of {@link stageForecasts}. */
  query: SpanFiles["read"];
  /** Puts the ticks of every day that was over at `nowMs` into one file, and removes days older than `keepMs`. */
  tidy(nowMs: number, keepMs: number): Promise<void>;
  close(): void;
}

/** More of them at a time would take more memory than there is when the day of a large fleet is put together. */
const GROUP_ROWS = 4096;

/**
 * Opens the directory.
 * @param access own: makes it if needed and clears up what a killed process left half-written. read: beside a daemon.
 */
export async function openForecastFiles(directory: string, access: "own" | "read" = "own"): Promise<ForecastFiles> {
  const files = await openSpanFiles(directory, {
    ...{ table: "forecasts", span: "day", access, memoryLimit: "512MB" },
    groupRows: GROUP_ROWS,
  });
  return {
    async append(issuedAtMs, forecasts, breathe) {
      if (forecasts.length > 0) await files.append(issuedAtMs, (db) => stageForecasts(db, forecasts, breathe));
    },
    read({ server, servers, quantiles = "with", ...range }) {
      const conditions = [
        `source.issued_at >= make_timestamp_ms(${range.fromMs})`,
        `source.issued_at < make_timestamp_ms(${range.toMs})`,
        ...(server === undefined ? [] : [`server = ${sqlText(server)}`]),
        ...(servers === undefined ? [] : [`server IN (${servers.map(sqlText).join(", ")})`]),
        ...(quantiles === "only" ? ["targets <> '[]'"] : []),
      ];
      return files.read(range, [], (db, source) =>
        readForecasts(db, source, conditions.join(" AND "), quantiles !== "without"),
      );
    },
    query: files.read,
    tidy: files.tidy,
    close: files.close,
  };
}
