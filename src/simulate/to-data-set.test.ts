import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openDataSet } from "../store/index.ts";
import { type SimulationOptions, simulateFleet } from "./simulate.ts";
import { simulateToDataSet } from "./to-data-set.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-simulate-"));
afterAll(() => rmSync(directory, { recursive: true }));
const options: SimulationOptions = { servers: 4, hours: 30, intervalMs: 60_000, seed: 5 };

test("the data set holds the rows of the simulation, and the same options give the same files", async () => {
  const path = join(directory, "one");
  const meta = await simulateToDataSet(path, options, "0.0.0");
  const chunks = [...simulateFleet(options)];
  expect(meta.rows).toBe(chunks.reduce((sum, chunk) => sum + chunk.timestampsMs.length, 0));
  expect(meta.createdBy).toEqual({ tool: "simulate", forewarnVersion: "0.0.0", simulatorVersion: 1, options });

  const dataSet = await openDataSet(path);
  const [first] = await dataSet.readSeries();
  dataSet.close();
  const cpu = chunks[0]!.metrics[0]!.slice(0, 5);
  expect(first!.server).toBe(chunks[0]!.server);
  expect(first!.labels).toEqual({ profile: chunks[0]!.profile });
  expect(first!.values[0]![0]).toBeCloseTo(cpu.reduce((sum, value) => sum + value, 0) / 5, 3);

  const again = await simulateToDataSet(join(directory, "two"), options, "0.0.0");
  expect(again.fingerprint).toBe(meta.fingerprint);
});

test("an interval that does not divide 5 min is refused and leaves nothing behind", async () => {
  const path = join(directory, "refused");
  await expect(simulateToDataSet(path, { ...options, intervalMs: 7000 }, "0.0.0")).rejects.toMatchObject({
    code: "interval_mismatch",
  });
  expect(existsSync(path)).toBe(false);
});
