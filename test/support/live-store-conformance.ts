// What every live store must do, whatever it is made of: the suite that an implementation has to pass.
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

const LIMITS: StoreLimits = { windowMs: 2 * DAY_MS, retentionMs: 10 * DAY_MS, maxServers: 100 };

/**
 * Declares the suite.
 * @param open Opens the store that lies in a directory.
 */
export function liveStoreConformance(
  name: string,
  open: (directory: string, contract: Contract, limits: StoreLimits) => Promise<LiveStore>,
): void {
  describe(name, () => {
    let folder: string;
    let store: LiveStore;
    const reopen = async (limits: Partial<StoreLimits> = {}): Promise<void> => {
      await store.close();
      store = await open(join(folder, "store"), smallContract, { ...LIMITS, ...limits });
    };
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "forewarn-live-"));
      store = await open(join(folder, "store"), smallContract, LIMITS);
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("is empty at first", async () => {
      expect(store.servers()).toEqual([]);
      expect(await store.series()).toEqual([]);
      expect(await writeRows(store, [])).toEqual({ accepted: 0, duplicates: 0, conflicts: [], rejected: [] });
      await expect(store.series(["a"])).rejects.toMatchObject({ code: "server_unknown" });
      expect(store.status()).toMatchObject({ state: "ready", reason: null, gaps: [], servers: 0, queuedRows: 0 });
    });

    it("keeps what it acknowledged, every column, over a restart", async () => {
      const rows = [
        row("b's", 0, 0.1, { labels: { profile: "db" }, state: "ok", texts: { note: "a 'note'" } }),
        row("a", 60, Number.MIN_VALUE, { metrics: { requests: 2 ** 53 - 1, oom: 1 } }),
        { server: "a", timestampMs: BASE_MS + 61_001, metrics: {} },
      ];
      expect(await writeRows(store, rows)).toEqual({ accepted: 3, duplicates: 0, conflicts: [], rejected: [] });
      expect(await allRows(store)).toEqual(sorted(rows));
      await reopen();
      expect(await allRows(store)).toEqual(sorted(rows));
    });

    it("takes a row once; the first write wins, whether in one batch, in two, or in two at the same time", async () => {
      const first = await writeRows(store, [row("a", 0, 1), row("a", 0, 1), row("a", 0, 2), row("b", 0, 1)]);
      expect(first).toEqual({ accepted: 2, duplicates: 1, conflicts: [{ index: 2 }], rejected: [] });
      const second = await writeRows(store, [row("a", 0, 2), row("a", 0, 1), row("a", 0, 2), row("a", 1, 5)]);
      expect(second).toEqual({ accepted: 1, duplicates: 1, conflicts: [{ index: 0 }, { index: 2 }], rejected: [] });
      const third = await Promise.all([
        writeRows(store, [row("c", 0, 1), row("c", 1, 1)]),
        writeRows(store, [row("c", 0, 1), row("c", 1, 2), row("c", 2, 2)]),
      ]);
      expect(third[0]).toEqual({ accepted: 2, duplicates: 0, conflicts: [], rejected: [] });
      expect(third[1]).toEqual({ accepted: 1, duplicates: 1, conflicts: [{ index: 1 }], rejected: [] });
      expect(store.status().counts).toEqual({ accepted: 6, duplicates: 3, conflicts: 4, rejected: 0 });
      expect((await allRows(store)).map(({ metrics }) => metrics["load"])).toEqual([1, 5, 1, 1, 1, 2]);
    });

    it("tells a missing value from another one", async () => {
      await writeRows(store, [row("a", 0, 1, { metrics: { oom: 0 } })]);
      const { duplicates, conflicts } = await writeRows(store, [
        row("a", 0, 1),
        row("a", 0, 1, { metrics: { oom: 0 } }),
      ]);
      expect({ duplicates, conflicts }).toEqual({ duplicates: 1, conflicts: [{ index: 0 }] });
      const other = await writeRows(store, [row("a", 0, 1, { metrics: { oom: 0 }, state: "ill" })]);
      expect(other.conflicts).toEqual([{ index: 0 }]);
    });

    it("knows the latest labels and state of a server by their time, not by their arrival", async () => {
      await writeRows(store, [row("a", 600, 1, { labels: { profile: "web" }, state: "ill" })]);
      await writeRows(store, [row("a", 0, 1, { labels: { profile: "db" }, state: "ok" }), row("a", 900, 1)]);
      const expected = [
        { server: "a", labels: { profile: "web" }, state: "ill", firstMs: BASE_MS, lastMs: BASE_MS + 900_000 },
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
      await writeRows(store, [rows[4]!, rows[2]!]);
      expect(await store.series()).toEqual(await referenceSeries([rows[2]!, rows[4]!]));
      await writeRows(store, [rows[3]!, rows[0]!]);
      await writeRows(store, [rows[1]!]);
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
          { requiredKeys: [] },
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
          let other = await open(directory, smallContract, LIMITS);
          try {
            const writes: Promise<unknown>[] = [];
            for (let i = 0; i < sends.length; i += size) {
              writes.push(
                writeRows(
                  other,
                  sends.slice(i, i + size).map((index) => rows[index]!),
                ),
              );
              if (readBetween) await other.series();
            }
            await Promise.all(writes);
            const { accepted, duplicates, conflicts } = other.status().counts;
            expect([accepted, duplicates, conflicts]).toEqual([rows.length, sends.length - rows.length, 0]);
            const expected = await referenceSeries(rows);
            const withoutLabels = (series: Series[]) => series.map(({ labels, ...rest }) => rest);
            expect(await allRows(other)).toEqual(sorted(rows));
            expect(withoutLabels(await other.series())).toEqual(withoutLabels(expected));
            await other.close();
            other = await open(directory, smallContract, LIMITS);
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
        await writeRows(store, rows.slice(day * 24, day * 24 + 24));
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
      expect(await allRows(store)).toEqual(sorted(rows));
    });

    it("tells when the state of a server changed, of sealed days too; rows without a state change nothing", async () => {
      const states = ["ok", "ok", undefined, "ill", "ill", "ok"];
      const rows = states.map((state, at) => row("a", at * 6 * 3600, at, state === undefined ? {} : { state }));
      await writeRows(store, [...rows, row("b", 3600, 1, { state: "ill" }), row("b", 7200, 1, { state: "ok" })]);
      const check = async (): Promise<void> => {
        const all = await store.stateChanges("a", BASE_MS, BASE_MS + 2 * DAY_MS);
        expect(all).toEqual([
          { timeMs: BASE_MS + 18 * 3_600_000, from: "ok", to: "ill" },
          { timeMs: BASE_MS + 30 * 3_600_000, from: "ill", to: "ok" },
        ]);
        expect(await store.stateChanges("a", BASE_MS + 18 * 3_600_000, BASE_MS + DAY_MS)).toEqual([]);
        expect(await store.stateChanges("nobody", BASE_MS, BASE_MS + DAY_MS)).toEqual([]);
      };
      await check();
      await store.sealBefore(BASE_MS + DAY_MS);
      await check();
    });

    it("takes late rows of sealed days: first write wins there too, and the next sealing takes them in", async () => {
      await writeRows(store, [row("a", 0, 1), row("a", 600, 2), row("a", 86_400, 3)]);
      await store.sealBefore(BASE_MS + DAY_MS);
      const result = await writeRows(store, [row("a", 0, 1), row("a", 600, 9), row("a", 300, 5), row("a", 301, 6)]);
      expect(result).toEqual({ accepted: 2, duplicates: 1, conflicts: [{ index: 1 }], rejected: [] });
      const loads = [1, 5, 6, 2, 3];
      const check = async (): Promise<void> => {
        expect((await allRows(store)).map(({ metrics }) => metrics["load"])).toEqual(loads);
        const [series] = await store.series(["a"], BASE_MS, BASE_MS + 900_000);
        expect([...series!.values[0]!]).toEqual([1, 5.5, 2]);
      };
      await check();
      await reopen();
      await check();
      await store.sealBefore(BASE_MS + DAY_MS);
      await check();
      await store.sealBefore(BASE_MS + DAY_MS);
      await reopen();
      await check();
    });

    it("removes what is older than the retention, and servers that fell silent", async () => {
      await writeRows(store, [row("old", 0, 1), row("old", 86_400, 2), row("new", 3 * 86_400, 3)]);
      await store.sealBefore(BASE_MS + DAY_MS);
      await store.applyRetention(BASE_MS + 3.5 * DAY_MS);
      expect(store.servers().map(({ server }) => server)).toEqual(["new"]);
      expect((await allRows(store)).length).toBe(3);
      await store.applyRetention(BASE_MS + 11.5 * DAY_MS);
      expect((await allRows(store)).map(({ metrics }) => metrics["load"])).toEqual([3, 2]);
      await reopen();
      expect((await allRows(store)).map(({ metrics }) => metrics["load"])).toEqual([3, 2]);
    });

    it("refuses new servers over the limit, row by row, and goes on with those it knows", async () => {
      await reopen({ maxServers: 2 });
      const first = await writeRows(store, [row("a", 0, 1), row("b", 0, 1), row("c", 0, 1), row("a", 1, 1)]);
      expect(first).toEqual({
        accepted: 3,
        duplicates: 0,
        conflicts: [],
        rejected: [{ index: 2, reason: "too_many_servers" }],
      });
      const second = await writeRows(store, [row("d", 0, 1), row("b", 1, 1)]);
      expect(second).toMatchObject({ accepted: 1, rejected: [{ index: 0, reason: "too_many_servers" }] });
      expect(store.servers().length).toBe(2);
    });

    it("copies itself while writes go on", async () => {
      const before = Array.from({ length: 50 }, (_, i) => row("a", i * 3600, i));
      await writeRows(store, before);
      await store.sealBefore(BASE_MS + DAY_MS);
      const backup = store.backup(join(folder, "copy"));
      const later = Array.from({ length: 20 }, (_, i) => row("b", i, i));
      const writes = later.map((one) => writeRows(store, [one]));
      await Promise.all([backup, ...writes]);
      await expect(store.backup(join(folder, "copy"))).rejects.toMatchObject({ code: "path_exists" });
      const copy = await open(join(folder, "copy"), smallContract, LIMITS);
      const found = await allRows(copy);
      expect(found.filter(({ server }) => server === "a")).toEqual(sorted(before));
      const known = new Set(sorted(later).map((one) => JSON.stringify(one)));
      for (const one of found.filter(({ server }) => server === "b")) expect(known).toContain(JSON.stringify(one));
      expect(copy.status()).toMatchObject({ state: "ready", gaps: [] });
      await copy.close();
    });

    it("commits what waits when it closes, refuses what comes later, and closes twice", async () => {
      const write = writeRows(store, [row("a", 0, 1)]);
      await Promise.all([store.close(), store.close()]);
      expect(await write).toMatchObject({ accepted: 1 });
      await expect(writeRows(store, [row("a", 1, 1)])).rejects.toMatchObject({ code: "store_read_only" });
      expect(store.status().state).toBe("closed");
      await reopen();
      expect((await allRows(store)).length).toBe(1);
    });

    it("is opened by one at a time, and with one contract only", async () => {
      const again = open(join(folder, "store"), smallContract, LIMITS);
      await expect(again).rejects.toMatchObject({ code: "directory_locked" });
      await store.close();
      const other = { ...smallContract, interval: "10m" };
      await expect(open(join(folder, "store"), other, LIMITS)).rejects.toMatchObject({ code: "contract_mismatch" });
    });
  });
}
