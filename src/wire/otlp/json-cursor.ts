// Reading JSON token by token, straight from bytes: no object is built for what is not needed, and 64-bit integers keep
// their digits. Source: RFC 8259.
import { ForewarnError } from "../../base/index.ts";

/** A place in a JSON text. */
export interface JsonCursor {
  readonly bytes: Buffer;
  at: number;
  /** Members and elements that may still be read. */
  valuesLeft: number;
}

/** Deepest nesting; the messages of OTLP need about 15 levels, each nested attribute four more. */
export const MOST_LEVELS = 64;
/** Longest number; no double or 64-bit integer needs more. */
const MOST_DIGITS = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The error for a text that is not what it should be. */
export function malformedJson(cursor: JsonCursor, expected: string, at: number = cursor.at): ForewarnError {
  const byte = cursor.bytes[at];
  const got = byte === undefined ? "the end" : JSON.stringify(String.fromCharCode(byte));
  return new ForewarnError("body_unreadable", `OTLP JSON body: Expected ${expected}, got ${got} (byte ${at})`);
}

/** The first byte of the next token, to which the cursor is moved; -1 at the end. */
export function peek(cursor: JsonCursor): number {
  const { bytes } = cursor;
  for (; cursor.at < bytes.length; cursor.at++) {
    const byte = bytes[cursor.at]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
  }
  return -1;
}

/** Steps over a character if it is next. */
export function accept(cursor: JsonCursor, character: string): boolean {
  if (peek(cursor) !== character.charCodeAt(0)) return false;
  cursor.at++;
  return true;
}

/** Steps over a character, which must be next. */
export function expectNext(cursor: JsonCursor, character: string): void {
  if (!accept(cursor, character)) throw malformedJson(cursor, JSON.stringify(character));
}

/** Steps over `null` if it is next. */
export function acceptNull(cursor: JsonCursor): boolean {
  if (peek(cursor) !== 0x6e) return false;
  readLiteral(cursor);
  return true;
}

/** Reads true, false or null. */
export function readLiteral(cursor: JsonCursor): boolean | null {
  peek(cursor);
  for (const [text, value] of LITERALS) {
    if (cursor.bytes.toString("latin1", cursor.at, cursor.at + text.length) !== text) continue;
    cursor.at += text.length;
    return value;
  }
  throw malformedJson(cursor, "a value");
}

const LITERALS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** Reads a string as its bytes in UTF-8; without escapes these are a part of the text and not copied. */
export function readStringBytes(cursor: JsonCursor): Buffer {
  expectNext(cursor, '"');
  const { bytes } = cursor;
  const start = cursor.at;
  let escaped = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      cursor.at = at + 1;
      return escaped ? resolveEscapes(cursor, start, at) : bytes.subarray(start, at);
    }
    if (byte < 0x20) throw malformedJson(cursor, "no control character in a string", at);
    if (byte === BACKSLASH) {
      escaped = true;
      at++;
    }
  }
  throw malformedJson(cursor, "the end of a string", bytes.length);
}

/** Reads a string. */
export function readString(cursor: JsonCursor): string {
  return readStringBytes(cursor).toString("utf8");
}

/** Reads the digits of a number, or of a string that holds one, as proto3 allows. */
export function readNumberText(cursor: JsonCursor): string {
  if (peek(cursor) === QUOTE) return readString(cursor);
  const start = cursor.at;
  while (isNumberByte(cursor.bytes[cursor.at])) cursor.at++;
  const text = cursor.bytes.toString("latin1", start, Math.min(cursor.at, start + MOST_DIGITS + 1));
  if (text.length > MOST_DIGITS || !NUMBER.test(text)) throw malformedJson(cursor, "a number", start);
  return text;
}

/** Reads an unsigned integer of at most 15 digits, without making a text of it; null, and nothing read, if there is none. */
export function readShortInteger(cursor: JsonCursor): number | null {
  const { bytes } = cursor;
  peek(cursor);
  let value = 0;
  let at = cursor.at;
  for (; at - cursor.at < 15; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const digits = at - cursor.at;
  if (digits === 0 || isNumberByte(bytes[at]) || (bytes[cursor.at] === 0x30 && digits > 1)) return null;
  cursor.at = at;
  return value;
}

/**
 * Visits the members of an object; `visit` reads the value.
 * @param level Levels above this object.
 */
export function readObject(cursor: JsonCursor, level: number, visit: (key: string) => void): void {
  checkLevel(cursor, level);
  expectNext(cursor, "{");
  if (accept(cursor, "}")) return;
  do {
    countValue(cursor);
    const key = readString(cursor);
    expectNext(cursor, ":");
    visit(key);
  } while (accept(cursor, ","));
  expectNext(cursor, "}");
}

/** Visits the elements of a list; `visit` reads each. */
export function readArray(cursor: JsonCursor, level: number, visit: () => void): void {
  checkLevel(cursor, level);
  expectNext(cursor, "[");
  if (accept(cursor, "]")) return;
  do {
    countValue(cursor);
    visit();
  } while (accept(cursor, ","));
  expectNext(cursor, "]");
}

/** Steps over a value of any kind. */
export function skipValue(cursor: JsonCursor, level: number): void {
  const byte = peek(cursor);
  if (byte === 0x7b) readObject(cursor, level, () => skipValue(cursor, level + 1));
  else if (byte === 0x5b) readArray(cursor, level, () => skipValue(cursor, level + 1));
  else if (byte === QUOTE) readStringBytes(cursor);
  else if (byte === 0x2d || isNumberByte(byte)) readNumberText(cursor);
  else readLiteral(cursor);
}

function countValue(cursor: JsonCursor): void {
  if (--cursor.valuesLeft < 0) {
    throw new ForewarnError("body_too_large", `OTLP JSON body: Expected fewer values (byte ${cursor.at})`, {
      hint: "send smaller batches",
    });
  }
}

function checkLevel(cursor: JsonCursor, level: number): void {
  if (level >= MOST_LEVELS) throw malformedJson(cursor, `at most ${MOST_LEVELS} levels`);
}

function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65;
}

/** Resolves the escapes of a string; a surrogate without its other half is refused. */
function resolveEscapes(cursor: JsonCursor, start: number, end: number): Buffer {
  let text: string;
  try {
    text = JSON.parse(`"${cursor.bytes.toString("utf8", start, end)}"`);
  } catch {
    throw malformedJson(cursor, "a string with valid escapes", start);
  }
  if (/\p{Surrogate}/u.test(text)) throw malformedJson(cursor, "no lone surrogate in a string", start);
  return Buffer.from(text);
}
