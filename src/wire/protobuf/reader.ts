// Reading protobuf by hand: a cursor over bytes, and functions that move it. Nothing is allocated per field, because a
// request of 30 MiB may hold ten million of them. Source: protobuf.dev/programming-guides/encoding.
import { ForewarnError } from "../../base/index.ts";

/** Wire types of fields. Groups (3 and 4) are refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A place in a message. */
export interface Cursor {
  /** What is read, for messages: "remote write body". */
  readonly subject: string;
  readonly bytes: Buffer;
  readonly view: DataView;
  /** The next byte. */
  at: number;
  /** Halves of the varint read last, as unsigned 32-bit numbers. */
  low: number;
  high: number;
  /** Fields that may still be read. */
  fieldsLeft: number;
}

const TWO_32 = 2 ** 32;

/**
 * A cursor at the front of `bytes`.
 * @param mostFields Tags that may be read until `body_too_large` is thrown.
 */
export function openCursor(bytes: Uint8Array, subject: string, mostFields: number): Cursor {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    subject,
    bytes: Buffer.from(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    at: 0,
    low: 0,
    high: 0,
    fieldsLeft: mostFields,
  };
}

/** The error for bytes that are not what they should be. */
export function malformed(cursor: Cursor, expected: string, got: string, at: number = cursor.at): ForewarnError {
  return new ForewarnError("body_unreadable", `${cursor.subject}: Expected ${expected}, got ${got} (byte ${at})`);
}

/**
 * Reads a varint as an unsigned number: exact below 2^53, the nearest double above.
 * @throws ForewarnError `body_unreadable` if it is cut off or longer than 64 bits.
 */
export function readVarint(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at]!;
  if (byte < 0x80) {
    cursor.at++;
    return byte;
  }
  readHalves(cursor);
  return cursor.high * TWO_32 + cursor.low;
}

/** Reads a varint as int64, two's complement: exact within ±2^53, the nearest double outside. */
export function readInt64(cursor: Cursor): number {
  readHalves(cursor);
  return (cursor.high | 0) * TWO_32 + cursor.low;
}

/** Reads a varint as int64, exactly. */
export function readBigInt64(cursor: Cursor): bigint {
  readHalves(cursor);
  return BigInt.asIntN(64, (BigInt(cursor.high) << 32n) | BigInt(cursor.low));
}

/** Reads the 64 bits of a varint into `low` and `high`. */
function readHalves(cursor: Cursor): void {
  const { bytes } = cursor;
  const start = cursor.at;
  let low = 0;
  let high = 0;
  for (let count = 0; count < 10; count++) {
    const byte = bytes[start + count];
    if (byte === undefined) throw malformed(cursor, "a varint", "the end of the body", start);
    const bits = byte & 0x7f;
    if (count < 4) low |= bits << (7 * count);
    else if (count === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (7 * count - 32);
    if (byte < 0x80) {
      if (count === 9 && byte > 1) break;
      cursor.at = start + count + 1;
      cursor.low = low >>> 0;
      cursor.high = high >>> 0;
      return;
    }
  }
  throw malformed(cursor, "a varint of at most 64 bits", "a longer one", start);
}

/**
 * Reads a tag: field number times 8 plus wire type. Compare it with {@link tag}.
 * @throws ForewarnError `body_unreadable` for field 0, fields beyond 2^29, and wire types that proto3 does not have.
 */
export function readTag(cursor: Cursor): number {
  countField(cursor);
  const start = cursor.at;
  const value = readVarint(cursor);
  const wire = value & 7;
  if (value < 8 || value >= TWO_32 || wire === 3 || wire === 4 || wire > 5) {
    throw malformed(cursor, "a field of a known wire type", `field ${Math.floor(value / 8)} of type ${wire}`, start);
  }
  return value;
}

/** Counts a field, or an element of a packed list, against the limit of the cursor. */
export function countField(cursor: Cursor): void {
  if (--cursor.fieldsLeft < 0) {
    throw new ForewarnError("body_too_large", `${cursor.subject}: Expected fewer fields (byte ${cursor.at})`, {
      hint: "send smaller batches",
    });
  }
}

/** The tag of a field. */
export function tag(field: number, wire: number): number {
  return field * 8 + wire;
}

/**
 * Reads the length of a length-delimited field.
 * @param end Where the enclosing message ends.
 * @returns   Where the field ends; it does so within the message.
 */
export function readEnd(cursor: Cursor, end: number): number {
  const start = cursor.at;
  const length = readVarint(cursor);
  const fieldEnd = cursor.at + length;
  if (!(fieldEnd <= end)) throw malformed(cursor, `a field within ${end - start} bytes`, `one of ${length}`, start);
  return fieldEnd;
}

/** Steps over the value of a field; unknown fields must be skipped. */
export function skipField(cursor: Cursor, fieldTag: number, end: number): void {
  const wire = fieldTag & 7;
  if (wire === WIRE.bytes) cursor.at = readEnd(cursor, end);
  else if (wire === WIRE.varint) readVarint(cursor);
  else cursor.at += wire === WIRE.fixed64 ? 8 : 4;
}

/** Checks after the last field of a message that it ended where its length says. */
export function checkEnd(cursor: Cursor, end: number): void {
  if (cursor.at !== end) throw malformed(cursor, `a message of complete fields until byte ${end}`, "a field cut off");
}

/** Steps over eight bytes and gives their position. */
export function takeFixed64(cursor: Cursor, end: number): number {
  const { at } = cursor;
  if (at + 8 > end) throw malformed(cursor, "eight bytes", `${end - at}`);
  cursor.at = at + 8;
  return at;
}
