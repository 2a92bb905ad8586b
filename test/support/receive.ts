// What tests of the receiver share: a small mapping, samples, a store that keeps rows, and a disk in memory that may fail.
import { type Contract, nodeContract } from "../../src/contract/index.ts";
import { openMapping } from "../../src/prometheus/index.ts";
import type { JournalFiles } from "../../src/receive/index.ts";
import type { LiveStore, RowBatch, WriteResult } from "../../src/store/index.ts";
import { type LabelSet, labelSetOf, REMOTE_WRITE_LIMITS, type SampleBlock } from "../../src/wire/index.ts";

export const MINUTE_MS = 60_000;
export const INTERVAL_MS = 5 * MINUTE_MS;
export const START_MS = Date.UTC(2026, 0, 5);
const metric = { unit: "percent", kind: "gauge", min: 0, max: 1e9, required: false, transform: "identity" } as const;

/** A mean, a rate, a ratio of two series, and a difference to the interval before. */
export const receiveMapping = openMapping(
  {
    contract: {
      ...nodeContract,
      ...{ interval: "5m", labels: [], breachRules: [] },
      metrics: [
        { ...metric, name: "load", role: "target" },
        { ...metric, name: "traffic", role: "observed" },
        { ...metric, name: "share", role: "observed" },
        { ...metric, name: "risen", role: "observed" },
      ],
    } satisfies Contract,
    metrics: {
      load: { expression: "avg_over_time(load[$interval])" },
      traffic: { expression: "sum by (instance) (rate(traffic_total[$interval]))" },
      share: { expression: "load / on (instance) capacity" },
      risen: { expression: "last_over_time(load[$interval]) - last_over_time(load[$interval] offset $interval)" },
    },
  },
  "test",
);

/** A sample in words. */
export interface TestSample {
  set: LabelSet;
  timeMs: number;
  value: number | "stale";
}

const sets = new Map<string, LabelSet>();

/** The label set of a name and labels; the same object every time. */
export function labelSet(name: string, labels: Record<string, string>): LabelSet {
  const key = JSON.stringify([name, labels]);
  const known = sets.get(key);
  if (known !== undefined) return known;
  const made = labelSetOf([["__name__", name], ...Object.entries(labels)], REMOTE_WRITE_LIMITS);
  if ("reason" in made) throw new Error(made.reason);
  sets.set(key, made);
  return made;
}

/** Samples as a decoded request: one after the other, in this order. */
export function blockOf(samples: readonly TestSample[]): SampleBlock {
  return {
    series: samples.map(({ set }) => set),
    starts: Uint32Array.from({ length: samples.length + 1 }, (_, at) => at),
    timestampsMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    values: Float64Array.from(samples, ({ value }) => (value === "stale" ? Number.NaN : value)),
    stale: Uint8Array.from(samples, ({ value }) => (value === "stale" ? 1 : 0)),
  };
}

/** A store that keeps rows by server and time; the first write of a row wins. */
export interface RowKeeper extends Pick<LiveStore, "write"> {
  /** Rows as texts, sorted: server, minutes since the start, metrics. */
  rows(): string[];
  conflicts: number;
  /** Makes the next writes fail. */
  failure: Error | null;
}

/** Makes an empty store. */
export function rowKeeper(): RowKeeper {
  const rows = new Map<string, string>();
  return {
    conflicts: 0,
    failure: null,
    rows: () => [...rows.values()].sort(),
    async write(batch: RowBatch): Promise<WriteResult> {
      if (this.failure !== null) throw this.failure;
      const result: WriteResult = { accepted: 0, duplicates: 0, conflicts: [], rejected: [] };
      for (const [row, server] of batch.servers.entries()) {
        const minutes = (batch.timestampsMs[row]! - START_MS) / MINUTE_MS;
        // Sums of the same samples may differ in their last digit.
        const values = batch.metrics.map((column) => Number(column[row]!.toPrecision(12)));
        const text = `${server} ${String(minutes).padStart(4, "0")}: ${values.join(" ")}`;
        const key = `${server} ${minutes}`;
        const known = rows.get(key);
        if (known === undefined) {
          rows.set(key, text);
          result.accepted++;
        } else if (known === text) result.duplicates++;
        else {
          result.conflicts.push({ index: row });
          this.conflicts++;
        }
      }
      return result;
    },
  };
}

/** A directory in memory: what was synced survives {@link MemoryDisk.crash}. */
export interface MemoryDisk {
  files: JournalFiles;
  /** Content by name, as it is now. */
  contents: Map<string, Buffer>;
  /** Forgets what was not synced, but for `keep` bytes at the end of each file. */
  crash(keep: number): void;
  /** Code of the error of the next writes or syncs; null when the disk works. */
  failure: { on: "write" | "sync"; code: string } | null;
  freeBytes: number;
  syncs: number;
}

/** Makes an empty directory. */
export function memoryDisk(): MemoryDisk {
  const contents = new Map<string, Buffer>();
  const synced = new Map<string, number>();
  const failIf = (on: "write" | "sync"): void => {
    if (disk.failure?.on === on) throw Object.assign(new Error(disk.failure.code), { code: disk.failure.code });
  };
  const cut = (name: string, bytes: number): void => {
    contents.set(name, contents.get(name)!.subarray(0, bytes));
    synced.set(name, Math.min(bytes, synced.get(name) ?? 0));
  };
  const disk: MemoryDisk = {
    contents,
    ...{ failure: null, freeBytes: Number.MAX_SAFE_INTEGER, syncs: 0 },
    crash(keep) {
      for (const [name, bytes] of contents) {
        contents.set(name, bytes.subarray(0, Math.min(bytes.length, (synced.get(name) ?? 0) + keep)));
      }
    },
    files: {
      directory: "memory",
      list: () => [...contents.keys()].sort(),
      read: async (name) => Buffer.from(contents.get(name)!),
      truncate: async (name, bytes) => cut(name, bytes),
      async create(name) {
        contents.set(name, Buffer.alloc(0));
        return {
          async write(buffers, at) {
            const before = contents.get(name)!.subarray(0, at);
            if (disk.failure?.on === "write") contents.set(name, Buffer.concat([before, buffers[0]!.subarray(0, 5)]));
            failIf("write");
            contents.set(name, Buffer.concat([before, ...buffers]));
          },
          async sync() {
            failIf("sync");
            disk.syncs++;
            synced.set(name, contents.get(name)!.length);
          },
          truncate: async (bytes) => cut(name, bytes),
          close: async () => undefined,
        };
      },
      async rename(name, to) {
        contents.set(to, contents.get(name)!);
        contents.delete(name);
      },
      remove: async (name) => void contents.delete(name),
      freeBytes: () => disk.freeBytes,
    },
  };
  return disk;
}
