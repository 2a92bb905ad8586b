import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { nodeContract } from "../../contract/index.ts";
import type { QueryRange } from "../../promql/index.ts";
import { openDataSet } from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import { openMapping } from "../mapping/read-mapping.ts";
import { pullHistory } from "./pull-history.ts";

const SECOND = 1000;
const NOW_MS = 1_800_000_000_000;
const directory = mkdtempSync(join(tmpdir(), "forewarn-pull-"));
afterAll(() => rmSync(directory, { recursive: true }));

const gauge = { unit: "1", kind: "gauge", role: "target", required: true, min: 0, max: null, transform: "identity" };
const mapping = openMapping(
  {
    contract: {
      ...nodeContract,
      ...{ name: "load", interval: "10s", labels: [], breachRules: [], metrics: [{ ...gauge, name: "load" }] },
    } as unknown as Record<string, unknown>,
    metrics: { load: { expression: "max by (instance) (avg_over_time(load[$interval]))" } },
  },
  "load",
);

/** A database that repeats the value of `filledFromMs` at all steps after it, as VictoriaMetrics 1.79 does. */
function database(filledFromMs: number) {
  const asked: string[] = [];
  const queryRange = async (query: string, { startMs, endMs, stepMs }: QueryRange) => {
    asked.push(query);
    const steps = Math.floor((endMs - startMs) / stepMs) + 1;
    const timesMs = Float64Array.from({ length: steps }, (_, step) => startMs + step * stepMs);
    const values = timesMs.map((timeMs) => Math.min(timeMs, filledFromMs) / SECOND);
    return [{ labels: query === "time()" ? {} : { instance: "a" }, timesMs, values }];
  };
  const client = { url: "http://database", queryRange, warnings: () => [] } as unknown as PrometheusClient;
  return { client, asked };
}

it.each([
  ["until now", NOW_MS, NOW_MS - 29_500, 30_000],
  ["until now, of one that tells the truth", NOW_MS, Number.POSITIVE_INFINITY, 0],
  ["until a minute ago", NOW_MS - 60_000, NOW_MS - 29_500, 0],
  ["of long ago, which is not asked about", NOW_MS - 3_600_000, NOW_MS - 7_200_000, 0],
])("%s", async (name, untilMs, filledFromMs, unsettledMs) => {
  const { client, asked } = database(filledFromMs);
  const out = join(directory, name);
  const range = { sinceMs: untilMs - 100 * SECOND, untilMs, nowMs: NOW_MS };
  const report = await pullHistory({ client, mapping, ...range, out, forewarnVersion: "0", onProgress: () => {} });
  expect(report.unsettledMs).toBe(unsettledMs);
  expect(asked.includes("time()")).toBe(untilMs > NOW_MS - 120_000);
  expect(report.meta).toMatchObject({ startMs: range.sinceMs, endMs: untilMs - unsettledMs - 10_000 });
  const set = await openDataSet(out);
  const [series] = await set.readSeries();
  set.close();
  expect(series!.steps).toBe(10 - unsettledMs / 10_000);
});
