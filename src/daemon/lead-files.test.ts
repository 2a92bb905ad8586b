import { join } from "node:path";
import { expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import type { ForecastRecord } from "../evaluate/index.ts";
import { createBreather } from "./breather.ts";
import { openLeadFiles } from "./lead-files.ts";
import { leadRecord } from "./lead-record.ts";

const STEP_MS = 300_000;
const HOUR_MS = 12 * STEP_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5);
const HORIZON = 24;
const LEVELS = [0.05, 0.1, 0.5, 0.92, 0.99];

/** At step s of a forecast of origin o (in steps) metric m has quantiles 100 m + o + s plus -2, -1, 0, 1, 2. */
function forecastOf(server: string, originSteps: number, modelId = "m"): ForecastRecord {
  const originMs = START_MS + originSteps * STEP_MS;
  const target = (metric: string, at: number) => ({
    metric,
    scale: 1,
    quantiles: Float32Array.from({ length: HORIZON * LEVELS.length }, (_, i) => {
      const step = Math.floor(i / LEVELS.length);
      return 100 * at + originSteps + step + (i % LEVELS.length) - 2;
    }),
  });
  return {
    ...{ forecastId: `${modelId}/${server}/${originMs}`, modelId, contractHash: "h", server, labels: {} },
    ...{ issuedAtMs: originMs + 10_000, originMs, intervalMs: STEP_MS, levels: LEVELS },
    targets: ["cpu", "mem"].map(target),
    breaches: [{ rule: "high", withinSteps: [6, 12], probabilities: [0.1, 0.2] }],
  };
}

test("a lead of n steps is the n-th step; the levels are the nearest that there are; values keep their precision", () => {
  const record = leadRecord(forecastOf("a", 0));
  expect(record).toMatchObject({ metrics: ["cpu", "mem"], leadSteps: [6, 12, 24], levels: [0.1, 0.5, 0.92] });
  expect([...record.values]).toEqual([4, 5, 6, 10, 11, 12, 22, 23, 24, 104, 105, 106, 110, 111, 112, 122, 123, 124]);
  const narrow = forecastOf("a", 0);
  narrow.targets[0]!.quantiles.set([60.012, 60.0123, 60.0156, 60.0189, 60.02], 5 * LEVELS.length);
  const [low, median, high] = leadRecord(narrow).values;
  const width = 60.0189 - 60.0123;
  for (const [kept, value] of [
    [low, 60.0123],
    [median, 60.0156],
    [high, 60.0189],
  ] as const)
    expect(Math.abs(kept! - value)).toBeLessThan(width / 100);
});

test("gives back what was forecast ahead of each instant, once, by server, also of hours that were put together", () =>
  withDirectory(async (root) => {
    const files = await openLeadFiles(join(root, "leads"));
    const origins = Array.from({ length: 40 }, (_, at) => at * 12);
    for (const origin of origins) {
      const records = ["o'hara", "b"].map((server) => forecastOf(server, origin));
      await files.append(START_MS + origin * STEP_MS + 10_000, records, createBreather());
    }
    // Made again after a restart, by another model: what was served first counts.
    const again = { ...forecastOf("b", 0, "other"), issuedAtMs: START_MS + 20_000 };
    await files.append(START_MS + 20_000, [again], createBreather());
    const check = async (): Promise<void> => {
      const ask = { server: "o'hara", leadMs: HOUR_MS, fromMs: START_MS + 20 * HOUR_MS, toMs: START_MS + 30 * HOUR_MS };
      const { leadsMs, levels, points } = await files.read(ask);
      expect([leadsMs, levels]).toEqual([
        [HOUR_MS / 2, HOUR_MS, 2 * HOUR_MS],
        [0.1, 0.5, 0.92],
      ]);
      // The twelfth step begins 55 minutes after the origin.
      expect(points.map(({ timeMs }) => (timeMs - START_MS) / STEP_MS)).toEqual(
        origins.map((origin) => origin + 11).filter((step) => step >= 240 && step < 360),
      );
      const [first] = points;
      const origin = (first!.timeMs - START_MS) / STEP_MS - 11;
      expect(first!.issuedAtMs).toBe(START_MS + origin * STEP_MS + 10_000);
      expect(first!.quantiles.get("mem")).toEqual([110, 111, 112].map((value) => value + origin));
      expect((await files.read({ ...ask, leadMs: 7 * STEP_MS })).points).toEqual([]);
      expect((await files.read({ ...ask, server: "nobody" })).points).toEqual([]);
      const ofB = await files.read({ ...ask, server: "b", fromMs: START_MS, toMs: START_MS + HOUR_MS });
      expect(ofB.points.map(({ modelId }) => modelId)).toEqual(["m"]);
    };
    await check();
    await files.tidy(START_MS + DAY_MS + HOUR_MS, 3 * DAY_MS);
    await check();
    await files.tidy(START_MS + 2 * DAY_MS, DAY_MS);
    const left = { server: "b", leadMs: HOUR_MS, fromMs: START_MS, toMs: START_MS + 3 * DAY_MS };
    expect((await files.read(left)).points[0]!.issuedAtMs).toBe(START_MS + DAY_MS + 10_000);
    files.close();
  }));
