// Rows of a file, a data set or standard input as JSON lines, a batch at a time.
import { createReadStream, existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { ForewarnError } from "../../base/index.ts";

/**
 * Rows in batches of at most `batchRows`.
 * @param file Path of a CSV, Parquet or NDJSON file or of a data set directory; `-` for NDJSON on standard input.
 * @throws ForewarnError `path_missing`, `file_unreadable`, `column_missing`.
 */
export async function* rowsOf(file: string, batchRows: number): AsyncGenerator<string[]> {
  if (file !== "-" && !existsSync(file)) throw new ForewarnError("path_missing", `${file}: no such file or directory`);
  const isTable = file !== "-" && (statSync(file).isDirectory() || [".csv", ".parquet"].includes(extname(file)));
  let batch: string[] = [];
  for await (const line of isTable ? tableLines(file) : textLines(file)) {
    batch.push(line);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* textLines(file: string): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "") yield line;
  }
}

async function* tableLines(file: string): AsyncGenerator<string> {
  const { duckDbError, openDuckDb, parquetFiles, queryRows, sqlText } = await import("../../store/index.ts");
  const db = await openDuckDb();
  try {
    const files = (statSync(file).isDirectory() ? parquetFiles(join(file, "rows")) : [file]).map(sqlText).join(", ");
    const reader =
      extname(file) === ".csv" ? `read_csv([${files}], types = {'server': 'VARCHAR'})` : `read_parquet([${files}])`;
    const columns = await queryRows(db, `SELECT column_name, column_type FROM (DESCRIBE FROM ${reader})`);
    const time = columns.find((column) => column["column_name"] === "timestamp");
    if (time === undefined || !columns.some((column) => column["column_name"] === "server")) {
      throw new ForewarnError("column_missing", `${file}: Expected the columns timestamp and server`, {
        hint: "rename the columns, or import the file first: forewarn import --map",
      });
    }
    const isTime = String(time["column_type"]).startsWith("TIMESTAMP");
    const source = isTime
      ? `(SELECT * REPLACE (epoch_ms("timestamp") / 1000.0 AS "timestamp") FROM ${reader})`
      : reader;
    const result = await db.stream(`SELECT to_json(source)::VARCHAR FROM ${source} AS source`);
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      const texts = chunk.getColumnVector(0);
      for (let row = 0; row < chunk.rowCount; row++) yield texts.getItem(row) as string;
    }
  } catch (error) {
    throw duckDbError(error, file, "file_unreadable");
  } finally {
    db.closeSync();
  }
}
