import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForewarnError } from "../base/index.ts";
import { openDataSet, openDuckDb, type Series } from "../store/index.ts";
import { type ImportReport, importData, validateData } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "forewarn-ingest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const metric = {
  unit: "percent",
  kind: "gauge",
  role: "target",
  min: 0,
  max: 100,
  required: true,
  transform: "identity",
};
const contract = {
  name: "small",
  version: "1.0",
  interval: "5m",
  labels: [{ name: "site", required: false, values: ["north", "south"] }],
  state: { name: "state", values: ["on", "off"] },
  metrics: [
    { ...metric, name: "cpu" },
    { ...metric, name: "requests", unit: "1", kind: "counter", role: "observed", max: null, required: false },
    { ...metric, name: "oom", unit: "flag", kind: "flag", role: "observed", max: 1, required: false },
  ],
  texts: ["notes"],
  breachRules: [],
};
const iso = { column: "timestamp", unit: "iso" };
const mapping = { contract, timestamp: iso, server: { column: "server" }, metrics: { cpu: { column: "cpu" } } };

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function run(files: string[], map: object = mapping): Promise<ImportReport> {
  const path = write("map.json", JSON.stringify(map));
  return importData({ files, mapping: path, out: join(folder, "out"), forewarnVersion: "0.0.0" });
}

async function readBack(): Promise<Series[]> {
  const set = await openDataSet(join(folder, "out"));
  const series = await set.readSeries();
  set.close();
  return series;
}

const values = (series: Series | undefined, index = 0): number[] => [...(series?.values[index] ?? [])];

