// ingest: rows from outside. CSV and Parquet files, mapped by name, checked against a contract, put on its grid.
export type { Findings, InputOptions } from "./findings.ts";
export { type ImportOptions, type ImportReport, importData } from "./import-data.ts";
export { type ValidationReport, validateData } from "./validate-data.ts";
