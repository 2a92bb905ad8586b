// How a segment of the journal is written and read: records with a mark, their length and their CRC-32, so that what is
// damaged is found out and what comes after it is found again.
import { crc32 } from "node:zlib";

/** What a record says. */
export type JournalRecord =
  /** Samples that were taken: remote write 1.0 in snappy. */
  | { kind: "samples"; body: Uint8Array }
  /** The interval that begins at `startMs` held `samples` when its rows were in the store, or was dropped with them. */
  | IntervalNote;

/** See {@link JournalRecord}. */
export interface IntervalNote {
  kind: "settled" | "dropped";
  startMs: number;
  samples: number;
}

/** Bytes of a segment that are no records, though records come after them. */
export interface JournalDamage {
  /** [from, to) in bytes. */
  from: number;
  to: number;
}

/** What was found in a segment. */
export interface ScannedSegment {
  records: JournalRecord[];
  /** Where the last whole record ends; what comes after was cut short while it was written. */
  end: number;
  damage: JournalDamage[];
}

const MARK = 0x314a5746; // "FWJ1"
const HEAD_BYTES = 16;
const NOTE_BYTES = 16;
const KINDS = ["samples", "settled", "dropped"] as const;

/** A record as buffers to write one after the other: mark, CRC-32 of all that follows it, length of the content, kind. */
export function encodeRecord(record: JournalRecord): [head: Buffer, content: Uint8Array] {
  const head = Buffer.alloc(HEAD_BYTES);
  const content = record.kind === "samples" ? record.body : noteBytes(record);
  head.writeUInt32LE(MARK, 0);
  head.writeUInt32LE(content.length, 8);
  head.writeUInt32LE(KINDS.indexOf(record.kind), 12);
  head.writeUInt32LE(crc32(content, crc32(head.subarray(8))), 4);
  return [head, content];
}

/** Reads the records of a segment. After bytes that are none it goes on at the next record that is whole. */
export function scanSegment(bytes: Buffer): ScannedSegment {
  const records: JournalRecord[] = [];
  const damage: JournalDamage[] = [];
  let end = 0;
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const found = recordAt(bytes, at);
    if (found === null) {
      at = nextMark(bytes, at + 1);
      continue;
    }
    if (at > end) damage.push({ from: end, to: at });
    records.push(found.record);
    at = end = found.end;
  }
  return { records, end, damage };
}

function recordAt(bytes: Buffer, at: number): { record: JournalRecord; end: number } | null {
  if (bytes.readUInt32LE(at) !== MARK) return null;
  const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 8);
  const kind = KINDS[bytes.readUInt32LE(at + 12)];
  if (end > bytes.length || kind === undefined) return null;
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return null;
  const content = bytes.subarray(at + HEAD_BYTES, end);
  if (kind === "samples") return { record: { kind, body: content }, end };
  if (content.length !== NOTE_BYTES) return null;
  return { record: { kind, startMs: content.readDoubleLE(0), samples: content.readDoubleLE(8) }, end };
}

function nextMark(bytes: Buffer, from: number): number {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(MARK);
  const at = bytes.indexOf(mark, from);
  return at < 0 ? bytes.length : at;
}

function noteBytes({ startMs, samples }: IntervalNote): Uint8Array {
  const bytes = Buffer.alloc(NOTE_BYTES);
  bytes.writeDoubleLE(startMs, 0);
  bytes.writeDoubleLE(samples, 8);
  return bytes;
}
