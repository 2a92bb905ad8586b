import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MONDAY_MS, smallContract, smallSpec } from "../../test/support/series.ts";
import { createDataSet, openDataSet } from "../store/index.ts";
import { createBatchBuilder } from "./batch-builder.ts";
import { prepareSeries } from "./prepared-series.ts";
import { openWindowSource, readPreparedGroups } from "./window-source.ts";

const HOUR = 3_600_000;
const SERVERS = 6;
const STEPS = 96;
/** 4 (3 columns + 3 metrics + 1) + 2 for the rule + 16 * 3 while reading. */
const BYTES_PER_STEP = 78;
const spec = smallSpec();
const part = { startMs: MONDAY_MS, endMs: MONDAY_MS + STEPS * HOUR };

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "forewarn-windows-"));
  await write("plain", "'up'", "'all quiet'");
  await write("scrambled", "CASE WHEN random() < 0.5 THEN 'up' ELSE 'down' END", "random()::VARCHAR");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string, state: string, notes: string): Promise<void> {
  const createdBy = { tool: "simulate", forewarnVersion: "0" } as const;
  await createDataSet(join(folder, name), smallContract(), HOUR, createdBy, async (rows, db) => {
    await db.run(`COPY (
      SELECT make_timestamp_ms(${MONDAY_MS} + t * ${HOUR})::TIMESTAMP_MS AS "timestamp", 'server-' || s AS "server",
        'db' AS "profile", ${state} AS "state", (50 + 40 * sin(t + s))::DOUBLE AS "cpu", 0.5::DOUBLE AS "errors",
        (t % 24)::DOUBLE AS "disk", ${notes} AS "notes"
      FROM range(${SERVERS}) AS servers(s), range(${STEPS}) AS times(t) ORDER BY ALL
    ) TO '${join(rows, "0.parquet")}'`);
  });
}

const key = ({ series, origin }: { series: { server: string }; origin: number }) => `${series.server} ${origin}`;

describe("a window source", () => {
  it("keeps everything in memory when it fits, and takes turns when it does not", async () => {
    const dataSet = await openDataSet(join(folder, "plain"));
    const options = { seed: 5, batchesPerGroup: 2 };
    const large = await openWindowSource(spec, dataSet, part, { ...options, memoryBytes: 1e9 });
    const small = await openWindowSource(spec, dataSet, part, {
      ...options,
      memoryBytes: 2.5 * STEPS * BYTES_PER_STEP,
    });
    expect(large.groupCount).toBe(1);
    expect(small.groupCount).toBe(3);
    const serversOf = async (batch: number) =>
      new Set((await small.windows(batch, 60)).map(({ series }) => series.server));
    const groups = [await serversOf(0), await serversOf(2), await serversOf(4)];
    expect(groups.map((group) => group.size)).toEqual([2, 2, 2]);
    expect(new Set(groups.flatMap((group) => [...group])).size).toBe(SERVERS);
    expect(await serversOf(1)).toEqual(groups[0]);
    expect(await serversOf(6)).toEqual(groups[0]);
    dataSet.close();
  });

  it("draws a batch by seed and number alone, so that training can resume anywhere", async () => {
    const dataSet = await openDataSet(join(folder, "plain"));
    const options = { seed: 5, batchesPerGroup: 2, memoryBytes: 2.5 * STEPS * BYTES_PER_STEP };
    const source = await openWindowSource(spec, dataSet, part, options);
    const inOrder: string[][] = [];
    for (let batch = 0; batch < 5; batch++) inOrder.push((await source.windows(batch, 8)).map(key));
    const resumed = await openWindowSource(spec, dataSet, part, options);
    expect((await resumed.windows(4, 8)).map(key)).toEqual(inOrder[4]);
    expect((await resumed.windows(1, 8)).map(key)).toEqual(inOrder[1]);
    const other = await openWindowSource(spec, dataSet, part, { ...options, seed: 6 });
    expect((await other.windows(0, 8)).map(key)).not.toEqual(inOrder[0]);
    dataSet.close();
  });

  it("reads every server once, group by group", async () => {
    const dataSet = await openDataSet(join(folder, "plain"));
    const names: string[][] = [];
    for await (const group of readPreparedGroups(spec, dataSet, await dataSet.servers(), 4.5 * STEPS * BYTES_PER_STEP))
      names.push(group.map((s) => s.server));
    expect(names.map((group) => group.length)).toEqual([4, 2]);
    expect(names.flat()).toEqual(Array.from({ length: SERVERS }, (_, s) => `server-${s}`));
    dataSet.close();
  });

  it("says so when the part has no window", async () => {
    const dataSet = await openDataSet(join(folder, "plain"));
    const late = { startMs: part.endMs, endMs: part.endMs + 8 * HOUR };
    await expect(
      openWindowSource(spec, dataSet, late, { seed: 1, memoryBytes: 1e9, batchesPerGroup: 1 }),
    ).rejects.toMatchObject({ code: "insufficient_data" });
    dataSet.close();
  });

  it("reads nothing from state and text columns", async () => {
    const batches = await Promise.all(
      ["plain", "scrambled"].map(async (name) => {
        const dataSet = await openDataSet(join(folder, name));
        const [series] = await dataSet.readSeries(["server-1"]);
        dataSet.close();
        const builder = createBatchBuilder(spec, 1);
        const batch = builder.createBatch();
        builder.fill(0, prepareSeries(spec, series!), 60, batch);
        return batch;
      }),
    );
    expect(batches[1]).toEqual(batches[0]);
  });
});
