// Staged rows to the contract's regular grid, as Parquet: one row per server and bin, gaps left out.
import type { Contract } from "../contract/index.ts";
import { columnTypes, sqlName, sqlText } from "../store/index.ts";

const ROW_GROUP_ROWS = 131_072;

/**
 * SQL that writes the table `staged` to the Parquet file `path`, sorted by server and time.
 * @param mustAggregate False when no two rows share a bin; the rows are then only sorted.
 */
export function writeRowsSql(contract: Contract, intervalMs: number, mustAggregate: boolean, path: string): string {
  const bin = `"forewarn:time" // ${intervalMs}`;
  const columns = Object.keys(columnTypes(contract)).map((name) => {
    if (name === "timestamp") return `make_timestamp_ms(${bin} * ${intervalMs})::TIMESTAMP_MS AS "timestamp"`;
    if (name === "server" || !mustAggregate) return sqlName(name);
    return `${aggregateSql(contract, name)} AS ${sqlName(name)}`;
  });
  return `COPY (
    SELECT ${columns.join(",\n      ")}
    FROM staged ${mustAggregate ? `GROUP BY "server", ${bin}` : ""}
    ORDER BY "server", "timestamp"
  ) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`;
}

/** Mean of a gauge, maximum of a flag, and for everything else the last value that there is. */
function aggregateSql(contract: Contract, name: string): string {
  switch (contract.metrics.find((metric) => metric.name === name)?.kind) {
    case "gauge":
      return `avg(${sqlName(name)})`;
    case "flag":
      return `max(${sqlName(name)})`;
    default:
      return `arg_max(${sqlName(name)}, row("forewarn:time", "forewarn:position"))`;
  }
}
