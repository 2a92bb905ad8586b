// OTLP in JSON, rewritten as the same messages in protobuf while it is read, so that there is one decoder. Keys are
// lowerCamelCase, 64-bit integers numbers or strings, unknown keys ignored. Source: opentelemetry-proto
// docs/specification.md "JSON Protobuf Encoding", and the JSON mapping of proto3.
import { checkLimit, OTLP_LIMITS, type WireLimits } from "../limits.ts";
import { createProtobufWriter, halvesOf, type ProtobufWriter } from "../protobuf/writer.ts";
import {
  acceptNull,
  type JsonCursor,
  malformedJson,
  peek,
  readArray,
  readLiteral,
  readNumberText,
  readObject,
  readShortInteger,
  readString,
  readStringBytes,
  skipValue,
} from "./json-cursor.ts";
import { exportMetricsRequest, type FieldRule, type MessageRules, type ScalarKind } from "./json-messages.ts";

const SUBJECT = "OTLP JSON body";
/** The names are no valid JSON of OTLP, but some senders write them. */
const TEMPORALITIES = new Map([
  ["AGGREGATION_TEMPORALITY_UNSPECIFIED", 0],
  ["AGGREGATION_TEMPORALITY_DELTA", 1],
  ["AGGREGATION_TEMPORALITY_CUMULATIVE", 2],
]);
const SPECIAL_DOUBLES = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);
const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX = 2n ** 64n - 1n;
/** An attribute is four members and elements here, and nine fields to the decoder when it is new. */
const FIELDS_PER_VALUE = 2;
const QUOTE = 0x22;

/** What the functions below share. */
interface Transcription {
  readonly cursor: JsonCursor;
  readonly writer: ProtobufWriter;
  readonly limits: WireLimits;
}

/**
 * Rewrites an ExportMetricsServiceRequest in JSON as one in protobuf, for decodeOtlpMetrics.
 * @param body UTF-8.
 * @throws ForewarnError `body_unreadable` if it is not such a message, `body_too_large` beyond the limit of bytes.
 */
export function otlpJsonToProtobuf(body: Uint8Array, limits: WireLimits = OTLP_LIMITS): Uint8Array {
  checkLimit(body.length, limits.decodedBytes, "bytes", SUBJECT);
  const cursor = {
    bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    at: 0,
    valuesLeft: limits.fields / FIELDS_PER_VALUE,
  };
  const writer = createProtobufWriter(body.length / 2 + 64);
  writeMessage({ cursor, writer, limits }, () => exportMetricsRequest, 0);
  if (peek(cursor) !== -1) throw malformedJson(cursor, "nothing after the message");
  return writer.finish();
}

function writeMessage(transcription: Transcription, rules: MessageRules, level: number): void {
  const { cursor, writer, limits } = transcription;
  const fields = rules();
  const seen = new Set<number>();
  readObject(cursor, level, (key) => {
    checkLimit(writer.size(), limits.decodedBytes, "bytes as protobuf", SUBJECT);
    const rule = fields.get(key);
    if (rule === undefined) {
      skipValue(cursor, level + 1);
      return;
    }
    if (seen.has(rule.number)) throw malformedJson(cursor, `${key} only once`);
    seen.add(rule.number);
    if (acceptNull(cursor)) return;
    if (rule.repeated) readArray(cursor, level + 1, () => writeValue(transcription, rule, level + 2));
    else writeValue(transcription, rule, level + 1);
  });
}

function writeValue(transcription: Transcription, { number, kind }: FieldRule, level: number): void {
  const { cursor, writer, limits } = transcription;
  if (writer.size() > limits.decodedBytes) checkLimit(writer.size(), limits.decodedBytes, "bytes as protobuf", SUBJECT);
  if (typeof kind === "function") writer.message(number, () => writeMessage(transcription, kind, level));
  else SCALARS[kind](cursor, writer, number);
}

/** How a scalar is read from JSON and written. */
const SCALARS: Readonly<Record<ScalarKind, (cursor: JsonCursor, writer: ProtobufWriter, number: number) => void>> = {
  text: (cursor, writer, number) => writer.bytes(number, readStringBytes(cursor)),
  base64: (cursor, writer, number) => writer.bytes(number, Buffer.from(readString(cursor), "base64")),
  bool: (cursor, writer, number) => writer.varint(number, Number(readBoolean(cursor))),
  double: (cursor, writer, number) => writer.double(number, readDouble(cursor)),
  fixed64: (cursor, writer, number) => writer.fixed64(number, ...halvesOf(readInteger(cursor))),
  int64: (cursor, writer, number) => writer.int64(number, readInteger(cursor)),
  uint32: (cursor, writer, number) => writer.varint(number, Number(BigInt.asUintN(32, BigInt(readInteger(cursor))))),
  temporality: (cursor, writer, number) => writer.varint(number, readTemporality(cursor)),
};

function readBoolean(cursor: JsonCursor): boolean {
  const value = readLiteral(cursor);
  if (value === null) throw malformedJson(cursor, "true or false");
  return value;
}

/** A double. A number too large for one is refused; infinity has its own word. */
function readDouble(cursor: JsonCursor): number {
  peek(cursor);
  const start = cursor.at;
  const text = readNumberText(cursor);
  const special = SPECIAL_DOUBLES.get(text);
  if (special !== undefined) return special;
  const value = text.trim() === text && text !== "" ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw malformedJson(cursor, "a number within the range of a double", start);
  return value;
}

/** A 64-bit integer, signed or unsigned; a plain number if it is short. Forms such as 3.0 or 1e3 are integers too. */
function readInteger(cursor: JsonCursor): number | bigint {
  peek(cursor);
  const start = cursor.at;
  const short = readShortInteger(cursor);
  if (short !== null) return short;
  const text = readNumberText(cursor);
  if (/^-?\d{1,20}$/.test(text)) {
    const value = BigInt(text);
    if (value >= INTEGER_MIN && value <= INTEGER_MAX) return value;
  } else if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw malformedJson(cursor, "an integer of 64 bits", start);
}

function readTemporality(cursor: JsonCursor): number {
  peek(cursor);
  const start = cursor.at;
  if (cursor.bytes[start] !== QUOTE) return Number(BigInt.asUintN(32, BigInt(readInteger(cursor))));
  const value = TEMPORALITIES.get(readString(cursor));
  if (value === undefined) throw malformedJson(cursor, "the number of an aggregation temporality", start);
  return value;
}
