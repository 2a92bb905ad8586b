// Whether Parquet files hold what a contract says: its columns and types, its category values, its value ranges. Ranges
// are read from the statistics in the files, so that the check costs little beside reading the values.
import type { DuckDBConnection } from "@duckdb/node-api";
import { ForewarnError } from "../base/index.ts";
import type { Contract, Metric } from "../contract/index.ts";
import { columnTypes } from "./columns.ts";
import { queryRows, sqlName, sqlText } from "./duckdb.ts";

/** SQL table expression over Parquet files; `read` is DuckDB's function that reads them. */
export function parquetSource(files: readonly string[], read = "read_parquet"): string {
  return `${read}([${files.map(sqlText).join(", ")}])`;
}

/**
 * Checks the rows in `files` against a contract.
 * @param where Name of the data set, for messages.
 * @throws ForewarnError `column_missing`, `column_type`, `column_unknown`, `category_unknown` or `value_out_of_range`,
 *   naming the column.
 */
export async function checkRows(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  where: string,
): Promise<void> {
  await checkColumns(db, files, contract, where);
  await checkCategories(db, files, contract, where);
  await checkRanges(db, files, contract, where);
}

const hint = "rows and contract do not belong together; import the data again under the contract that it follows";

/** Checks names and types of the columns of `files`; throws as {@link checkRows}. */
export async function checkColumns(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  where: string,
): Promise<void> {
  const described = await queryRows(db, `DESCRIBE FROM ${parquetSource(files)}`);
  const present = new Map(described.map((row) => [row["column_name"] as string, row["column_type"]]));
  const expected = columnTypes(contract);
  for (const [column, type] of Object.entries(expected)) {
    const got = present.get(column);
    if (got === undefined) {
      throw new ForewarnError("column_missing", `${where}: column ${column}: Expected ${type}, got no such column`, {
        hint,
      });
    }
    // A file written with TIMESTAMP_MS may read back as TIMESTAMP.
    if (got !== type && !(type === "TIMESTAMP_MS" && got === "TIMESTAMP")) {
      throw new ForewarnError("column_type", `${where}: column ${column}: Expected ${type}, got ${got}`, { hint });
    }
  }
  for (const column of present.keys()) {
    if (Object.hasOwn(expected, column)) continue;
    const message = `${where}: column ${column}: Expected only columns of the contract ${contract.name}`;
    throw new ForewarnError("column_unknown", message, { hint });
  }
}

async function checkCategories(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  where: string,
): Promise<void> {
  for (const { name, values } of [...contract.labels, ...(contract.state === null ? [] : [contract.state])]) {
    const [unknown] = await queryRows(
      db,
      `SELECT ${sqlName(name)} AS value FROM ${parquetSource(files)}
       WHERE ${sqlName(name)} NOT IN (${values.map(sqlText).join(", ")}) LIMIT 1`,
    );
    if (unknown === undefined) continue;
    const message = `${where}: column ${name}: Expected ${values.join(", ")}, got ${JSON.stringify(unknown["value"])}`;
    throw new ForewarnError("category_unknown", message, { hint });
  }
}

async function checkRanges(
  db: DuckDBConnection,
  files: readonly string[],
  contract: Contract,
  where: string,
): Promise<void> {
  // Like DuckDB's row-group filter this trusts the statistics: a column without them is not checked here.
  const extremes = await queryRows(
    db,
    `SELECT path_in_schema AS name, min(try_cast(stats_min_value AS DOUBLE)) AS lowest,
       max(try_cast(stats_max_value AS DOUBLE)) AS highest
     FROM ${parquetSource(files, "parquet_metadata")} WHERE type = 'DOUBLE' GROUP BY path_in_schema`,
  );
  const byName = new Map(extremes.map((row) => [row["name"] as string, row]));
  for (const metric of contract.metrics) {
    const { lowest, highest } = byName.get(metric.name) ?? {};
    const wrong = [lowest, highest].find((value) => typeof value === "number" && !isAllowed(metric, value));
    if (wrong === undefined) continue;
    const range = `${metric.min ?? "-inf"} to ${metric.max ?? "inf"} ${metric.unit}`;
    const message = `${where}: column ${metric.name}: Expected values from ${range}, got ${wrong}`;
    throw new ForewarnError("value_out_of_range", message, { hint });
  }
}

function isAllowed({ min, max }: Metric, value: number): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}
