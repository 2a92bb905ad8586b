import fc from "fast-check";
import { expect, test } from "vitest";
import { hex, varint } from "../../../test/helpers/bytes.ts";
import { ForewarnError } from "../../base/index.ts";
import {
  checkEnd,
  openCursor,
  readBigInt64,
  readEnd,
  readInt64,
  readTag,
  readVarint,
  skipField,
  tag,
  takeFixed64,
  WIRE,
} from "./reader.ts";
import { createProtobufWriter, halvesOf } from "./writer.ts";

const at = (digits: string) => openCursor(hex(digits), "test", 100);

// 150 and -2 are the examples of protobuf.dev/programming-guides/encoding.
test.each([
  ["00", 0],
  ["7f", 127],
  ["9601", 150],
  ["808000", 0],
  ["ffffffff0f", 2 ** 32 - 1],
  ["8080808010", 2 ** 32],
  ["ffffffffffffff0f", Number.MAX_SAFE_INTEGER],
  ["ffffffffffffffffff01", 2 ** 64],
])("varint %s is %d", (digits, value) => {
  const cursor = at(digits);
  expect(readVarint(cursor)).toBe(value);
  expect(cursor.at).toBe(digits.length / 2);
});

test.each([
  ["feffffffffffffffff01", -2],
  ["80808080808080808001", -(2 ** 63)],
  ["ffffffffffffffff7f", 2 ** 63],
])("int64 %s is %d", (digits, value) => {
  expect(readInt64(at(digits))).toBe(value);
});

test.each([
  ["nothing", ""],
  ["a varint cut off", "ff"],
  ["a varint of eleven bytes", "8080808080808080808000"],
  ["a varint of more than 64 bits", "ffffffffffffffffff02"],
])("refuses %s", (_, digits) => {
  expect(() => readVarint(at(digits))).toThrow(/^test: Expected a varint.*\(byte 0\)$/);
});

test.each([
  ["field 0", "02"],
  ["the start of a group", "0b"],
  ["the end of a group", "0c"],
  ["wire type 6", "0e"],
  ["wire type 7", "0f"],
  ["a field number beyond 29 bits", "8080808010"],
])("refuses the tag of %s", (_, digits) => {
  expect(() => readTag(at(digits))).toThrow(/a field of a known wire type/);
});

test("a field ends within its message", () => {
  expect(() => readEnd(at("05 01 02"), 3)).toThrow("Expected a field within 3 bytes, got one of 5 (byte 0)");
  expect(() => readEnd(at("ffffffffffffffffff01"), 10)).toThrow(ForewarnError);
  expect(() => takeFixed64(at("01020304"), 4)).toThrow("Expected eight bytes, got 4");
});

test.each(["0a 03 0102", "08 ff", "09 01020304", "0d 0102"])(
  "a message with the cut-off field %s is refused",
  (digits) => {
    const cursor = at(digits);
    const { length } = cursor.bytes;
    const read = (): void => {
      while (cursor.at < length) skipField(cursor, readTag(cursor), length);
      checkEnd(cursor, length);
    };
    expect(read).toThrow(ForewarnError);
  },
);

test("any 64 bits come back, exactly or as the nearest double", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const writer = createProtobufWriter(1);
      writer.int64(1, value);
      writer.fixed64(2, ...halvesOf(BigInt.asUintN(64, value)));
      const bytes = writer.finish();
      const cursor = openCursor(bytes, "test", 100);
      expect(readTag(cursor)).toBe(tag(1, WIRE.varint));
      const start = cursor.at;
      expect(Buffer.from(bytes.subarray(start, start + varint(BigInt.asUintN(64, value)).length))).toEqual(
        varint(BigInt.asUintN(64, value)),
      );
      expect(readBigInt64(cursor)).toBe(value);
      cursor.at = start;
      expect(readInt64(cursor)).toBe(Number(value));
      expect(readTag(cursor)).toBe(tag(2, WIRE.fixed64));
      expect(cursor.view.getBigInt64(takeFixed64(cursor, bytes.length), true)).toBe(value);
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("nested messages of any length carry it", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: "binary" }), fc.nat(6), (text, depth) => {
      const writer = createProtobufWriter(1);
      const nest = (levels: number): void => {
        if (levels === 0) writer.text(3, text);
        else writer.message(levels, () => nest(levels - 1));
      };
      nest(depth);
      const bytes = writer.finish();
      const cursor = openCursor(bytes, "test", 100);
      let end = bytes.length;
      for (let level = depth; level >= 0; level--) {
        expect(readTag(cursor)).toBe(tag(level === 0 ? 3 : level, WIRE.bytes));
        end = readEnd(cursor, end);
        expect(end).toBe(bytes.length);
      }
      expect(cursor.bytes.toString("utf8", cursor.at, end)).toBe(Buffer.from(text).toString());
    }),
    { numRuns: 200, seed: 4 },
  );
});
