// The journal: what is acknowledged is replayed, in order and once; nothing that is damaged is guessed.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type MemoryDisk, memoryDisk } from "../../test/support/receive.ts";
import { copyJournal } from "./copy-journal.ts";
import { type Journal, type JournalOptions, openJournal } from "./journal.ts";
import { type JournalFiles, journalFiles } from "./journal-files.ts";
import { encodeRecord, scanSegment } from "./journal-records.ts";

const OPTIONS: JournalOptions = { segmentBytes: 1 << 20, waitingBytes: 1 << 20, reservedBytes: 1000 };

/** Bodies are texts; their interval is their first digit. */
async function open(files: JournalFiles, options: Partial<JournalOptions> = {}) {
  const seen: string[] = [];
  const journal = await openJournal(
    files,
    { ...OPTIONS, ...options },
    {
      samples(body) {
        const text = Buffer.from(body).toString();
        seen.push(text);
        return new Set([Number(text[0])]);
      },
      settled: ({ startMs, samples }) => void seen.push(`settled ${startMs} ${samples}`),
      dropped({ startMs, samples }) {
        seen.push(`dropped ${startMs} ${samples}`);
        return true;
      },
    },
  );
  return { journal, seen };
}
const append = (journal: Journal, text: string): Promise<void> =>
  journal.append(Buffer.from(text), new Set([Number(text[0])]));
const only = ({ contents }: MemoryDisk): [string, Buffer] => [...contents.entries()][0]!;

