// What every live store must do, whatever it is made of: the suite that an implementation has to pass. Those that keep
// rows themselves pass test/support/kept-rows-conformance.ts too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Contract } from "../../src/contract/index.ts";
import type { LiveRow, LiveStore, Series } from "../../src/store/index.ts";
import { allRows, BASE_MS, DAY_MS, referenceSeries, row, smallContract, sorted, writeRows } from "./live-store-rows.ts";

/** How a store is made for a test. */
export interface StoreLimits {
  windowMs: number;
  retentionMs: number;
  maxServers: number;
}

/** Limits of the stores under test. */
export const LIMITS: StoreLimits = { windowMs: 2 * DAY_MS, retentionMs: 10 * DAY_MS, maxServers: 100 };

/** Opens the store that lies in a directory. */
export type OpenStore = (directory: string, contract: Contract, limits: StoreLimits) => Promise<LiveStore>;

/** A kind of store. */
export interface StoreKind {
  /** An opened store has read what it finds. */
  open: OpenStore;
  /** Brings rows to where the store in a directory finds them; resolves when its reads see them. */
  put: (store: LiveStore, directory: string, rows: readonly LiveRow[]) => Promise<void>;
  /** Whether it keeps rows as they are, states, texts and times included, and not only what a mapping makes of samples. */
  keepsRows: boolean;
}

