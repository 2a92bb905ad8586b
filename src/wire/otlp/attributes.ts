// Attributes: KeyValue {key = 1, value = 2} with AnyValue {string = 1, bool = 2, int = 3, double = 4, array = 5, kvlist = 6,
// bytes = 7}. Values become text as the collector's AsString does: numbers plain, lists as JSON, bytes in base64.
import { textOf } from "../labels/label-bytes.ts";
import type { Label } from "../labels/label-set.ts";
import { type Fault, REASONS } from "../labels/rejections.ts";
import type { WireLimits } from "../limits.ts";
import {
  type Cursor,
  checkEnd,
  readBigInt64,
  readEnd,
  readTag,
  readVarint,
  skipField,
  tag,
  takeFixed64,
  WIRE,
} from "../protobuf/reader.ts";

const KEY = tag(1, WIRE.bytes);
const VALUE = tag(2, WIRE.bytes);
const STRING = tag(1, WIRE.bytes);
const BOOL = tag(2, WIRE.varint);
const INT = tag(3, WIRE.varint);
const DOUBLE = tag(4, WIRE.fixed64);
const ARRAY = tag(5, WIRE.bytes);
const KEY_VALUES = tag(6, WIRE.bytes);
const BYTES = tag(7, WIRE.bytes);
const ELEMENT = tag(1, WIRE.bytes);

/** Depth of an attribute's own value, and the deepest one below it that still becomes text. */
const TOP = 0;
const MAX_DEPTH = 16;
/** No encoding of a value is longer than this many times its text. */
const BYTES_PER_CHARACTER = 8;

/**
 * Reads the KeyValue fields with tag `field` between `start` and `end`; other fields are skipped. The cursor comes back to
 * where it was.
 * @param most Most attributes.
 * @returns    Keys and texts in the order of the body, or what is wrong with them. A key that comes again is kept twice.
 */
export function readAttributes(
  cursor: Cursor,
  field: number,
  start: number,
  end: number,
  most: number,
  limits: WireLimits,
): Label[] | Fault {
  const { at } = cursor;
  const attributes: Label[] = [];
  let fault: Fault | null = null;
  let count = 0;
  for (cursor.at = start; cursor.at < end; ) {
    const found = readTag(cursor);
    if (found !== field || ++count > most) {
      skipField(cursor, found, end);
      continue;
    }
    const attribute = readKeyValue(cursor, end, limits, TOP);
    if ("reason" in attribute) fault ??= attribute;
    else attributes.push(attribute);
  }
  checkEnd(cursor, end);
  cursor.at = at;
  if (count > most) return { reason: REASONS.labelLimit, detail: `${count} attributes, at most ${most}` };
  return fault ?? attributes;
}

function readKeyValue(cursor: Cursor, messageEnd: number, limits: WireLimits, depth: number): Label | Fault {
  const end = readEnd(cursor, messageEnd);
  let key: string | Fault = "";
  let value: string | Fault = depth === TOP ? "" : "null";
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === KEY) key = readText(cursor, end);
    else if (field === VALUE) value = readAnyValue(cursor, end, limits, depth);
    else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);
  if (typeof key !== "string") return key;
  return typeof value === "string" ? [key, value] : value;
}

/** The text of an AnyValue: plain at the top, JSON below. */
function readAnyValue(cursor: Cursor, messageEnd: number, limits: WireLimits, depth: number): string | Fault {
  const end = readEnd(cursor, messageEnd);
  const bytes = end - cursor.at;
  if (depth > MAX_DEPTH || bytes > limits.labelValueBytes * BYTES_PER_CHARACTER) {
    cursor.at = end;
    return depth > MAX_DEPTH
      ? { reason: REASONS.attributeDepth, detail: `a value of more than ${MAX_DEPTH} levels` }
      : { reason: REASONS.labelLimit, detail: `a value of ${bytes} bytes` };
  }
  const quoted = (text: string): string => (depth === TOP ? text : JSON.stringify(text));
  let value: string | Fault = depth === TOP ? "" : "null";
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field === STRING) {
      const text = readText(cursor, end);
      value = typeof text === "string" ? quoted(text) : text;
    } else if (field === BOOL) value = String(readVarint(cursor) !== 0);
    else if (field === INT) value = String(readBigInt64(cursor));
    else if (field === DOUBLE) value = String(cursor.view.getFloat64(takeFixed64(cursor, end), true));
    else if (field === ARRAY) {
      const items = readList(cursor, end, (listEnd) => readAnyValue(cursor, listEnd, limits, depth + 1));
      value = "reason" in items ? items : `[${items.join(",")}]`;
    } else if (field === KEY_VALUES) {
      const pairs = readList(cursor, end, (listEnd) => readKeyValue(cursor, listEnd, limits, depth + 1));
      value = "reason" in pairs ? pairs : `{${pairs.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
    } else if (field === BYTES) {
      const bytesEnd = readEnd(cursor, end);
      value = quoted(cursor.bytes.toString("base64", cursor.at, bytesEnd));
      cursor.at = bytesEnd;
    } else skipField(cursor, field, end);
  }
  checkEnd(cursor, end);
  return value;
}

/** Reads the elements of an ArrayValue or KeyValueList; the first fault is that of the list. */
function readList<T extends string | Label>(
  cursor: Cursor,
  messageEnd: number,
  read: (end: number) => T | Fault,
): T[] | Fault {
  const end = readEnd(cursor, messageEnd);
  const elements: T[] = [];
  let fault: Fault | null = null;
  while (cursor.at < end) {
    const field = readTag(cursor);
    if (field !== ELEMENT) {
      skipField(cursor, field, end);
      continue;
    }
    const element = read(end);
    if (typeof element === "object" && "reason" in element) fault ??= element;
    else elements.push(element);
  }
  checkEnd(cursor, end);
  return fault ?? elements;
}

function readText(cursor: Cursor, messageEnd: number): string | Fault {
  const end = readEnd(cursor, messageEnd);
  const text = textOf(cursor.bytes, cursor.at, end);
  cursor.at = end;
  return text ?? { reason: REASONS.labelNotUtf8, detail: "key or value of an attribute" };
}
