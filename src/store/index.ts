// store: data sets on disk. A directory of Parquet rows beside a dataset.json that says what they are; written whole,
// read onto the contract's regular grid.
export { columnTypes } from "./columns.ts";
export { createDataSet } from "./create.ts";
export { type DataSet, openDataSet } from "./data-set.ts";
export { type DuckDbOptions, duckDbError, openDuckDb, queryRows, sqlName, sqlText, visitChunks } from "./duckdb.ts";
export { binsOf, cutHistory, cutWindow, cutWindows, findServer } from "./live/cut-windows.ts";
export { DEFAULT_STORE_OPTIONS, type EmbeddedStoreOptions, openEmbeddedStore } from "./live/embedded-store.ts";
export type { BinRange } from "./live/hot-window.ts";
export { createKnownServers, type KnownServer, type KnownServers } from "./live/known-servers.ts";
export type { LiveServer, LiveStore, StateChange, StoreGap, StoreStatus, WriteResult } from "./live/live-store.ts";
export { batchRows, type LiveRow, type RowBatch, rowBatch, rowsOfServers } from "./live/row-batch.ts";
export { type DataSetMeta, parquetFiles, readMeta } from "./meta.ts";
export type { Series, ServerInfo } from "./series.ts";
export { INCIDENT_OUTCOMES, type IncidentTruth, readTruth, writeTruth } from "./truth.ts";
export { writeBatch } from "./write-batch.ts";
