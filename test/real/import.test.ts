// The shipped examples on the real data that they are for. Skipped, with a line, where that data is absent.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importData } from "../../src/ingest/index.ts";
import { openDataSet, openDuckDb, queryRows, type Series } from "../../src/store/index.ts";

const repository = resolve(import.meta.dirname, "../..");
const data = resolve(repository, process.env["FOREWARN_DATA"] ?? "../shared/data");
const isPresent = existsSync(data);
if (!isPresent) console.log(`skipped: the real data is not at ${data} (set FOREWARN_DATA)`);
const folder = mkdtempSync(join(tmpdir(), "forewarn-real-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function importExample(example: string, files: string[]): Promise<Series[]> {
  const out = join(folder, example.replaceAll("/", "-"));
  await importData({ files, mapping: join(repository, "examples", example), out, forewarnVersion: "0.0.0" });
  const set = await openDataSet(out);
  const series = await set.readSeries();
  set.close();
  return series;
}

describe.skipIf(!isPresent)("examples", () => {
  it("rnd-cpu reproduces the grid of GIFT-Eval: mean per floor(t / 300 s), float32, empty is missing", async () => {
    const file = join(data, "bitbrains-rnd-2013-07-cpu/rnd_2013-07_cpu.csv.gz");
    const series = await importExample("bitbrains/rnd-cpu.yaml", [file]);
    const db = await openDuckDb();
    const expected = await queryRows(
      db,
      `SELECT vm::VARCHAR AS vm, count(*) AS bins, min(bin) AS first, max(bin) AS last, sum(mhz) AS mhz, sum(pct) AS pct
       FROM (SELECT vm, timestamp_s // 300 - 4575432 AS bin, avg(cpu_usage_mhz)::FLOAT AS mhz, avg(cpu_usage_pct)::FLOAT AS pct
             FROM read_csv('${file}') GROUP BY vm, bin) GROUP BY vm ORDER BY vm::VARCHAR`,
    );
    db.closeSync();
    expect(series.map(({ server }) => server)).toEqual(expected.map(({ vm }) => vm));
    for (const [index, { startMs, steps, values }] of series.entries()) {
      const { bins, first, last, mhz, pct } = expected[index] as Record<string, number>;
      const firstBin = startMs / 300_000 - 4_575_432;
      expect([firstBin, firstBin + steps - 1]).toEqual([first, last]);
      for (const [metric, total] of [mhz!, pct!].entries()) {
        const present = values[metric]!.filter((value) => !Number.isNaN(value));
        expect(present.length).toBe(bins);
        const sum = present.reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-6 * total + 1e-6);
      }
    }
    const highest = series.reduce((best, { values }) => values[1]!.reduce((a, b) => Math.max(a, b || 0), best), 0);
    expect(Math.round(highest)).toBe(182);
  });

  it("fleet has ten metrics, missing where the machine is off", async () => {
    // vm_044 is off in 1,266 rows, vm_023 never.
    const files = ["vm_023", "vm_044"].map((name) => join(data, "bitbrains-fleet", `${name}.csv.gz`));
    const series = await importExample("bitbrains/fleet.yaml", files);
    expect(series.map(({ server }) => server)).toEqual(["vm_023", "vm_044"]);
    for (const { values } of series) {
      expect(values.length).toBe(10);
      expect(values[0]!.includes(0)).toBe(false);
    }
    const missing = series.map(({ values }) => values[3]!.filter(Number.isNaN).length);
    expect(missing[1]! - missing[0]!).toBeGreaterThan(1000);
  });

  it("asd puts the test file of a server directly behind its train file", async () => {
    const files = ["omi-1_test.csv.gz", "omi-1_train.csv.gz"].map((name) => join(data, "asd", name));
    const [server] = await importExample("asd/map.yaml", files);
    expect(server).toMatchObject({ server: "omi-1", steps: 8640 + 4320 });
    const m1 = server?.values[0] ?? [];
    expect([m1[0], m1[8640]]).toEqual([Math.fround(0.49), Math.fround(0.56)]);
  });
});