describe("journal", () => {
  it("gives back what was appended, with notes in between, in order", async () => {
    const { files } = memoryDisk();
    const { journal } = await open(files);
    await append(journal, "1a");
    journal.note({ kind: "settled", startMs: 1, samples: 7 });
    await append(journal, "2b");
    await append(journal, "");
    const { seen } = await open(files);
    expect(seen).toEqual(["1a", "settled 1 7", "2b", ""]);
  });

  it("syncs requests that come together once, and those that come meanwhile together", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    await Promise.all(["1a", "1b", "1c"].map((text) => append(journal, text)));
    expect(disk.syncs).toBe(1);
  });

  it("is copied while it goes on: what was acknowledged is in the copy, and nothing of what was not whole", async () => {
    const directory = mkdtempSync(join(tmpdir(), "forewarn-journal-"));
    const [from, to] = [join(directory, "received"), join(directory, "copy")];
    const { journal } = await open(journalFiles(from), { segmentBytes: 40 });
    const sent: string[] = [];
    const send = async (first: number, count: number): Promise<void> => {
      for (let at = first; at < first + count; at++) {
        await append(journal, `1 ${at}`);
        sent.push(`1 ${at}`);
      }
    };
    await send(0, 50);
    const going = send(50, 100);
    await copyJournal(from, to);
    await going;
    const { seen } = await open(journalFiles(to));
    expect(seen.length).toBeGreaterThanOrEqual(50);
    expect(seen).toEqual(sent.slice(0, seen.length));
    await journal.close();
    rmSync(directory, { recursive: true });
  });

  it("removes a segment when all of its intervals are dropped, and not before", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files, { segmentBytes: 1 });
    for (const text of ["1a", "1b", "2c", "3d"]) await append(journal, text);
    journal.note({ kind: "dropped", startMs: 1, samples: 2 });
    await append(journal, "3e");
    expect([...disk.contents.keys()].map((name) => Number(name.slice(0, 10)))).toEqual([3, 4, 5]);
    const again = await open(disk.files, { segmentBytes: 1 });
    expect(again.seen).toEqual(["2c", "3d", "dropped 1 2", "3e"]);
    await append(again.journal, "4f");
    expect(again.journal.status()).toMatchObject({ segments: 4, gaps: [] });
  });

  it("cuts off a torn tail at any byte, and goes on after what is whole", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    for (const text of ["1a", "1bb", "1ccc"]) await append(journal, text);
    const [name, whole] = only(disk);
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      disk.contents.clear();
      disk.contents.set(name, whole.subarray(0, bytes));
      const kept = ["1a", "1bb", "1ccc"].slice(0, scanSegment(whole.subarray(0, bytes)).records.length);
      const first = await open(disk.files);
      expect(first.seen).toEqual(kept);
      expect(first.journal.status().gaps).toEqual([]);
      await append(first.journal, "2d");
      expect((await open(disk.files)).seen).toEqual([...kept, "2d"]);
    }
  });

  it("gives everything, a beginning, or a reported gap for any flipped bit; never another content", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    const texts = ["1a", "1bb", "1ccc"];
    for (const text of texts) await append(journal, text);
    const [name, whole] = only(disk);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      disk.contents.clear();
      disk.contents.set(name, damaged);
      const { seen, journal: opened } = await open(disk.files);
      const { gaps } = opened.status();
      expect(seen).toEqual(texts.filter((text) => seen.includes(text)));
      if (!seen.every((text, at) => text === texts[at])) expect(gaps).toHaveLength(1);
      await opened.close();
    }
  });

  it("keeps a damaged segment aside when it is not needed any more", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    for (const text of ["1a", "1b"]) await append(journal, text);
    only(disk)[1][17]! ^= 1;
    const { journal: again, seen } = await open(disk.files);
    expect(seen).toEqual(["1b"]);
    again.note({ kind: "dropped", startMs: 1, samples: 1 });
    await append(again, "2c");
    expect([...disk.contents.keys()].sort()).toEqual(["0000000001.journal.damaged", "0000000002.journal"]);
  });

  it("acknowledges nothing on a full disk, and goes on by itself when there is space", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    await append(journal, "1a");
    disk.freeBytes = 999;
    await expect(append(journal, "1b")).rejects.toMatchObject({ code: "store_read_only" });
    expect(journal.status()).toMatchObject({ state: "read_only" });
    disk.freeBytes = 1000;
    expect(journal.status()).toMatchObject({ state: "ready" });
    for (const on of ["write", "sync"] as const) {
      disk.failure = { on, code: "ENOSPC" };
      await expect(append(journal, "1c")).rejects.toMatchObject({ code: "store_read_only" });
    }
    disk.failure = null;
    await append(journal, "1d");
    const { seen, journal: again } = await open(disk.files);
    expect(seen).toEqual(["1a", "1d"]);
    expect(again.status().gaps).toEqual([]);
  });

  it("never asks a failed sync again", async () => {
    const disk = memoryDisk();
    const { journal } = await open(disk.files);
    await append(journal, "1a");
    disk.failure = { on: "sync", code: "EIO" };
    await expect(append(journal, "1b")).rejects.toMatchObject({ code: "store_read_only" });
    disk.failure = null;
    await expect(append(journal, "1c")).rejects.toMatchObject({ code: "store_read_only" });
    expect(journal.status()).toMatchObject({ state: "failed", reason: "a write failed: EIO" });
    expect((await open(disk.files)).seen).toEqual(["1a"]);
  });

  it("refuses what does not fit beside what waits, and everything once it is closed", async () => {
    const { files } = memoryDisk();
    const { journal } = await open(files, { waitingBytes: 30 });
    const first = append(journal, "1".repeat(40));
    await expect(append(journal, "1b")).rejects.toMatchObject({ code: "overloaded" });
    await first;
    await append(journal, "1c");
    await journal.close();
    await journal.close();
    await expect(append(journal, "1d")).rejects.toMatchObject({ code: "store_read_only" });
  });

  it("does the same on a real disk", async () => {
    const directory = mkdtempSync(join(tmpdir(), "forewarn-journal-"));
    try {
      const { journal } = await open(journalFiles(directory), { segmentBytes: 10 });
      await Promise.all(["1a", "1b"].map((text) => append(journal, text)));
      await append(journal, "2c");
      journal.note({ kind: "dropped", startMs: 1, samples: 2 });
      await append(journal, "2d");
      await journal.close();
      expect(readdirSync(directory)).toEqual(["0000000002.journal", "0000000003.journal"]);
      expect((await open(journalFiles(directory))).seen).toEqual(["2c", "dropped 1 2", "2d"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it("finds a record again after bytes that are none", () => {
  const [head, content] = encodeRecord({ kind: "samples", body: Buffer.from("x") });
  const record = Buffer.concat([head, content]);
  const { records, damage, end } = scanSegment(Buffer.concat([record, Buffer.from("FWJ1 rubbish"), record]));
  expect(records).toHaveLength(2);
  expect(damage).toEqual([{ from: record.length, to: record.length + 12 }]);
  expect(end).toBe(2 * record.length + 12);
});
