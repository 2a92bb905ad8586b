import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { instantQuery, rangeQuery } from "../../promql/index.ts";
import { openEmbeddedStore, rowBatch } from "../../store/index.ts";
import { openSeriesSource } from "./source.ts";

const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const DAYS = 4;

test("measured values are those of the rows, from memory and from files, wherever the hot window ends", async () => {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-series-"));
  const services = fakeServices();
  const store = await openEmbeddedStore(directory, services.contract, { windowMs: DAY_MS });
  try {
    const first = NOW_MS - DAYS * DAY_MS;
    const steps = (DAYS * DAY_MS) / STEP_MS;
    const rows = Array.from({ length: steps }, (_, at) => ({
      ...{ server: at % 2 === 0 ? "even" : "odd", timestampMs: first + at * STEP_MS },
      metrics: { cpu_pct: at / steps },
    }));
    for (let at = 0; at < steps; at += 500) await store.write(rowBatch(services.contract, rows.slice(at, at + 500)));
    await store.sealBefore(NOW_MS - DAY_MS);
    const source = openSeriesSource({ ...services, store, hotWindowMs: DAY_MS });
    for (const [fromMs, toMs] of [
      [NOW_MS - DAY_MS / 2, NOW_MS],
      [first, NOW_MS],
      [NOW_MS - 3 * DAY_MS, NOW_MS - 2 * DAY_MS],
      [NOW_MS - DAY_MS - STEP_MS, NOW_MS],
    ] as const) {
      const query = `cpu_pct{server="odd"}[${(toMs - fromMs) / 1000}s]`;
      const { result } = await instantQuery(query, source, toMs);
      const expected = rows
        .filter(({ server, timestampMs }) => server === "odd" && timestampMs + STEP_MS > fromMs)
        .filter(({ timestampMs }) => timestampMs + STEP_MS <= toMs)
        .map(({ timestampMs, metrics }) => [(timestampMs + STEP_MS) / 1000, metrics.cpu_pct]);
      const [series] = result as { values: [number, string][] }[];
      expect(series!.values.map(([time]) => time)).toEqual(expected.map(([time]) => time));
      for (const [at, [, value]] of series!.values.entries()) expect(Number(value)).toBeCloseTo(expected[at]![1]!, 6);
    }
    const range = { startMs: first, endMs: NOW_MS, stepMs: DAY_MS };
    const { result } = await rangeQuery("count(cpu_pct)", source, range);
    expect(result[0]!.values.map(([, count]) => count)).toEqual(["2", "2", "2", "2"]);
    const aborted = AbortSignal.abort();
    await expect(instantQuery("cpu_pct", source, NOW_MS, { signal: aborted })).rejects.toMatchObject({
      code: "query_canceled",
    });
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
});