describe("importData", () => {
  it("puts unsorted, repeated and jittering rows on the grid and says what it did", async () => {
    const file = write(
      "rows.csv",
      [
        "timestamp,server,cpu",
        "2024-01-01T00:10:07Z,b,30",
        "2024-01-01T00:00:07Z,b,10",
        "2024-01-01T00:01:00+00:00,b,20",
        "2024-01-01T01:01:00+01:00,b,30",
        "2024-01-01 00:04:59,a,1",
        "2024-01-01 00:05:00,a,NaN",
        "2024-01-01 00:10:00,a,",
        "2024-01-01 00:15:00,a, 4 ",
      ].join("\r\n"),
    );
    const { meta, findings } = await run([file]);
    expect(meta).toMatchObject({ rows: 6, servers: 2, createdBy: { rowsRead: 8, rowsMerged: 2 } });
    expect(findings.notes).toMatchObject([
      { code: "timestamp_disorder", count: 1 },
      { code: "timestamp_duplicate", count: 1, first: "server b" },
    ]);
    expect(findings.missingValues).toEqual({ cpu: 2, requests: 8, oom: 8 });
    const [a, b] = await readBack();
    expect(a?.startMs).toBe(Date.UTC(2024, 0, 1));
    expect(values(a)).toEqual([1, Number.NaN, Number.NaN, 4]);
    expect(values(b)).toEqual([20, Number.NaN, 30]);
  });

  it("takes the last counter, the greatest flag and the renamed category of a bin", async () => {
    const file = write(
      "rows.csv",
      `position,file,cpu,requests,oom,place,status,notes
1704067200000,a,1,5,0,N,on,first
1704067260000,a,2,7,true,S,off,"second, ""quoted"""
1704067500000,a,3,11,false,S,on,
`,
    );
    await run([file], {
      ...mapping,
      timestamp: { column: "position", unit: "ms" },
      server: { column: "file" },
      labels: { site: { column: "place", values: { N: "north", S: "south" } } },
      state: { column: "status" },
      metrics: { cpu: { column: "cpu" }, requests: { column: "requests" }, oom: { column: "oom" } },
      texts: { notes: { column: "notes" } },
    });
    const [a] = await readBack();
    expect(a?.labels).toEqual({ site: "south" });
    expect([0, 1, 2].map((index) => values(a, index))).toEqual([
      [1.5, 3],
      [Number.NaN, 4],
      [1, 0],
    ]);
    const db = await openDuckDb();
    const rows = await (await db.run(`SELECT state, notes FROM '${join(folder, "out/rows/*.parquet")}'`)).getRowsJS();
    expect(rows).toEqual([
      ["off", 'second, "quoted"'],
      ["on", null],
    ]);
    db.closeSync();
  });

  it("converts units and ratios, and reads switched-off rows as missing", async () => {
    const file = write(
      "rows.csv",
      "t,s,used,total,cores\n1704067200,a,1,4,2\n1704067500,a,0,4,0\n1704067800,a,1,0,2\n",
    );
    await run([file], {
      ...mapping,
      timestamp: { column: "t", unit: "s" },
      server: { column: "s" },
      metrics: { cpu: { column: "used", per: "total", scale: 100, offset: -5 } },
      missingWhen: { column: "cores", equals: 0 },
    });
    expect(values((await readBack())[0])).toEqual([20, Number.NaN, Number.NaN]);
  });

  it("numbers rows without times, the test file after the train file, whatever the order given", async () => {
    const test = write("omi-1_test.csv", "t,cpu,label\n0,3,1\n1,4,0\n");
    const train = write("omi-1_train.csv.gz", gzipSync("t,cpu\n0,1\n1,2\n"));
    const other = write("omi-2_train.csv.gz", gzipSync("t,cpu\n0,9\n"));
    const sequence = ["_train[.]", "_test[.]"];
    await run([test, other, train], {
      ...mapping,
      timestamp: { from: "rowIndex", start: "2024-01-01T00:00:00Z", step: "5m", sequence },
      server: { fromFileName: "^(omi-[0-9]+)_" },
      drop: ["t", "label"],
    });
    const [first, second] = await readBack();
    expect(first).toMatchObject({ server: "omi-1", startMs: Date.UTC(2024, 0, 1) });
    expect(values(first)).toEqual([1, 2, 3, 4]);
    expect(values(second)).toEqual([9]);
  });

  it("makes values out of range missing or clips them when the mapping says so, and counts them", async () => {
    const file = write(
      "rows.csv",
      "timestamp,server,cpu\n2024-01-01,a,-3\n2024-01-01 00:05:00,a,50\n2024-01-01 00:10:00,a,120\n",
    );
    for (const [outOfRange, expected] of [
      ["missing", [Number.NaN, 50, Number.NaN]],
      ["clip", [0, 50, 100]],
    ] as const) {
      const { findings } = await run([file], { ...mapping, outOfRange });
      expect(findings.notes).toMatchObject([{ code: "value_out_of_range", count: 2, first: "rows.csv row 1" }]);
      expect(values((await readBack())[0])).toEqual(expected);
      rmSync(join(folder, "out"), { recursive: true });
    }
  });

  it("reads Parquet with its own types like CSV, and gives the same bytes again", async () => {
    const path = join(folder, "rows.parquet");
    const db = await openDuckDb();
    await db.run(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS "timestamp", 'a' AS "server",
      (i % 7)::INTEGER AS cpu FROM range(3000) t(i)) TO '${path}'`);
    db.closeSync();
    const first = await run([path]);
    expect(first.findings.notes).toMatchObject([{ code: "interval_mismatch", count: 1 }]);
    expect(values((await readBack())[0])[0]).toBeCloseTo(897 / 300, 5);
    rmSync(join(folder, "out"), { recursive: true });
    expect((await run([path])).meta.fingerprint).toBe(first.meta.fingerprint);
  });

  it("migrates the two old forms by name", async () => {
    const oldGenerator = write(
      "old.csv",
      "timestamp,server_name,profile,state,problem_child,cpu_pct,mem_pct\n2024-01-01T00:00:00Z,s1,database,critical_issue,1,5,6\n",
    );
    const oldTrainer = write(
      "trainer.csv",
      "timestamp,server_id,status,cpu_percent,memory_percent,hour\n2024-01-01T00:00:00Z,s1,normal,5,6,0\n",
    );
    for (const [file, message] of [
      [oldGenerator, "renamed column server_name to server"],
      [oldTrainer, "renamed column cpu_percent to cpu_pct"],
    ] as const) {
      const out = join(folder, "old");
      const { findings, meta } = await importData({ files: [file], out, forewarnVersion: "0.0.0" });
      expect(findings.migration).toContain(message);
      expect(meta).toMatchObject({ servers: 1, contract: { name: "fleet" } });
      rmSync(out, { recursive: true });
    }
  });
});

describe("data that breaks the contract", () => {
  const time = "2024-01-01T00:00:00Z";
  it.each([
    ["an unknown column", `timestamp,server,cpu,extra\n${time},a,1,2\n`, "column_unknown", "extra", undefined],
    ["a truth column", `timestamp,server,cpu,incident\n${time},a,1,2\n`, "column_excluded", "incident", undefined],
    ["a missing column", `timestamp,server\n${time},a\n`, "column_missing", "cpu", undefined],
    [
      "a text for a number",
      `timestamp,server,cpu\n${time},a,1\n${time},a,abc\n`,
      "column_type",
      "cpu",
      "rows.csv row 2",
    ],
    ["a negative percentage", `timestamp,server,cpu\n${time},a,-1\n`, "value_out_of_range", "cpu", "rows.csv row 1"],
    ["an infinity", `timestamp,server,cpu\n${time},a,inf\n`, "value_not_finite", "cpu", "rows.csv row 1"],
    ["no time", `timestamp,server,cpu\nyesterday,a,1\n`, "timestamp_invalid", "timestamp", "rows.csv row 1"],
    [
      "an epoch for a text",
      `timestamp,server,cpu\n1704067200,a,1\n`,
      "timestamp_invalid",
      "timestamp",
      "rows.csv row 1",
    ],
    ["no server", `timestamp,server,cpu\n${time},,1\n`, "server_missing", "server", "rows.csv row 1"],
    [
      "a coarse interval",
      `timestamp,server,cpu\n${time},a,1\n2024-01-01T01:00:00Z,a,1\n`,
      "interval_mismatch",
      "timestamp",
      "server a",
    ],
    ["only a header", "timestamp,server,cpu\n", "file_empty", "rows.csv", undefined],
  ])("refuses %s and leaves nothing behind", async (_, text, code, path, first) => {
    const error = await run([write("rows.csv", text)]).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ForewarnError);
    expect(error).toMatchObject({ code, issues: expect.arrayContaining([expect.objectContaining({ code, path })]) });
    if (first !== undefined) expect((error as ForewarnError).issues[0]?.first).toBe(first);
    expect(readdirSync(folder).sort()).toEqual(["map.json", "rows.csv"]);
  });

  it("refuses seconds that are called milliseconds", async () => {
    const file = write("rows.csv", "timestamp,server,cpu\n1704067200,a,1\n");
    const timestamp = { column: "timestamp", unit: "ms" };
    await expect(run([file], { ...mapping, timestamp })).rejects.toMatchObject({ code: "timestamp_invalid" });
  });

  it("refuses unknown categories and, when asked to, repeated timestamps", async () => {
    const file = write("rows.csv", `timestamp,server,cpu,site\n${time},a,1,east\n${time},a,1,north\n`);
    const map = { ...mapping, labels: { site: { column: "site" } }, duplicates: "refuse" };
    const error = (await run([file], map).catch((e: unknown) => e)) as ForewarnError;
    expect(error.issues).toMatchObject([
      { code: "category_unknown", path: "site", message: 'Expected one of north, south, got "east"', count: 1 },
      { code: "timestamp_duplicate", count: 1 },
    ]);
  });

  it("reports every problem at once, with counts over all files and the first place", async () => {
    const good = write("1.csv", `timestamp,server,cpu\n${time},a,1\n`);
    const bad = write("2.csv", `timestamp,server,cpu\n${time},b,1\nx,b,200\n${time},,abc\n${time},b,300\n`);
    const worse = write("3.csv", `timestamp,server,cpu,gpu\n${time},b,500,1\n`);
    const map = write("map.json", JSON.stringify(mapping));
    const report = await validateData({ files: [good, bad, worse], mapping: map });
    expect(report).toMatchObject({ rows: 6, files: 3 });
    expect(report.problems.map(({ code, path, count, first }) => [code, path, count, first])).toEqual([
      ["column_unknown", "gpu", undefined, "3.csv"],
      ["timestamp_invalid", "timestamp", 1, "2.csv row 2"],
      ["server_missing", "server", 1, "2.csv row 3"],
      ["column_type", "cpu", 1, "2.csv row 3"],
      ["value_out_of_range", "cpu", 3, "2.csv row 2"],
    ]);
  });
});

describe("files that cannot be read", () => {
  const rows = `timestamp,server,cpu\n${Array.from({ length: 5000 }, (_, i) => `${new Date(1704067200000 + i * 300_000).toISOString()},a,${(i * 7919) % 100}\n`).join("")}`;
  const whole = gzipSync(rows);
  it.each([
    ["an empty file", "rows.csv", Buffer.alloc(0), "file_empty"],
    ["an empty header", "rows.csv", Buffer.from("\n1,2\n"), "file_empty"],
    [
      "binary junk",
      "rows.csv",
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256)),
      "file_unreadable",
    ],
    ["UTF-16", "rows.csv", Buffer.from(`\uFEFF${rows}`, "utf16le"), "file_unreadable"],
    ["Latin-1 in the header", "rows.csv", Buffer.from("timestamp,server,caf\xe9\n", "latin1"), "file_unreadable"],
    [
      "Latin-1 in the rows",
      "rows.csv",
      Buffer.from(`timestamp,server,cpu\n${"2024-01-01,caf\xe9,1\n".repeat(9999)}`, "latin1"),
      "file_unreadable",
    ],
    ["a row that is cut", "rows.csv", Buffer.from("timestamp,server,cpu\n2024-01-01,a,1\n2024-"), "file_unreadable"],
    ["a column twice", "rows.csv", Buffer.from("timestamp,server,cpu,cpu\n"), "file_unreadable"],
    ["truncated gzip", "rows.csv.gz", whole.subarray(0, whole.length >> 1), "file_unreadable"],
    ["gzip without its trailer", "rows.csv.gz", whole.subarray(0, -4), "file_unreadable"],
    ["junk called Parquet", "rows.parquet", Buffer.from("junk"), "file_unreadable"],
    ["truncated Parquet", "rows.parquet", Buffer.from(`PAR1${"x".repeat(100)}`), "file_unreadable"],
  ])("refuses %s", async (_, name, content, code) => {
    const file = write(name, content);
    await expect(run([file])).rejects.toMatchObject({ code });
    expect(readdirSync(folder).sort()).toEqual(["map.json", name]);
    const report = await validateData({ files: [file], mapping: join(folder, "map.json") });
    expect(report.problems).toMatchObject([{ code }]);
  });

  it("refuses missing files, directories, repeated files and a place that cannot be written", async () => {
    const file = write("rows.csv", rows);
    await expect(run([join(folder, "none.csv")])).rejects.toMatchObject({ code: "path_missing" });
    mkdirSync(join(folder, "sub"));
    await expect(run([join(folder, "sub")])).rejects.toMatchObject({ code: "file_unreadable" });
    await expect(run([file, file])).rejects.toMatchObject({ code: "usage_invalid" });
    const map = join(folder, "map.json");
    const options = { files: [file], mapping: map, forewarnVersion: "0.0.0" };
    await expect(importData({ ...options, out: join(map, "x") })).rejects.toMatchObject({ code: "path_exists" });
    await expect(importData({ ...options, out: folder })).rejects.toMatchObject({ code: "path_exists" });
  });

  it("validates the data set that it made", async () => {
    await run([write("rows.csv", rows)]);
    const report = await validateData({ files: [join(folder, "out")] });
    expect(report).toMatchObject({ contract: "small/1.0", rows: 5000, servers: 1, problems: [], notes: [] });
    const other = await validateData({ files: [join(folder, "out")], contract: "fleet" });
    expect(other.problems[0]).toEqual({
      code: "contract_mismatch",
      path: "name",
      message: 'Expected "fleet", got "small"',
    });
    expect(other.comparison).toEqual({ contract: "fleet/4.0", differences: other.problems.length });
    expect(report.comparison).toBeNull();
  });
});
