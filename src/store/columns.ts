// The columns of a data set's Parquet files.
import type { Contract } from "../contract/index.ts";

/** DuckDB type of every column, in file order: timestamp, server, labels, state, metrics, texts. Missing is NULL. */
export function columnTypes(contract: Contract): Record<string, "TIMESTAMP_MS" | "VARCHAR" | "DOUBLE"> {
  const types: Record<string, "TIMESTAMP_MS" | "VARCHAR" | "DOUBLE"> = { timestamp: "TIMESTAMP_MS", server: "VARCHAR" };
  for (const label of contract.labels) types[label.name] = "VARCHAR";
  if (contract.state !== null) types[contract.state.name] = "VARCHAR";
  for (const metric of contract.metrics) types[metric.name] = "DOUBLE";
  for (const text of contract.texts) types[text] = "VARCHAR";
  return types;
}
