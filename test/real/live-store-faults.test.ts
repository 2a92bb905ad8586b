// A full disk, damaged files and leftovers: the store opens by itself, says what is missing, and serves the rest.
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRng } from "../../src/base/index.ts";
import { type EmbeddedStoreOptions, type LiveStore, openEmbeddedStore } from "../../src/store/index.ts";
import { allRows, BASE_MS, DAY_MS, row, smallContract, sorted, writeRows } from "../support/live-store-rows.ts";

const FLIPS = process.env["FOREWARN_LONG"] === "1" ? 200 : 12;
let directory: string;
let store: LiveStore;
const open = async (options: Partial<EmbeddedStoreOptions> = {}): Promise<void> => {
  store = await openEmbeddedStore(directory, smallContract, options);
};
/** Rows of two days, an hour apart. */
const rows = Array.from({ length: 48 }, (_, hour) => row("a", hour * 3600, hour / 3));

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "forewarn-faults-")), "store");
});
afterEach(async () => {
  await store.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

/** Makes a store with its first day sealed, and closes it. */
async function closedStore(): Promise<void> {
  await open();
  await writeRows(store, rows);
  await store.sealBefore(BASE_MS + DAY_MS);
  await store.close();
}

function flip(path: string, bit: number): void {
  const bytes = readFileSync(path);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  writeFileSync(path, bytes);
}

describe("a sealed day", () => {
  const path = (): string => join(directory, "days", "2024-01-10.parquet");
  const damages: [string, () => void][] = [
    ["a flipped bit", () => flip(path(), 8 * 200 + 3)],
    ["a torn file", () => truncateSync(path(), statSync(path()).size - 1)],
    ["a missing file", () => rmSync(path())],
  ];
  test.each(damages)("%s is a gap; the rest is served, and rows sent again fill it", async (_, damage) => {
    await closedStore();
    damage();
    await open();
    expect(await allRows(store)).toEqual(sorted(rows.slice(24)));
    const gap = { code: "store_corruption", fromMs: BASE_MS, toMs: BASE_MS + DAY_MS };
    expect(store.status()).toMatchObject({ state: "ready", gaps: [gap], sealedDays: [] });
    expect(await writeRows(store, rows)).toMatchObject({ accepted: 24, duplicates: 24 });
    await store.sealBefore(BASE_MS + DAY_MS);
    await store.close();
    await open();
    expect(await allRows(store)).toEqual(sorted(rows));
    expect(store.status().gaps).toMatchObject([gap]);
  });

  test("a damaged list of days is made anew from the files", async () => {
    await closedStore();
    writeFileSync(join(directory, "days", "manifest.json"), "{");
    await open();
    expect(await allRows(store)).toEqual(sorted(rows));
    expect(store.status().gaps).toMatchObject([{ fromMs: null, toMs: null }]);
  });

  test("what a killed process left behind is removed; what it sealed twice counts once", async () => {
    await closedStore();
    const days = join(directory, "days");
    writeFileSync(join(days, ".2024-01-11.parquet.tmp"), "half");
    // Renamed, but not in the list yet: its rows are in the database still.
    writeFileSync(join(days, "2024-01-11.parquet"), "unlisted");
    await open();
    expect(await allRows(store)).toEqual(sorted(rows));
    expect(readdirSync(days).sort()).toEqual(["2024-01-10.parquet", "manifest.json"]);
  });
});

describe("the database", () => {
  test("that is no database is set aside; sealed days are served and new rows are taken", async () => {
    await closedStore();
    writeFileSync(join(directory, "recent.duckdb"), "not a database".repeat(1000));
    await open();
    expect(await allRows(store)).toEqual(sorted(rows.slice(0, 24)));
    const gaps = store.status().gaps;
    expect(gaps).toMatchObject([{ code: "store_corruption", fromMs: BASE_MS + DAY_MS, toMs: null }]);
    expect(existsSync(join(directory, gaps[0]!.file))).toBe(true);
    expect(await writeRows(store, rows.slice(24))).toMatchObject({ accepted: 24 });
    await store.close();
    await open();
    expect(await allRows(store)).toEqual(sorted(rows));
    expect(store.status().gaps).toEqual(gaps);
  });

  test(`${FLIPS} flipped bits and torn ends, in the file or its log: never a wrong row`, async () => {
    const rng = createRng(7);
    const whole = sorted(rows);
    const known = new Set(whole.map((one) => JSON.stringify(one)));
    const saved = join(directory, "..", "saved");
    await open();
    await writeRows(store, rows.slice(0, 24));
    await store.close();
    await open();
    for (const one of rows.slice(24)) await writeRows(store, [one]);
    // A copy of the files as a killed process would leave them: the log is not folded in.
    execFileSync("cp", ["-r", directory, saved]);
    await store.close();
    const files = readdirSync(saved).filter((name) => name.startsWith("recent.duckdb"));
    expect(files.length).toBe(2);
    for (let round = 0; round < FLIPS; round++) {
      rmSync(directory, { recursive: true });
      execFileSync("cp", ["-r", saved, directory]);
      const path = join(directory, files[round % files.length]!);
      const { size } = statSync(path);
      if (rng.uniform() < 0.3) truncateSync(path, Math.floor(rng.uniform() * size));
      else flip(path, Math.floor(rng.uniform() * size * 8));
      await open();
      const found = await allRows(store);
      expect(found.filter((one) => !known.has(JSON.stringify(one)))).toEqual([]);
      // DuckDB takes a damaged length in its log for the torn end of a write that was never acknowledged. What it drops
      // without a word is then the end of the log: an exact prefix of the writes is left.
      const isPrefix = path.endsWith(".wal") && found.length >= 24;
      if (isPrefix) expect(found).toEqual(whole.slice(0, found.length));
      else if (found.length < whole.length) expect(store.status().gaps.length).toBeGreaterThan(0);
      expect(await writeRows(store, [row("new", 0, 1)])).toMatchObject({ accepted: 1 });
      await store.close();
    }
  });
});

test.each([1, 2, 3, 7])("the sync number %i fails: nothing is acknowledged from then on, reads go on", async (call) => {
  const writer = fileURLToPath(new URL("../support/live-store-writer.ts", import.meta.url));
  const inject = ["-e", "trace=fsync,fdatasync", "-e", `inject=fsync,fdatasync:error=EIO:when=${call}`];
  const command = [process.execPath, "--import", "tsx", writer, directory, "1", "-"];
  const traced = spawnSync("strace", ["-f", "-qq", "-o", "/dev/null", ...inject, ...command], { encoding: "utf8" });
  await open();
  if (traced.error !== undefined || /ptrace/.test(traced.stderr)) {
    console.warn("skipped: failing a sync needs strace");
    return;
  }
  const lines = traced.stdout.trim().split("\n");
  const numbers = (word: string): number[] =>
    lines.flatMap((line) => {
      const [first, begin, count] = line.split(" ");
      return first === word ? Array.from({ length: Number(count) }, (_, i) => Number(begin) + i) : [];
    });
  const stored = (await allRows(store)).map(({ metrics }) => Math.round(metrics["load"]! * 7));
  const acked = numbers("acked");
  expect(lines.at(-1)).toMatch(/^(refused store_read_only|failed store_read_only store_read_only failed \d+)$/);
  if (lines.at(-1)!.startsWith("failed"))
    expect(Number(lines.at(-1)!.split(" ")[4])).toBeGreaterThanOrEqual(acked.length);
  expect(acked.filter((number) => !stored.includes(number))).toEqual([]);
  expect(stored.filter((number) => !numbers("sent").includes(number))).toEqual([]);
  expect(store.status()).toMatchObject({ state: "ready", gaps: [] });
});

test.each([
  ["with space kept back", 1 << 20],
  ["to the last byte", 0],
])("a full disk, %s: writes are refused, reads go on, and writing goes on by itself", async (_, reservedBytes) => {
  mkdirSync(directory);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", directory], { stdio: "ignore" });
  } catch {
    console.warn("skipped: mounting a small tmpfs needs root on Linux");
    await open();
    return;
  }
  try {
    await open({ reservedBytes });
    const sent = [...rows];
    await writeRows(store, sent);
    writeFileSync(join(directory, "ballast"), Buffer.alloc(4 << 20));
    let refused: unknown;
    for (let second = 0; refused === undefined && second < 400; second++) {
      const batch = Array.from({ length: 500 }, (_, i) => row(`s${i}`, second, Math.sqrt(second * 500 + i)));
      await writeRows(store, batch).then(
        () => sent.push(...batch),
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ code: "store_read_only" });
    expect(store.status().state).toBe("read_only");
    const more = Array.from({ length: 5000 }, (_, i) => row(`more-${i}`, 0, Math.sqrt(i)));
    await expect(writeRows(store, more)).rejects.toMatchObject({ code: "store_read_only" });
    expect((await allRows(store)).length).toBeGreaterThanOrEqual(sent.length);
    expect((await store.series(["a"]))[0]!.steps).toBe(565);
    rmSync(join(directory, "ballast"));
    // Known without a write: who looks whether it is ready sends no rows before.
    expect(store.status()).toMatchObject({ state: "ready", reason: null });
    expect(await writeRows(store, [row("b", 0, 1)])).toMatchObject({ accepted: 1 });
    expect(store.status()).toMatchObject({ state: "ready", reason: null });
    const found = new Set((await allRows(store)).map((one) => JSON.stringify(one)));
    await store.close();
    await open({ reservedBytes });
    expect(new Set((await allRows(store)).map((one) => JSON.stringify(one)))).toEqual(found);
    expect(sorted(sent).filter((one) => !found.has(JSON.stringify(one)))).toEqual([]);
  } finally {
    await store.close();
    execFileSync("umount", [directory]);
  }
});
