// store: data sets on disk. A directory of Parquet rows beside a dataset.json that says what they are; written whole,
// read onto the contract's regular grid.
export { columnTypes } from "./columns.ts";
export { createDataSet } from "./create.ts";
export { type DataSet, openDataSet } from "./data-set.ts";
export { type DuckDbOptions, duckDbError, openDuckDb, queryRows, sqlName, sqlText, visitChunks } from "./duckdb.ts";
export { type DataSetMeta, parquetFiles, readMeta } from "./meta.ts";
export type { Series, ServerInfo } from "./series.ts";
export { INCIDENT_OUTCOMES, type IncidentTruth, readTruth, writeTruth } from "./truth.ts";
