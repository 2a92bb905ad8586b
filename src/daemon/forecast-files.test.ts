import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import { openDuckDb, sqlText } from "../store/index.ts";
import { createBreather } from "./breather.ts";
import type { StoredForecast, StoredRecord } from "./forecast-columns.ts";
import { openForecastFiles } from "./forecast-files.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5);

function recordOf(server: string, issuedAtMs: number): StoredRecord {
  return {
    dataMs: issuedAtMs - 70_000,
    forecastId: `m/${server}/${issuedAtMs}`,
    modelId: "m",
    contractHash: "h",
    issuedAtMs,
    server,
    labels: { profile: "web's" },
    intervalMs: 300_000,
    originMs: issuedAtMs - 10_000,
    levels: [0.1, 0.5, 0.9],
    targets: [
      { metric: "cpu", quantiles: Float32Array.of(1, 2, 3, 4.5, 5, 6), scale: Number.NaN },
      { metric: "mem", quantiles: Float32Array.of(7, 8, 9, 10, 11, 12), scale: 0.25 },
    ],
    breaches: [{ rule: "high", withinSteps: [1, 2], probabilities: [0.1, 0.2] }],
  };
}

function storedOf({ dataMs, ...record }: StoredRecord, withQuantiles = true): StoredForecast {
  return { record, dataMs, withQuantiles };
}

test("gives back what was stored, by server and time, also beside another process and when days are put together", () =>
  withDirectory(async (directory) => {
    const files = await openForecastFiles(directory);
    const records = Array.from({ length: 5 }, (_, i) => START_MS + i * 12 * HOUR_MS).flatMap((timeMs) => [
      recordOf("b", timeMs),
      recordOf("a", timeMs),
    ]);
    for (let i = 0; i < records.length; i += 2) {
      const stored = records.slice(i, i + 2).map((record) => storedOf(record, record.server === "a"));
      await files.append(records[i]!.issuedAtMs, stored, createBreather());
    }
    const ofA = records.filter(({ server }) => server === "a");
    const ofB = records.filter(({ server }) => server === "b").map((record) => ({ ...record, targets: [] }));
    const check = async (): Promise<void> => {
      const range = { fromMs: START_MS, toMs: START_MS + 2 * DAY_MS };
      expect(await files.read({ ...range, server: "a" })).toEqual(ofA.slice(0, 4));
      expect(await files.read({ ...range, server: "b", fromMs: START_MS + 1 })).toEqual(ofB.slice(1, 4));
      expect(await files.read({ ...range, quantiles: "only" })).toEqual(ofA.slice(0, 4));
      const light = await files.read({ ...range, toMs: START_MS + 1, quantiles: "without" });
      expect(light).toEqual([{ ...ofA[0]!, targets: [] }, ofB[0]!]);
      expect(await files.read({ ...range, server: "o'hara" })).toEqual([]);
    };
    await check();
    await files.tidy(START_MS + 2 * DAY_MS + HOUR_MS, 30 * DAY_MS);
    expect(readdirSync(directory).sort()).toEqual(["2026-01-05.parquet", "2026-01-06.parquet", "2026-01-07"]);
    await check();
    const reader = await openForecastFiles(directory, "read");
    expect(await reader.read({ fromMs: START_MS, toMs: START_MS + 3 * DAY_MS })).toHaveLength(10);
    reader.close();
    await files.tidy(START_MS + 3 * DAY_MS, DAY_MS);
    expect(readdirSync(directory)).toEqual(["2026-01-07.parquet"]);
    files.close();
  }));

test("a forecast that was made again after a restart counts once; what was left half-written is cleared up", () =>
  withDirectory(async (directory) => {
    mkdirSync(join(directory, "2026-01-05"));
    const left = join(directory, "2026-01-05", ".000000000.parquet.tmp");
    writeFileSync(left, "half");
    const files = await openForecastFiles(directory);
    expect(existsSync(left)).toBe(false);
    const record = recordOf("a", START_MS);
    await files.append(START_MS, [storedOf(record)], createBreather());
    const again = [storedOf({ ...record, issuedAtMs: START_MS + 5 })];
    await files.append(START_MS + 5, again, createBreather());
    expect(await files.read({ fromMs: START_MS, toMs: START_MS + DAY_MS })).toEqual([record]);
    files.close();
  }));

/** Writes the file of a tick anew, with other columns. */
async function rewrite(path: string, columns: string): Promise<void> {
  const db = await openDuckDb({ memoryLimit: "64MB", threads: 1 });
  await db.run(`COPY (SELECT ${columns} FROM ${sqlText(path)}) TO ${sqlText(`${path}.new`)} (FORMAT parquet)`);
  db.closeSync();
  renameSync(`${path}.new`, path);
}

test("records of before the time of the data was kept are still read, alone and beside newer ones; later ones are refused", () =>
  withDirectory(async (directory) => {
    const files = await openForecastFiles(directory);
    const range = { fromMs: START_MS, toMs: START_MS + DAY_MS };
    const records = [START_MS, START_MS + HOUR_MS].map((timeMs) => recordOf("a", timeMs));
    await files.append(START_MS, [storedOf(records[0]!)], createBreather());
    const older = join(directory, "2026-01-05", "000000000.parquet");
    await rewrite(older, "* EXCLUDE (data_at, format_version)");
    // The newest row that such a forecast read belongs to the step before its origin.
    const first = { ...records[0]!, dataMs: records[0]!.originMs - 300_000 };
    expect(await files.read(range)).toEqual([first]);
    await files.append(START_MS + HOUR_MS, [storedOf(records[1]!)], createBreather());
    expect(await files.read(range)).toEqual([first, records[1]]);
    await files.tidy(START_MS + 2 * DAY_MS, 30 * DAY_MS);
    expect(readdirSync(directory)).toEqual(["2026-01-05.parquet"]);
    expect(await files.read(range)).toEqual([first, records[1]]);
    await rewrite(join(directory, "2026-01-05.parquet"), "* REPLACE (3::INTEGER AS format_version)");
    await expect(files.read(range)).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("Expected records of format 2, got 3"),
    });
    files.close();
  }));
