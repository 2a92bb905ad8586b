// Brings the rows of all tables, converted and with their place in time, into one temporary table.
import type { DuckDBConnection } from "@duckdb/node-api";
import { parseDuration } from "../base/index.ts";
import type { Contract } from "../contract/index.ts";
import { columnTypes, duckDbError, sqlName, sqlText } from "../store/index.ts";
import type { FilePlace } from "./file-places.ts";
import { helpedTableSql } from "./row-checks.ts";
import type { TablePlan } from "./table-plan.ts";

/** More rows than a table has; keeps the rows of files in the order of the files. */
const MAX_FILE_ROWS = 1_000_000_000_000;

/**
 * Makes the temporary table `staged`: `forewarn:position` (order of arrival), `forewarn:time` (epoch
 * milliseconds), `server`, and the contract's other
 * columns. Rows without a time or a server are left out; the row checks have counted them.
 */
export async function stageRows(
  db: DuckDBConnection,
  contract: Contract,
  plans: readonly TablePlan[],
  places: readonly FilePlace[],
): Promise<void> {
  const { timestamp: _, server: __, ...values } = columnTypes(contract);
  const columns = Object.entries(values).map(([name, type]) => `${sqlName(name)} ${type}`);
  await db.run(
    `CREATE TEMP TABLE staged (${[`"forewarn:position" BIGINT`, `"forewarn:time" BIGINT`, `"server" VARCHAR`, ...columns].join(", ")})`,
  );
  for (const plan of plans) {
    const own = places.filter(({ path }) => plan.table.paths.includes(path));
    try {
      await db.run(`INSERT INTO staged ${stageSql(plan, own)}`);
    } catch (error) {
      throw duckDbError(error, "input", "file_unreadable");
    }
  }
}

function stageSql(plan: TablePlan, places: readonly FilePlace[]): string {
  const values = plan.values.map(({ name, value }) => `${value} AS ${sqlName(name)}`);
  const rows = places.map(({ path, index, server, startRow, firstPosition }) => {
    const name = server === null ? "NULL::VARCHAR" : sqlText(server);
    return `(${sqlText(path)}, ${index}::BIGINT, ${name}, ${startRow}::BIGINT, ${firstPosition}::BIGINT)`;
  });
  return `
    WITH place("forewarn:path", "forewarn:index", "forewarn:server", "forewarn:start", "forewarn:first")
      AS (VALUES ${rows.join(", ")})
    SELECT * FROM (
      SELECT "forewarn:index" * ${MAX_FILE_ROWS} + "forewarn:position" AS "forewarn:position",
        (${timeSql(plan)})::BIGINT AS "forewarn:time",
        ${[`${plan.server?.value ?? '"forewarn:server"'} AS "server"`, ...values].join(", ")}
      FROM (${helpedTableSql(plan)}) JOIN place ON "forewarn:file" = "forewarn:path")
    WHERE "forewarn:time" IS NOT NULL AND "server" IS NOT NULL`;
}

function timeSql({ mapping, timestamp }: TablePlan): string {
  if ("column" in mapping.timestamp) return timestamp?.value ?? "NULL";
  const { start, step } = mapping.timestamp;
  const rowNumber = `("forewarn:start" + "forewarn:position" - "forewarn:first")`;
  return `${Date.parse(start)} + ${rowNumber} * ${parseDuration(step, "timestamp.step")}`;
}
