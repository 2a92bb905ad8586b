// One record of the queue's files: a request body that is ready to be sent, with a checksum over all of it.
import { crc32 } from "node:zlib";

/** A request that waits. */
export interface QueuedRequest {
  /** Samples in it. */
  samples: number;
  /** When they were taken, epoch milliseconds. */
  atMs: number;
  body: Uint8Array;
}

/** Where a record lies in its file. */
export interface RecordPlace {
  offset: number;
  bytes: number;
  samples: number;
  atMs: number;
}

/** u32 length of the body, u32 CRC-32 of everything else, u32 samples, f64 time; little-endian. */
const HEADER_BYTES = 20;

/** The bytes of a record. */
export function encodeRecord({ samples, atMs, body }: QueuedRequest): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + body.length);
  record.writeUInt32LE(body.length, 0);
  record.writeUInt32LE(samples, 8);
  record.writeDoubleLE(atMs, 12);
  record.set(body, HEADER_BYTES);
  record.writeUInt32LE(checksum(record), 4);
  return record;
}

/** The body of a record. */
export function bodyOf(record: Buffer): Uint8Array {
  return record.subarray(HEADER_BYTES);
}

/** The whole records at the front of a file; what a crash has torn, and all that comes after damage, is left out. */
export function readPlaces(file: Buffer): RecordPlace[] {
  const places: RecordPlace[] = [];
  for (let offset = 0; offset + HEADER_BYTES <= file.length; ) {
    const bytes = HEADER_BYTES + file.readUInt32LE(offset);
    const record = file.subarray(offset, offset + bytes);
    if (record.length < bytes || record.readUInt32LE(4) !== checksum(record)) break;
    places.push({ offset, bytes, samples: record.readUInt32LE(8), atMs: record.readDoubleLE(12) });
    offset += bytes;
  }
  return places;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(8), crc32(record.subarray(0, 4)));
}
