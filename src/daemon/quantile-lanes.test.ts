import { expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import { parseAlertRules } from "../alert/index.ts";
import { fleetContract } from "../contract/index.ts";
import { createBreather } from "./breather.ts";
import { type ForecastFiles, openForecastFiles } from "./forecast-files.ts";
import { readQuantileLanes } from "./quantile-lanes.ts";

const STEP_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 5, 23);
const TICKS = 30;
const SERVERS = ["a", "b'c", "d", "e"];
const [RULE] = parseAlertRules(
  [
    {
      ...{ id: "cpu_edge", when: "quantile", metric: "cpu_pct", quantile: 0.9, op: ">=", threshold: 90 },
      ...{ for: "10m", within: "30m" },
    },
  ],
  fleetContract,
  "test",
);

/** Forecasts of six steps; every third of `d` crosses the threshold. `e` has no quantiles, `b'c` none at odd ticks. */
async function fill(files: ForecastFiles): Promise<void> {
  for (let tick = 0; tick < TICKS; tick++) {
    const timeMs = START_MS + tick * STEP_MS;
    const stored = SERVERS.map((server) => {
      const value = server === "d" && tick % 3 === 0 ? 95 : 50;
      const targets = [{ metric: "cpu_pct", quantiles: new Float32Array(6).fill(value), scale: 1 }];
      const record = {
        ...{ forecastId: `${server}/${tick}`, modelId: "m", contractHash: "h", issuedAtMs: timeMs, server },
        ...{ labels: {}, intervalMs: STEP_MS, originMs: timeMs, levels: [0.9], targets, breaches: [] },
      };
      const withQuantiles = server !== "e" && !(server === "b'c" && tick % 2 === 1);
      return { record, dataMs: timeMs - STEP_MS, withQuantiles };
    });
    await files.append(timeMs, stored, createBreather());
  }
}

test("a few records are held at a time, and the readings do not depend on how many", () =>
  withDirectory(async (directory) => {
    const files = await openForecastFiles(directory);
    await fill(files);
    await files.tidy(START_MS + 2 * 3_600_000, 30 * 86_400_000);
    const range = { fromMs: START_MS, toMs: START_MS + TICKS * STEP_MS };
    const held: number[] = [];
    const counting = {
      query: files.query,
      read: async (asked: Parameters<ForecastFiles["read"]>[0]) => {
        const records = await files.read(asked);
        held.push(records.length);
        return records;
      },
    };
    const whole = await readQuantileLanes(RULE!, files, range);
    expect(await readQuantileLanes(RULE!, counting, range, TICKS)).toEqual(whole);
    expect(held).toEqual([30, 15, 30]);
    expect(whole.forecasts).toBe(75);
    expect(whole.ticksMs).toHaveLength(TICKS);
    const readings = Object.fromEntries(whole.lanes.map((lane) => [lane.server, [...lane.readings]]));
    const everyTick = Array.from({ length: TICKS }, (_, tick) => tick);
    expect(readings).toEqual({
      a: everyTick.map(() => 1),
      "b'c": everyTick.map((tick) => (tick % 2 === 0 ? 1 : 0)),
      d: everyTick.map((tick) => (tick % 3 === 0 ? 3 : 1)),
    });
    const none = await readQuantileLanes(RULE!, files, { fromMs: 0, toMs: 1 });
    expect([none.ticksMs.length, none.lanes, none.forecasts]).toEqual([0, [], 0]);
    files.close();
  }));