/** Declares the suite. */
export function liveStoreConformance(name: string, kind: StoreKind): void {
  describe(name, () => {
    let folder: string;
    let store: LiveStore;
    const directoryOf = (): string => join(folder, "store");
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await kind.open(directoryOf(), smallContract, LIMITS);
    };
    const put = (rows: readonly LiveRow[]): Promise<void> => kind.put(store, directoryOf(), rows);
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "forewarn-live-"));
      store = await kind.open(directoryOf(), smallContract, LIMITS);
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("is empty at first", async () => {
      expect(store.servers()).toEqual([]);
      expect(await store.series()).toEqual([]);
      await expect(store.series(["a"])).rejects.toMatchObject({ code: "server_unknown" });
      expect(store.status()).toMatchObject({ state: "ready", reason: null, gaps: [], servers: 0, queuedRows: 0 });
    });

    it("knows the latest labels and state of a server by their time, not by their arrival", async () => {
      await put([row("a", 600, 1, { labels: { profile: "web" }, state: "ill" })]);
      await put([row("a", 0, 1, { labels: { profile: "db" }, state: "ok" }), row("a", 900, 1)]);
      const state = kind.keepsRows ? "ill" : null;
      const expected = [
        { server: "a", labels: { profile: "web" }, state, firstMs: BASE_MS, lastMs: BASE_MS + 900_000 },
      ];
      expect(store.servers()).toEqual(expected);
      expect(store.server("a")).toEqual(expected[0]);
      expect(store.server("b")).toBeUndefined();
      await reopen();
      expect(store.servers()).toEqual(expected);
    });

    it("gives series bit for bit as a data set of the same rows does, also of late rows", async () => {
      const counter = (seconds: number, requests: number): LiveRow =>
        row("a", seconds, seconds / 7, { metrics: { requests, oom: seconds % 2 } });
      const rows = [counter(0, 1), counter(299, 4), counter(300, 9), counter(1500, 8), counter(1801, 20)];
      await put([rows[4]!, rows[2]!]);
      expect(await store.series()).toEqual(await referenceSeries([rows[2]!, rows[4]!]));
      await put([rows[3]!, rows[0]!]);
      await put([rows[1]!]);
      const expected = await referenceSeries(rows);
      expect(await store.series()).toEqual(expected);
      expect((await store.series(["a"], BASE_MS + 300_000, BASE_MS + 900_000))[0]!.values[1]).toEqual(
        expected[0]!.values[1]!.slice(1, 3),
      );
      await reopen();
      expect(await store.series()).toEqual(expected);
    });

    it("gives the same contents and series for any order, repetition and split of the writes", async () => {
      const someRow = fc.record({
        server: fc.constantFrom("a", "b"),
        timestampMs: fc.integer({ min: 0, max: 40 }).map((step) => BASE_MS + step * 75_000),
        // Eighths: their sums are exact, so that the order of a sum cannot show.
        metrics: fc.record(
          {
            load: fc.integer({ min: -4000, max: 4000 }).map((eighths) => eighths / 8),
            requests: fc.nat(100),
            oom: fc.nat(1),
          },
          // A row without a value is nothing to a database.
          { requiredKeys: kind.keepsRows ? [] : ["load"] },
        ),
      });
      const rowsOf = fc.uniqueArray(someRow, {
        minLength: 1,
        maxLength: 30,
        selector: ({ server, timestampMs }) => `${server} ${timestampMs}`,
      });
      const plan = rowsOf.chain((rows) => {
        const sends = fc.array(fc.nat(rows.length - 1), { maxLength: 10 });
        const order = fc.shuffledSubarray([...rows.keys()], { minLength: rows.length });
        return fc.record({
          rows: fc.constant(rows),
          sends: fc.tuple(order, sends).map(([all, again]) => [...again, ...all]),
          size: fc.integer({ min: 1, max: 12 }),
        });
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(plan, fc.boolean(), async ({ rows, sends, size }, readBetween) => {
          const directory = join(folder, `run-${run++}`);
          let other = await kind.open(directory, smallContract, LIMITS);
          try {
            const writes: Promise<unknown>[] = [];
            for (let i = 0; i < sends.length; i += size) {
              writes.push(
                kind.put(
                  other,
                  directory,
                  sends.slice(i, i + size).map((index) => rows[index]!),
                ),
              );
              if (readBetween) await other.series();
            }
            await Promise.all(writes);
            if (kind.keepsRows) {
              const { accepted, duplicates, conflicts } = other.status().counts;
              expect([accepted, duplicates, conflicts]).toEqual([rows.length, sends.length - rows.length, 0]);
              expect(await allRows(other)).toEqual(sorted(rows));
            }
            const expected = await referenceSeries(rows);
            const withoutLabels = (series: Series[]) => series.map(({ labels, ...rest }) => rest);
            expect(withoutLabels(await other.series())).toEqual(withoutLabels(expected));
            await other.close();
            other = await kind.open(directory, smallContract, LIMITS);
            expect(withoutLabels(await other.series())).toEqual(withoutLabels(expected));
          } finally {
            await other.close();
            rmSync(directory, { recursive: true, force: true });
          }
        }),
        { numRuns: 15 },
      );
    });

    it("slides the hot window and reads what lies before it from the stored rows", async () => {
      const rows = Array.from({ length: 5 * 24 }, (_, hour) =>
        row("a", hour * 3600, hour, { metrics: { requests: hour * 10 } }),
      );
      for (let day = 0; day < 5; day++) {
        await put(rows.slice(day * 24, day * 24 + 24));
        await store.series();
      }
      const [whole] = await referenceSeries(rows);
      // The last row is at the start of an hour, so the window begins in the gap between two.
      const windowBins = LIMITS.windowMs / 300_000 - 11;
      const check = async (): Promise<void> => {
        const [hot] = await store.series();
        expect(hot!.steps).toBe(windowBins);
        expect(hot!.values).toEqual(whole!.values.map((values) => values.slice(-windowBins)));
        const history = await store.history("a", BASE_MS, BASE_MS + 6 * DAY_MS);
        expect(history).toMatchObject({ startMs: BASE_MS, steps: whole!.steps });
        expect(history.values).toEqual(whole!.values);
        const part = await store.history("a", BASE_MS + DAY_MS, BASE_MS + DAY_MS + 3_600_000);
        expect(part.values).toEqual(whole!.values.map((values) => values.slice(288, 300)));
      };
      await check();
      await store.sealBefore(BASE_MS + 4 * DAY_MS);
      await check();
      await reopen();
      await check();
      expect(await allRows(store, BASE_MS, BASE_MS + 6 * DAY_MS)).toEqual(sorted(rows));
    });

    it("visits the rows of a range", async () => {
      const rows = ["b", "a"].flatMap((server) => [0, 1, 2].map((bin) => row(server, bin * 300, bin)));
      await put(rows);
      const visited = (first: number, end: number) =>
        allRows(store, BASE_MS + first * 300_000, BASE_MS + end * 300_000);
      expect(await visited(0, 3)).toEqual(sorted(rows));
      expect(await visited(1, 2)).toEqual(sorted(rows.filter((_, i) => i % 3 === 1)));
      expect(await visited(1, 1)).toEqual([]);
    });

    it("forgets servers that fell silent", async () => {
      await put([row("old", 0, 1), row("old", 86_400, 2), row("new", 3 * 86_400, 3)]);
      await store.applyRetention(BASE_MS + 3.5 * DAY_MS);
      expect(store.servers().map(({ server }) => server)).toEqual(["new"]);
      await expect(store.series(["old"])).rejects.toMatchObject({ code: "server_unknown" });
    });

    it("refuses rows once it is closed, and closes twice", async () => {
      await Promise.all([store.close(), store.close()]);
      await expect(writeRows(store, [row("a", 1, 1)])).rejects.toMatchObject({ code: "store_read_only" });
      expect(store.status().state).toBe("closed");
    });
  });
}
