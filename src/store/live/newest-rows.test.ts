// Rows that are the newest of their servers are stored without a look at what is there. Whatever comes before, between
// and after them, each key is stored once, and its first values stay.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fleetContract } from "../../contract/index.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import { createKnownServers } from "./known-servers.ts";
import { rowBatch } from "./row-batch.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 10);
const OPTIONS = { windowMs: 2 * HOUR_MS, reservedBytes: 0 };
const batchOf = (...rows: readonly (readonly [server: string, timestampMs: number, cpu?: number])[]) =>
  rowBatch(
    fleetContract,
    rows.map(([server, timestampMs, cpu = 1]) => ({ server, timestampMs, metrics: { cpu_pct: cpu } })),
  );

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-newest-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("only rows after all others of a known server are certainly new", () => {
  const servers = createKnownServers(fleetContract, 24);
  const first = batchOf(["a", START_MS], ["b", START_MS + 5]);
  expect(servers.areNewest(first)).toBe(false);
  servers.note(first, 0);
  servers.note(first, 1);
  expect(servers.areNewest(batchOf(["a", START_MS + 1], ["a", START_MS + 2], ["b", START_MS + 6]))).toBe(true);
  expect(servers.areNewest(batchOf(["a", START_MS]))).toBe(false);
  expect(servers.areNewest(batchOf(["a", START_MS + 1], ["b", START_MS + 5]))).toBe(false);
  expect(servers.areNewest(batchOf(["a", START_MS + 2], ["a", START_MS + 1]))).toBe(false);
  expect(servers.areNewest(batchOf(["a", START_MS + 1], ["c", START_MS + 1]))).toBe(false);
});

test("a server that was forgotten may have rows that are not known of", async () => {
  await using store = await opened();
  await store.write(batchOf(["a", START_MS], ["b", START_MS + 9 * HOUR_MS]));
  await store.applyRetention(START_MS + 9 * HOUR_MS);
  expect(store.servers().map(({ server }) => server)).toEqual(["b"]);
  // Late, so that the newest row that is known of is older than the newest that is stored.
  await store.write(batchOf(["a", START_MS - HOUR_MS]));
  expect(await store.write(batchOf(["a", START_MS]))).toMatchObject({ accepted: 0, duplicates: 1 });
});

test("every key is stored once, across restarts", async () => {
  const row = fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 1 }));
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.array(row, { minLength: 1, maxLength: 5 }) },
    fc.constant("restart"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), fc.nat(), async (steps, number) => {
      const place = join(directory, String(number));
      const values = new Map<string, number>();
      let store = await openEmbeddedStore(place, fleetContract, OPTIONS);
      for (const rows of steps) {
        if (typeof rows === "string") {
          await store.close();
          store = await openEmbeddedStore(place, fleetContract, OPTIONS);
          continue;
        }
        const expected = { accepted: 0, duplicates: 0, conflicts: [] as { index: number }[], rejected: [] };
        for (const [index, [server, minute, cpu]] of rows.entries()) {
          const key = `${server} ${minute}`;
          const known = values.get(key);
          if (known === undefined) expected.accepted++;
          else if (known === cpu) expected.duplicates++;
          else expected.conflicts.push({ index });
          values.set(key, known ?? cpu);
        }
        const at = rows.map(([server, minute, cpu]) => [server, START_MS + minute * MINUTE_MS, cpu] as const);
        expect(await store.write(batchOf(...at))).toEqual(expected);
      }
      let stored = 0;
      await store.readRows(START_MS, START_MS + HOUR_MS, ({ servers }) => {
        stored += servers.length;
      });
      await store.close();
      rmSync(place, { recursive: true });
      expect(stored).toBe(values.size);
    }),
    { numRuns: 12 },
  );
}, 60_000);

async function opened() {
  const store = await openEmbeddedStore(join(directory, "store"), fleetContract, OPTIONS);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}
