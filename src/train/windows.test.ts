import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeInputSpec } from "../dataset/index.ts";
import { simulateToDataSet } from "../simulate/index.ts";
import { openDataSet } from "../store/index.ts";
import { DEFAULT_TRAIN_OPTIONS } from "./options.ts";
import { fixedWindows } from "./windows.ts";

const INTERVAL_MS = 300_000;
const work = mkdtempSync(join(tmpdir(), "forewarn-windows-"));
const fleet = join(work, "fleet");

beforeAll(() => simulateToDataSet(fleet, { servers: 2, hours: 48, intervalMs: INTERVAL_MS, seed: 1 }, "0.0.0"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test.each([
  // Parts of the last day; windows of 8 h begin every 2 h, at whole even hours.
  ["8 h from an even hour", 0, 96, 1],
  ["8 h from 5 minutes past it", 1, 96, 1],
  ["12 h from 5 minutes past it", 1, 144, 2],
  ["less than a horizon", 0, 95, 0],
])("a part of %s", async (_name, startStep, steps, perServer) => {
  const dataSet = await openDataSet(fleet);
  try {
    const { contract, startMs } = dataSet.meta;
    const statistics = contract.metrics.map(() => ({ present: true, typicalScale: 2 }));
    const spec = makeInputSpec(contract, statistics, DEFAULT_TRAIN_OPTIONS);
    const partStart = startMs + (288 + startStep) * INTERVAL_MS;
    const part = { startMs: partStart, endMs: partStart + steps * INTERVAL_MS };
    const windows = await fixedWindows(spec, dataSet, part, 100, 1 << 26);
    expect(windows).toHaveLength(2 * perServer);
    for (const { series, origin } of windows) {
      const firstMs = series.startMs + (origin + 1) * INTERVAL_MS;
      expect(firstMs).toBeGreaterThanOrEqual(part.startMs);
      expect(firstMs + 96 * INTERVAL_MS).toBeLessThanOrEqual(part.endMs);
    }
  } finally {
    dataSet.close();
  }
});
