// Forecasts as a Parquet file: the flat rows of forecast-rows.ts, written by DuckDB.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openDuckDb, sqlName, sqlText } from "../../store/index.ts";
import type { ServedForecast } from "../services.ts";
import type { ForecastSelection } from "./forecast-json.ts";
import { rowColumns, visitRows } from "./forecast-rows.ts";

/** Media type of Parquet. */
export const PARQUET_TYPE = "application/vnd.apache.parquet";

const TEXT_COLUMNS = ["server", "metric", "modelId", "contractHash", "forecastId"];

/** The bytes of the file; `time` and `issuedAt` are epoch milliseconds. */
export async function forecastParquet(
  items: readonly ServedForecast[],
  levels: readonly number[],
  selection: ForecastSelection,
  nowMs: number,
): Promise<Buffer> {
  const columns = rowColumns(levels);
  const isText = columns.map((name) => TEXT_COLUMNS.includes(name));
  const directory = await mkdtemp(join(tmpdir(), "forewarn-parquet-"));
  const db = await openDuckDb();
  try {
    const types = columns.map((name, at) => `${sqlName(name)} ${isText[at] ? "VARCHAR" : "DOUBLE"}`);
    await db.run(`CREATE TABLE forecasts (${types.join(", ")})`);
    const appender = await db.createAppender("forecasts");
    for (const served of items) {
      visitRows(served, levels, selection, nowMs, (cells) => {
        for (const cell of cells) {
          if (typeof cell === "string") appender.appendVarchar(cell);
          else appender.appendDouble(cell);
        }
        appender.endRow();
      });
      // Thousands of rows a server: others want their turn.
      await setImmediate();
    }
    appender.closeSync();
    const path = join(directory, "forecasts.parquet");
    await db.run(`COPY forecasts TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
    return await readFile(path);
  } finally {
    db.closeSync();
    await rm(directory, { recursive: true });
  }
}
