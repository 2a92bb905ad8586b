// What a live store must do that keeps rows itself: acknowledge them, take each once, seal, remove and copy them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LiveStore } from "../../src/store/index.ts";
import { LIMITS, type OpenStore, type StoreLimits } from "./live-store-conformance.ts";
import { allRows, BASE_MS, DAY_MS, row, smallContract, sorted, writeRows } from "./live-store-rows.ts";

/** Declares the suite. */
export function keptRowsConformance(name: string, open: OpenStore): void {
  describe(name, () => {
    let folder: string;
    let store: LiveStore;
    const reopen = async (limits: Partial<StoreLimits> = {}): Promise<void> => {
      await store.close();
      store = await open(join(folder, "store"), smallContract, { ...LIMITS, ...limits });
    };
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "forewarn-kept-"));
      store = await open(join(folder, "store"), smallContract, LIMITS);
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("acknowledges a write of nothing", async () => {
      expect(await writeRows(store, [])).toEqual({ accepted: 0, duplicates: 0, conflicts: [], rejected: [] });
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
