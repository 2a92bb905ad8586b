import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Contract, contractHash, parseContract } from "../contract/index.ts";
import { createDataSet } from "./create.ts";
import { openDataSet } from "./data-set.ts";
import { duckDbError, sqlText } from "./duckdb.ts";

const metric = { unit: "1", role: "target", min: null, max: null, required: true, transform: "identity" };
const contract: Contract = parseContract(
  {
    name: "small",
    version: "1.0",
    interval: "5m",
    labels: [{ name: "profile", required: false, values: ["db", "web"] }],
    state: null,
    metrics: [
      { ...metric, name: "load", kind: "gauge" },
      { ...metric, name: "requests", kind: "counter", role: "observed", min: 0 },
      { ...metric, name: "oom", kind: "flag", min: 0, max: 1, role: "observed" },
    ],
    texts: [],
    breachRules: [],
  },
  "test",
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "forewarn-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const base = Date.UTC(2024, 0, 1);
const at = (seconds: number): string => `make_timestamp_ms(${base + seconds * 1000})::TIMESTAMP_MS`;
type Row = [seconds: number, server: string, load: string, requests: string, oom: string];

async function create(rows: Row[], rowIntervalMs = 60_000, extra = ""): Promise<string> {
  const directory = join(folder, "set");
  const values = rows.map(
    ([seconds, server, load, requests, oom]) =>
      `(${at(seconds)}, ${sqlText(server)}, 'db', ${load}::DOUBLE, ${requests}::DOUBLE, ${oom}::DOUBLE)`,
  );
  await createDataSet(
    directory,
    contract,
    rowIntervalMs,
    { tool: "simulate", forewarnVersion: "0" },
    async (out, db) => {
      await db.run(`COPY (SELECT * ${extra} FROM (VALUES ${values.join(", ")})
      AS rows("timestamp", "server", "profile", "load", "requests", "oom")) TO '${join(out, "0.parquet")}'`);
    },
  );
  return directory;
}

describe("a data set", () => {
  it("puts rows on the grid: mean of gauges, increase of counters, maximum of flags, NaN for nothing", async () => {
    const directory = await create([
      [0, "b", "1", "10", "0"],
      [60, "b", "3", "14", "1"],
      [300, "b", "NULL", "20", "0"],
      [900, "b", "8", "5", "NULL"],
      [660, "a", "7", "1", "0"],
    ]);
    const set = await openDataSet(directory);
    expect(set.meta).toMatchObject({ rows: 5, servers: 2, startMs: base, endMs: base + 900_000 });
    const [a, b] = await set.readSeries();
    expect(a).toMatchObject({ server: "a", steps: 1, startMs: base + 600_000, labels: { profile: "db" } });
    expect(a!.values.map((v) => [...v])).toEqual([[7], [Number.NaN], [0]]);
    expect(b!.steps).toBe(4);
    expect([...b!.values[0]!]).toEqual([2, Number.NaN, Number.NaN, 8]);
    expect([...b!.values[1]!]).toEqual([Number.NaN, 6, Number.NaN, Number.NaN]);
    expect([...b!.values[2]!]).toEqual([1, 0, Number.NaN, Number.NaN]);
    set.close();
    set.close();
  });

  it("reads the servers asked for, in that order, also when calls overlap", async () => {
    const set = await openDataSet(
      await create([
        [0, "a", "1", "1", "0"],
        [0, "b", "2", "1", "0"],
        [0, "c's", "3", "1", "0"],
      ]),
    );
    const reads = await Promise.all([set.readSeries(["c's", "a"]), set.readSeries(["b"]), set.readSeries([])]);
    expect(reads.map((series) => series.map(({ server, values }) => [server, values[0]![0]]))).toEqual([
      [
        ["c's", 3],
        ["a", 1],
      ],
      [["b", 2]],
      [],
    ]);
    await expect(set.readSeries(["d"])).rejects.toMatchObject({ code: "server_unknown" });
    set.close();
  });

  it("appears whole or not at all", async () => {
    const failing = createDataSet(
      join(folder, "x"),
      contract,
      60_000,
      { tool: "import", forewarnVersion: "0" },
      async () => {
        throw new Error("IO Error: Could not write file: No space left on device");
      },
    );
    await expect(failing).rejects.toMatchObject({ code: "disk_full" });
    expect(readdirSync(folder)).toEqual([]);
    const missing = createDataSet(
      join(folder, "x"),
      contract,
      60_000,
      { tool: "import", forewarnVersion: "0" },
      async (out, db) => {
        await db.run(`COPY (SELECT 1 AS "server") TO '${join(out, "0.parquet")}'`);
      },
    );
    await expect(missing).rejects.toMatchObject({ code: "column_missing" });
    expect(existsSync(join(folder, "x"))).toBe(false);
  });

  it("refuses a place that exists, cannot be written, or a row interval off the grid", async () => {
    const directory = await create([[0, "a", "1", "1", "0"]]);
    await expect(create([[0, "a", "1", "1", "0"]])).rejects.toMatchObject({ code: "path_exists" });
    const nothing = async (): Promise<void> => {};
    const createdBy = { tool: "import", forewarnVersion: "0" } as const;
    const below = join(directory, "dataset.json", "x");
    await expect(createDataSet(below, contract, 60_000, createdBy, nothing)).rejects.toMatchObject({
      code: "path_exists",
    });
    const off = createDataSet(join(folder, "y"), contract, 70_000, createdBy, nothing);
    await expect(off).rejects.toMatchObject({ code: "interval_mismatch" });
  });

  it("refuses damage: no data set, a description edited by hand, truncated rows", async () => {
    await expect(openDataSet(folder)).rejects.toMatchObject({ code: "path_missing" });
    const directory = await create([[0, "a", "1", "1", "0"]]);
    const path = join(directory, "dataset.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"5m"', '"10m"'));
    await expect(openDataSet(directory)).rejects.toMatchObject({ code: "dataset_invalid" });
    writeFileSync(path, "{");
    await expect(openDataSet(directory)).rejects.toMatchObject({ code: "dataset_invalid" });
    writeFileSync(path, text);
    truncateSync(join(directory, "rows", "0.parquet"), 100);
    const set = await openDataSet(directory);
    await expect(set.readSeries()).rejects.toMatchObject({ code: "dataset_invalid" });
    set.close();
  });
});

describe("rows beside a contract that they do not follow", () => {
  const cases: [string, string, RegExp, (contract: Contract) => void][] = [
    [
      "a column that is missing",
      "column_missing",
      /column size/,
      (other) => void Object.assign(other.metrics[0]!, { name: "size" }),
    ],
    ["a column too many", "column_unknown", /column oom/, (other) => void other.metrics.pop()],
    [
      "a column of another type",
      "column_type",
      /column oom/,
      (other) => void other.texts.push(other.metrics.pop()!.name),
    ],
    ["another vocabulary", "category_unknown", /profile.*"db"/, (other) => void other.labels[0]!.values.shift()],
    [
      "another range",
      "value_out_of_range",
      /load.*0 to 5 .*got 7/,
      (other) => void Object.assign(other.metrics[0]!, { min: 0, max: 5 }),
    ],
  ];
  it.each(cases)("%s", async (_, code, message, change) => {
    const directory = await create([
      [0, "a", "1", "1", "0"],
      [60, "a", "7", "2", "NULL"],
    ]);
    const other = structuredClone(contract);
    change(other);
    const path = join(directory, "dataset.json");
    const meta = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...meta, contract: other, contractHash: contractHash(other) }));
    const set = await openDataSet(directory);
    await expect(set.readSeries()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    set.close();
  });
});

describe("duckDbError", () => {
  it.each([
    ["IO Error: Could not write to file: No space left on device", "disk_full"],
    ['IO Error: Cannot open file "x": Permission denied', "path_not_writable"],
    ['IO Error: No files found that match the pattern "x.csv"', "path_missing"],
    ["Invalid Input Error: No magic bytes found at end of file 'x'", "file_unreadable"],
  ])("%s -> %s", (message, code) => {
    expect(duckDbError(new Error(message), "x", "file_unreadable")).toMatchObject({ code });
  });

  it("passes other errors through", () => {
    const bug = new TypeError("x is not a function");
    expect(duckDbError(bug, "x", "file_unreadable")).toBe(bug);
  });
});
