import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allRows, row, smallContract, writeRows } from "../../../test/support/live-store-rows.ts";
import { openEmbeddedStore } from "./embedded-store.ts";

const root = mkdtempSync(join(tmpdir(), "forewarn-salvage-"));
const killed = join(root, "killed");
const COMMITS = 5;
afterAll(() => rmSync(root, { recursive: true }));

/** The files of a store whose process ended without a word after five commits. */
beforeAll(async () => {
  const store = await openEmbeddedStore(join(root, "store"), smallContract);
  for (let i = 0; i < COMMITS; i++) await writeRows(store, [row("s", i * 60, i)]);
  cpSync(join(root, "store"), killed, { recursive: true });
  await store.close();
});

test.each<[string, (log: string) => void, number]>([
  ["100 zeros at its end", (log) => appendFileSync(log, Buffer.alloc(100)), COMMITS],
  ["a page of zeros at its end", (log) => appendFileSync(log, Buffer.alloc(4096)), COMMITS],
  ["a last commit that is half zeros", (log) => writeFileSync(log, zeroed(readFileSync(log), 60)), COMMITS - 1],
])("a log with %s keeps every commit before the damage, says what it lost, and goes on", async (name, damage, kept) => {
  const directory = join(root, name.replaceAll(" ", "-"));
  cpSync(killed, directory, { recursive: true });
  damage(join(directory, "recent.duckdb.wal"));
  const store = await openEmbeddedStore(directory, smallContract);
  expect(await allRows(store)).toHaveLength(kept);
  expect(store.status().gaps).toMatchObject([{ code: "store_corruption" }]);
  expect(store.status().gaps[0]!.message).toContain("bytes of the log cannot be read");
  await writeRows(store, [row("s", 3600, 9)]);
  await store.close();
  const again = await openEmbeddedStore(directory, smallContract);
  expect(await allRows(again)).toHaveLength(kept + 1);
  await again.close();
});

function zeroed(bytes: Buffer, last: number): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.length - last), Buffer.alloc(last)]);
}
