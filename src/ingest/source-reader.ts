// SQL that reads numbers and texts from source columns, whatever their type in the file.
import { sqlName, sqlText } from "../store/index.ts";

/** Reads numbers and texts from source columns of the given DuckDB types. */
export interface SourceReader {
  /** SQL DOUBLE of a column; NULL when missing or not a number. */
  number(column: string): string;
  /** SQL BIGINT of a column, for numbers beyond the 53 bits of a DOUBLE; NULL when missing or not a whole number. */
  integer(column: string): string;
  /** SQL VARCHAR of a column, trimmed; NULL when empty. */
  text(column: string): string;
  /** SQL condition: the column says something that is not a number. */
  isNotNumber(column: string): string;
  /** DuckDB type of a column. */
  type(column: string): string;
}

/** Makes the reader of a table; `missing` lists texts that mean no value. */
export function sourceReader(columns: ReadonlyMap<string, string>, missing: readonly string[]): SourceReader {
  const type = (column: string): string => columns.get(column) ?? "VARCHAR";
  const isNumeric = (column: string): boolean =>
    /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN)$/.test(type(column));
  const text = (column: string): string => `nullif(trim(${sqlName(column)}::VARCHAR), '')`;
  const cast = (column: string, to: "DOUBLE" | "BIGINT"): string =>
    `TRY_CAST(${sqlName(column)}${isNumeric(column) ? "" : "::VARCHAR"} AS ${to})`;
  const number = (column: string): string => cast(column, "DOUBLE");
  const integer = (column: string): string => cast(column, "BIGINT");
  const isNotNumber = (column: string): string => {
    if (isNumeric(column)) return "false";
    const absent = ["", ...missing].map(sqlText).join(", ");
    return `(${number(column)} IS NULL AND coalesce(trim(${sqlName(column)}::VARCHAR), '') NOT IN (${absent}))`;
  };
  return { type, text, number, integer, isNotNumber };
}
