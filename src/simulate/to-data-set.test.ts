import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { recordFleet } from "../../test/helpers/recorded-fleet.ts";
import { openDataSet, readTruth } from "../store/index.ts";
import type { SimulationOptions } from "./options.ts";
import { simulateToDataSet } from "./to-data-set.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-simulate-"));
afterAll(() => rmSync(directory, { recursive: true }));
const options: SimulationOptions = { servers: 4, hours: 30, intervalMs: 60_000, seed: 5, incidentRate: 4 };

test("holds the rows and the truth of the fleet, a file a day; the same options give the same files", async () => {
  const path = join(directory, "one");
  const meta = await simulateToDataSet(path, options, "0.0.0");
  const fleet = recordFleet(options);
  expect(meta.rows).toBe(fleet.reduce((sum, { states }) => sum + states.filter((state) => state !== -1).length, 0));
  expect(meta.createdBy).toEqual({ tool: "simulate", forewarnVersion: "0.0.0", simulatorVersion: 2, options });
  expect(readdirSync(join(path, "rows"))).toEqual(["2026-01-05-000.parquet", "2026-01-06-000.parquet"]);

  const dataSet = await openDataSet(path);
  const all = await dataSet.readSeries();
  dataSet.close();
  for (const [index, { server, labels, values }] of all.entries()) {
    const { metrics, profile, server: name } = fleet[index]!;
    expect([server, labels]).toEqual([name, { profile }]);
    const bin = metrics["cpu_pct"]!.subarray(300, 305).filter((value) => !Number.isNaN(value));
    expect(values[0]![60]).toBeCloseTo(bin.reduce((sum, value) => sum + value, 0) / bin.length, 3);
  }
  const rounded = fleet.flatMap(({ truth }) =>
    truth.map((incident) => ({
      ...incident,
      precursorStartMs: incident.precursorStartMs === null ? null : Math.round(incident.precursorStartMs),
      breachStartMs: incident.breachStartMs === null ? null : Math.round(incident.breachStartMs),
      breachEndMs: incident.breachEndMs === null ? null : Math.round(incident.breachEndMs),
    })),
  );
  expect(rounded.length).toBeGreaterThan(2);
  expect(await readTruth(path)).toEqual(rounded);

  const again = await simulateToDataSet(join(directory, "two"), options, "0.0.0");
  expect(again.fingerprint).toBe(meta.fingerprint);
});

test("clocks that are off move the timestamps, not the values", async () => {
  const exact = await simulateToDataSet(join(directory, "exact"), options, "0.0.0");
  const skewed = await simulateToDataSet(join(directory, "skewed"), { ...options, clockSkewMs: 20_000 }, "0.0.0");
  expect(skewed.rows).toBe(exact.rows);
  expect(Math.abs(skewed.startMs - exact.startMs)).toBeGreaterThan(0);
  expect(Math.abs(skewed.startMs - exact.startMs)).toBeLessThanOrEqual(20_000);
});

test.each([
  [5 * 60_000, "fleet"],
  [15 * 60_000, "fleet-15m"],
  [3_600_000, "fleet-1h"],
])("rows every %d ms follow the contract %s", async (intervalMs, name) => {
  const path = join(directory, name);
  const meta = await simulateToDataSet(path, { ...options, intervalMs }, "0.0.0");
  expect(meta.contract.name).toBe(name);
  expect(meta.rowIntervalMs).toBe(intervalMs);
  const dataSet = await openDataSet(path);
  expect((await dataSet.readSeries())[0]!.steps).toBe(30 * (3_600_000 / intervalMs));
  dataSet.close();
});

test.each<[Partial<SimulationOptions>, string]>([
  [{ intervalMs: 7000 }, "interval_mismatch"],
  [{ intervalMs: 7 * 60_000 }, "interval_mismatch"],
  [{ intervalMs: 500 }, "usage_invalid"],
  [{ intervalMs: 2 * 3_600_000 }, "usage_invalid"],
  [{ servers: 0 }, "usage_invalid"],
  [{ servers: 1.5 }, "usage_invalid"],
  [{ servers: 1_000_000 }, "usage_invalid"],
  [{ hours: -1 }, "usage_invalid"],
  [{ hours: Number.NaN }, "usage_invalid"],
  [{ hours: 0.001 }, "usage_invalid"],
  [{ seed: -1 }, "usage_invalid"],
  [{ startMs: -1 }, "usage_invalid"],
  [{ incidentRate: -1 }, "usage_invalid"],
  [{ clockSkewMs: 1e9 }, "usage_invalid"],
])("%j is refused as %s and leaves nothing behind", async (change, code) => {
  const path = join(directory, "refused");
  await expect(simulateToDataSet(path, { ...options, ...change }, "0.0.0")).rejects.toMatchObject({ code });
  expect(existsSync(path)).toBe(false);
});
