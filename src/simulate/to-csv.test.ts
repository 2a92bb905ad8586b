import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fleetContract } from "../contract/index.ts";
import { columnTypes, openDuckDb, queryRows, readTruth, sqlText } from "../store/index.ts";
import { csvLine } from "./delivery/row-text.ts";
import type { SimulationOptions } from "./options.ts";
import { simulateToCsv } from "./to-csv.ts";
import { simulateToDataSet } from "./to-data-set.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-csv-"));
afterAll(() => rmSync(directory, { recursive: true }));

const options: SimulationOptions = { servers: 6, hours: 48, intervalMs: 300_000, seed: 3, incidentRate: 4 };
const text = (name: string) => readFileSync(join(directory, name), "utf8");

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const db = await openDuckDb();
  try {
    return await queryRows(db, sql);
  } finally {
    db.closeSync();
  }
}

test("the file has the contract's columns and the rows of the data set of the same options, in time order", async () => {
  const meta = await simulateToDataSet(join(directory, "set"), options, "0.0.0");
  const summary = await simulateToCsv(join(directory, "csv"), options);
  expect(summary).toEqual({ rows: meta.rows, servers: 6, startMs: meta.startMs, endMs: meta.endMs });
  expect(readdirSync(join(directory, "csv")).sort()).toEqual(["rows.csv", "truth.csv"]);

  const [header, ...lines] = text("csv/rows.csv").trimEnd().split("\n");
  expect(header).toBe(Object.keys(columnTypes(fleetContract)).join(","));
  expect(lines).toEqual(lines.toSorted((a, b) => (a.slice(0, 32) < b.slice(0, 32) ? -1 : 1)));
  const stored = await query(
    `SELECT * REPLACE (epoch_ms("timestamp") AS "timestamp")
     FROM read_parquet(${sqlText(join(directory, "set", "rows", "*.parquet"))}) ORDER BY "timestamp", "server"`,
  );
  const expected = stored.map(({ timestamp, ...row }) =>
    csvLine([new Date(timestamp as number).toISOString(), ...(Object.values(row) as (string | number | null)[])]),
  );
  expect(lines).toEqual(expected);
});

test("the truth is that of the data set", async () => {
  const truth = (await readTruth(join(directory, "set")))!;
  const [header, ...lines] = text("csv/truth.csv").trimEnd().split("\n");
  const stored = await query(
    `DESCRIBE SELECT * FROM read_parquet(${sqlText(join(directory, "set", "truth.parquet"))})`,
  );
  expect(header).toBe(stored.map(({ column_name: name }) => name).join(","));
  expect(truth.length).toBeGreaterThan(3);
  expect(lines.map((line) => line.split(",")[0])).toEqual(truth.map(({ incidentId }) => incidentId));
  const breached = lines.filter((line) => line.split(",")[5] === "breached");
  expect(breached).toHaveLength(truth.filter(({ outcome }) => outcome === "breached").length);
});

test("late and repeated rows come out of order and no row is lost; the same options give the same bytes", async () => {
  const faults = { duplicateRate: 0.05, lateRate: 0.1, longestDelayMs: 3_600_000 };
  await simulateToCsv(join(directory, "faulty"), options, faults);
  await simulateToCsv(join(directory, "again"), options, faults);
  const lines = text("faulty/rows.csv").trimEnd().split("\n");
  expect(text("again/rows.csv")).toBe(text("faulty/rows.csv"));
  expect([...new Set(lines)].sort()).toEqual(text("csv/rows.csv").trimEnd().split("\n").sort());
  expect(lines.length / new Set(lines).size).toBeCloseTo(1.05, 1);
  const times = lines.slice(1).map((line) => Date.parse(line.slice(0, 24)));
  const late = times.filter((time, index) => time < Math.max(...times.slice(Math.max(0, index - 80), index)));
  expect(late.length / times.length).toBeGreaterThan(0.08);
});

test("what needs quotes is quoted", () => {
  expect(csvLine(["a", 1, true, null, "b, c", 'say "x"', "two\nlines"])).toBe(
    'a,1,true,,"b, c","say ""x""","two\nlines"',
  );
});

test("an existing directory is never written into, and a refusal leaves nothing behind", async () => {
  const taken = join(directory, "taken");
  mkdirSync(taken);
  await expect(simulateToCsv(taken, options)).rejects.toMatchObject({ code: "path_exists" });
  expect(readdirSync(taken)).toEqual([]);
  const refused = join(directory, "refused");
  await expect(simulateToCsv(refused, options, { lateRate: 2 })).rejects.toMatchObject({ code: "usage_invalid" });
  await expect(simulateToCsv(refused, { ...options, servers: 0 })).rejects.toMatchObject({ code: "usage_invalid" });
  expect(existsSync(refused)).toBe(false);
});
