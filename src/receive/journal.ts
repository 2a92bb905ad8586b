// The journal: what was taken, appended and synced before it is acknowledged. Requests that come while a sync runs go
// together into the next one. A segment is removed once none of its intervals is kept in memory any more.
import { ForewarnError } from "../base/index.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";
import { encodeRecord, type IntervalNote, scanSegment } from "./journal-records.ts";

/** See {@link openJournal}. */
export interface Journal {
  /**
   * Appends samples; resolves when they are on stable storage.
   * @param intervals Starts of the intervals that the samples lie in.
   * @throws ForewarnError `overloaded` when too many bytes wait; `store_read_only` when the disk is full or failed: nothing
   *   of it is kept then.
   */
  append(body: Uint8Array, intervals: ReadonlySet<number>): Promise<void>;
  /** Notes what became of an interval, with the next samples; nothing is wrong if the note is lost. */
  note(note: IntervalNote): void;
  status(): JournalStatus;
  /** Writes what waits and closes; safe to call twice. */
  close(): Promise<void>;
}

/** How the journal is doing. */
export interface JournalStatus {
  /** `read_only` recovers by itself when the disk has space again; `failed` needs a restart. */
  state: "ready" | "read_only" | "failed" | "closed";
  reason: string | null;
  bytes: number;
  segments: number;
  /** Parts that could not be read at the start. They are never guessed. */
  gaps: readonly JournalGap[];
}

/** A part of a segment that could not be read. */
export interface JournalGap {
  file: string;
  /** [from, to) in bytes. */
  from: number;
  to: number;
}

/** Bounds of a journal. */
export interface JournalOptions {
  /** A new segment is begun when one is larger. */
  segmentBytes: number;
  /** Bytes that may wait for their sync. */
  waitingBytes: number;
  /** Free space that is left to others on this disk. */
  reservedBytes: number;
}

/** Segments of 16 MiB; as many requests wait as the memory of a small machine allows. */
export const DEFAULT_JOURNAL_OPTIONS: JournalOptions = {
  segmentBytes: 16 << 20,
  waitingBytes: 64 << 20,
  reservedBytes: 64 << 20,
};

interface Segment {
  name: string;
  bytes: number;
  intervals: Set<number>;
  /** Kept aside instead of removed. */
  isDamaged: boolean;
}

