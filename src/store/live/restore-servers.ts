// Finds out at start which servers have rows in the hot window, and their latest labels and state.
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Contract } from "../../contract/index.ts";
import { queryRows, sqlName } from "../duckdb.ts";
import { type DayManifest, nextDay } from "./day-manifest.ts";
import type { KnownServers } from "./known-servers.ts";
import type { SourceOf } from "./refresh-windows.ts";

/** Fills `servers` from the rows of the last `windowMs` before the newest stored row. */
export async function restoreServers(
  db: DuckDBConnection,
  contract: Contract,
  manifest: DayManifest,
  sourceOf: SourceOf,
  windowMs: number,
  servers: KnownServers,
): Promise<void> {
  const newestMs = await newestRow(db, manifest, sourceOf);
  if (newestMs === null) return;
  const firstMs = newestMs - windowMs + 1;
  servers.forgetBefore(firstMs);
  const names = [...contract.labels.map(({ name }) => name), ...(contract.state === null ? [] : [contract.state.name])];
  const latest = names
    .map(sqlName)
    .flatMap((name, index) => [
      `arg_max(${name}, "timestamp") AS value${index}`,
      `max(epoch_ms("timestamp")) FILTER (WHERE ${name} IS NOT NULL) AS time${index}`,
    ]);
  const rows = await queryRows(
    db,
    `SELECT ${['"server"', 'min(epoch_ms("timestamp")) AS first', 'max(epoch_ms("timestamp")) AS last', ...latest].join(", ")}
     FROM ${await sourceOf(firstMs, Number.POSITIVE_INFINITY)} GROUP BY "server"`,
  );
  for (const row of rows) {
    servers.restore({
      server: row["server"] as string,
      firstMs: row["first"] as number,
      lastMs: row["last"] as number,
      categories: names.map((_, index) => ({
        value: row[`value${index}`] as string | null,
        timeMs: row[`time${index}`] as number | null,
      })),
    });
  }
}

async function newestRow(db: DuckDBConnection, manifest: DayManifest, sourceOf: SourceOf): Promise<number | null> {
  const newestIn = async (source: string): Promise<number | null> => {
    const [row] = await queryRows(db, `SELECT max(epoch_ms("timestamp")) AS newest FROM ${source}`);
    return row!["newest"] as number | null;
  };
  const recent = await newestIn("rows");
  // A file may turn out to be damaged, so the one before it is asked next.
  for (const { dayMs } of [...manifest.list()].reverse()) {
    if (recent !== null && nextDay(dayMs) <= recent) break;
    const sealed = await newestIn(await sourceOf(dayMs, nextDay(dayMs)));
    if (sealed !== null) return Math.max(sealed, recent ?? sealed);
  }
  return recent;
}
