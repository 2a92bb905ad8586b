// A data set whose values are written as SQL, so that a test knows every one of them. Contract and grid are those of the
// model fixture.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Contract, parseContract } from "../../src/contract/index.ts";
import { columnTypes, createDataSet, sqlName, sqlText } from "../../src/store/index.ts";

/** The smallest model directory in the repository: 8 h of context, 2 h of horizon, trained to 2026-01-07T15:20Z. */
export const FIXTURE_MODEL = fileURLToPath(new URL("../fixtures/models/format-1", import.meta.url));

/** Monday 2026-01-05, 00:00 UTC. */
export const FLEET_START_MS = Date.UTC(2026, 0, 5);
export const FLEET_INTERVAL_MS = 300_000;

/** A server: SQL expressions of `step` (0, 1, ...) for its metrics; a row is left out where `exists` is false. */
export interface WrittenServer {
  name: string;
  profile?: string;
  cpu: string;
  mem: string;
  disk?: string;
  exists?: string;
}

/** Four servers with a day's rhythm; `db` breaches cpu_high every 12 h, `quiet` is constant, `gone` stops after 2 days. */
export const SERVERS: readonly WrittenServer[] = [
  {
    name: "db",
    profile: "database",
    cpu: "if(step % 144 between 60 and 75, 95, 40 + 10 * sin(step / 20))",
    mem: "50 + 5 * cos(step / 30)",
  },
  { name: "gone", profile: "web_api", cpu: "30 + 10 * sin(step / 46)", mem: "60 + sin(step)", exists: "step < 576" },
  { name: "quiet", cpu: "20", mem: "30" },
  {
    name: "web",
    profile: "web_api",
    cpu: "30 + 20 * sin(step * 2 * pi() / 288) + sin(step / 5)",
    mem: "60 + 3 * sin(step / 7)",
    disk: "10 + step / 100",
  },
];

/** Writes `steps` steps of a fleet into the new data set `directory`, under the fixture's contract or a changed one. */
export async function writeFleet(
  directory: string,
  steps: number,
  servers: readonly WrittenServer[] = SERVERS,
  change: (contract: Contract) => Contract = (contract) => contract,
): Promise<void> {
  const fixture = parseContract(JSON.parse(readFileSync(join(FIXTURE_MODEL, "contract.json"), "utf8")), "fixture");
  const contract = change(fixture);
  const createdBy = { tool: "import", forewarnVersion: "0.0.0" } as const;
  await createDataSet(directory, contract, FLEET_INTERVAL_MS, createdBy, async (rows, db) => {
    const selects = servers.map(({ name, profile, cpu, mem, disk = "NULL", exists = "true" }) => {
      const given: Record<string, string> = {
        timestamp: `epoch_ms(${FLEET_START_MS} + step * ${FLEET_INTERVAL_MS})`,
        server: sqlText(name),
        profile: profile === undefined ? "NULL" : sqlText(profile),
        cpu_pct: cpu,
        mem_pct: mem,
        disk_pct: disk,
      };
      const columns = Object.entries(columnTypes(contract)).map(
        ([column, type]) => `(${given[column] ?? "NULL"})::${type} AS ${sqlName(column)}`,
      );
      return `SELECT ${columns.join(", ")} FROM (SELECT range AS step FROM range(${steps})) WHERE ${exists}`;
    });
    const query = `SELECT * FROM (${selects.join(" UNION ALL ")}) ORDER BY "server", "timestamp"`;
    await db.run(`COPY (${query}) TO ${sqlText(join(rows, "0.parquet"))}`);
  });
}