interface Waiting {
  buffers: Uint8Array[];
  bytes: number;
  intervals: ReadonlySet<number>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const SEGMENT_NAME = /^(\d{10})\.journal$/;
/** Bytes that are synced together at most: what waits behind them is acknowledged a little later. */
const GROUP_BYTES = 8 << 20;

/** Takes what the journal holds, in the order in which it was written. */
export interface Replay {
  /** @returns Starts of the intervals that the samples lie in. */
  samples(body: Uint8Array): ReadonlySet<number>;
  settled(note: IntervalNote): void;
  /** @returns Whether the interval is gone. */
  dropped(note: IntervalNote): boolean;
}

/**
 * Opens the journal and replays it.
 * @throws What reading the files throws.
 */
export async function openJournal(files: JournalFiles, options: JournalOptions, replay: Replay): Promise<Journal> {
  const { segments, gaps } = await replaySegments(files, replay);
  let next = Number(SEGMENT_NAME.exec(segments.at(-1)?.name ?? "")?.[1] ?? 0) + 1;
  let file: JournalFile | null = null;
  let current: Segment | null = null;
  let state: JournalStatus["state"] = "ready";
  let reason: string | null = null;
  let notes: Uint8Array[] = [];
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | undefined;

  const refusal = (cause?: unknown): ForewarnError => {
    const hint = state === "failed" ? "check the disk, then restart" : "free some space; it goes on by itself then";
    return new ForewarnError("store_read_only", `${files.directory}: Expected to write, but ${reason}`, {
      hint,
      cause,
    });
  };
  const closeSegment = async (): Promise<void> => {
    const old = file;
    [file, current] = [null, null];
    await old?.close();
    await removeUnneeded();
  };
  const openSegment = async (): Promise<Segment> => {
    if (current !== null && current.bytes < options.segmentBytes) return current;
    await closeSegment();
    const name = `${String(next++).padStart(10, "0")}.journal`;
    file = await files.create(name);
    current = { name, bytes: 0, intervals: new Set(), isDamaged: false };
    segments.push(current);
    return current;
  };
  const removeUnneeded = async (): Promise<void> => {
    const unneeded = segments.filter((one) => one.intervals.size === 0 && one !== current);
    for (const segment of unneeded) {
      segments.splice(segments.indexOf(segment), 1);
      if (segment.isDamaged) await files.rename(segment.name, `${segment.name}.damaged`);
      else await files.remove(segment.name);
    }
  };
  /** After a failure the end of the segment is what was synced; a failed sync is never asked again (fsyncgate). */
  const fail = async (error: unknown, segment: Segment | null): Promise<unknown> => {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const isFull = code === "ENOSPC" || code === "EDQUOT";
    state = isFull ? "read_only" : "failed";
    reason = isFull ? "the disk is full" : `a write failed: ${(error as Error).message}`;
    if (segment !== null) await file?.truncate(segment.bytes).catch(() => undefined);
    await closeSegment().catch(() => undefined);
    return refusal(error);
  };
  const commit = async (group: readonly Waiting[]): Promise<void> => {
    if (state === "failed") throw refusal();
    if (files.freeBytes() < options.reservedBytes) {
      [state, reason] = ["read_only", `less than ${options.reservedBytes} bytes are free on the disk`];
      throw refusal();
    }
    let segment: Segment | null = null;
    try {
      segment = await openSegment();
      const buffers = [...notes, ...group.flatMap((one) => one.buffers)];
      await file!.write(buffers, segment.bytes);
      await file!.sync();
      notes = [];
      segment.bytes += buffers.reduce((sum, { length }) => sum + length, 0);
      for (const { intervals } of group) for (const startMs of intervals) segment.intervals.add(startMs);
      [state, reason] = ["ready", null];
    } catch (error) {
      throw await fail(error, segment);
    }
  };
  const takeGroup = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || bytes + waiting[count]!.bytes <= GROUP_BYTES)) {
      bytes += waiting[count++]!.bytes;
    }
    return waiting.splice(0, count);
  };
  const run = async (): Promise<void> => {
    // Requests of the same moment arrive one after the other in this turn of the event loop.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = takeGroup();
      try {
        await commit(group);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      for (const { bytes } of group) waitingBytes -= bytes;
    }
    running = undefined;
  };

  return {
    append(body, intervals) {
      if (state === "closed") {
        return Promise.reject(new ForewarnError("store_read_only", `${files.directory}: Expected an open journal`));
      }
      if (waitingBytes > 0 && waitingBytes + body.length > options.waitingBytes) {
        const message = `${files.directory}: Expected at most ${options.waitingBytes} waiting bytes, got ${waitingBytes}`;
        return Promise.reject(new ForewarnError("overloaded", message, { hint: "send them again in a second" }));
      }
      const buffers = encodeRecord({ kind: "samples", body });
      const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
      waitingBytes += bytes;
      const done = new Promise<void>((resolve, reject) => {
        waiting.push({ buffers, bytes, intervals, resolve, reject });
      });
      running ??= run();
      return done;
    },
    note(note) {
      notes.push(...encodeRecord(note));
      if (note.kind === "dropped") forget(segments, note.startMs);
    },
    status() {
      if (state === "read_only" && files.freeBytes() >= options.reservedBytes) [state, reason] = ["ready", null];
      const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
      return { state, reason, bytes, segments: segments.length, gaps };
    },
    async close() {
      if (state === "closed") return;
      while (running !== undefined) await running;
      if (notes.length > 0 && state === "ready" && segments.length > 0) await commit([]).catch(() => undefined);
      [state, reason] = ["closed", "the journal is closed"];
      await closeSegment();
    },
  };
}

async function replaySegments(
  files: JournalFiles,
  replay: Replay,
): Promise<{ segments: Segment[]; gaps: JournalGap[] }> {
  const segments: Segment[] = [];
  const gaps: JournalGap[] = [];
  const names = files.list().filter((name) => SEGMENT_NAME.test(name));
  for (const name of names) {
    const bytes = await files.read(name);
    const { records, end, damage } = scanSegment(bytes);
    const segment: Segment = { name, bytes: end, intervals: new Set(), isDamaged: damage.length > 0 };
    for (const { from, to } of damage) gaps.push({ file: name, from, to });
    if (end < bytes.length) {
      // Whoever wrote on after this would have cut it off, so nothing in it was acknowledged.
      if (name === names.at(-1)) await files.truncate(name, end);
      else {
        gaps.push({ file: name, from: end, to: bytes.length });
        segment.isDamaged = true;
      }
    }
    segments.push(segment);
    for (const record of records) {
      if (record.kind === "settled") replay.settled(record);
      else if (record.kind === "samples") {
        for (const startMs of replay.samples(record.body)) segment.intervals.add(startMs);
      } else if (replay.dropped(record)) forget(segments, record.startMs);
    }
  }
  return { segments, gaps };
}

function forget(segments: readonly Segment[], startMs: number): void {
  for (const { intervals } of segments) intervals.delete(startMs);
}
