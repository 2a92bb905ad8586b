import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWireWriter, readFields, readPacked, type WireField, type WireWriter } from "./wire.ts";

/** A field as a test writes it. */
type Field =
  | { kind: "integer"; field: number; value: number }
  | { kind: "float"; field: number; value: number }
  | { kind: "text"; field: number; value: string }
  | { kind: "bytes"; field: number; value: Uint8Array }
  | { kind: "integers"; field: number; value: number[] }
  | { kind: "floats"; field: number; value: number[] }
  | { kind: "message"; field: number; value: Field[] };

const fieldNumber = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const integer = fc.maxSafeInteger();
const float = fc.float({ noNaN: true });

const { fields } = fc.letrec<{ fields: Field[] }>((tie) => {
  const of = <Kind extends Field["kind"]>(kind: Kind, value: fc.Arbitrary<unknown>): fc.Arbitrary<Field> =>
    fc.record({ kind: fc.constant(kind), field: fieldNumber, value }) as fc.Arbitrary<Field>;
  return {
    fields: fc.array(
      fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        of("integer", integer),
        of("float", float),
        of("text", fc.string({ unit: "grapheme" })),
        of("bytes", fc.uint8Array()),
        of("integers", fc.array(integer)),
        of("floats", fc.array(float)),
        of("message", tie("fields")),
      ),
      { maxLength: 5 },
    ),
  };
});

function write(writer: WireWriter, list: readonly Field[]): void {
  for (const { kind, field, value } of list) {
    if (kind === "integer") writer.integer(field, value);
    else if (kind === "float") writer.float(field, value);
    else if (kind === "text") writer.text(field, value);
    else if (kind === "bytes") writer.bytes(field, value);
    else if (kind === "integers") writer.integers(field, value);
    else if (kind === "floats") writer.floats(field, value);
    else writer.message(field, (inner) => write(inner, value));
  }
}

function encode(list: readonly Field[]): Uint8Array {
  const writer = createWireWriter();
  write(writer, list);
  return writer.finish();
}

/** What was read, in the terms of what was written. */
function read(bytes: Uint8Array, written: readonly Field[]): Field[] {
  return readFields(bytes).map(
    ({ field, value }, i) => ({ kind: written[i]!.kind, field, value: decode(value, written[i]!) }) as Field,
  );
}

function decode(value: WireField["value"], { kind, value: written }: Field): unknown {
  if (typeof value === "number" || kind === "bytes") return value;
  if (kind === "text") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
  if (kind === "integers") return readPacked(value);
  if (kind === "floats") return [...new Float32Array(value.slice().buffer)];
  return read(value, written as Field[]);
}

test("what is written is read back", () => {
  fc.assert(
    fc.property(fields, (list) => {
      expect(read(encode(list), list)).toEqual(list);
    }),
  );
});

test.each<[string, Field, string]>([
  // The examples of protobuf.dev/programming-guides/encoding.
  ["150 in field 1", { kind: "integer", field: 1, value: 150 }, "08 96 01"],
  ["-2 as int64", { kind: "integer", field: 1, value: -2 }, "08 fe ff ff ff ff ff ff ff ff 01"],
  ['"testing" in field 2', { kind: "text", field: 2, value: "testing" }, "12 07 74 65 73 74 69 6e 67"],
  ["packed 3, 270, 86942", { kind: "integers", field: 6, value: [3, 270, 86942] }, "32 06 03 8e 02 9e a7 05"],
  ["1.5 in field 2", { kind: "float", field: 2, value: 1.5 }, "15 00 00 c0 3f"],
  [
    "a message in a message",
    { kind: "message", field: 3, value: [{ kind: "integer", field: 1, value: 150 }] },
    "1a 03 08 96 01",
  ],
])("%s has the bytes of the specification", (_, field, hex) => {
  expect(Buffer.from(encode([field])).toString("hex")).toBe(hex.replaceAll(" ", ""));
});

test("buffers grow beyond their first size", () => {
  const value = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  expect(encode([{ kind: "bytes", field: 9, value }]).length).toBe(100_000 + 1 + 3);
});

describe("reading refuses", () => {
  test.each([
    ["a varint without end", "08 80", "protobuf: truncated varint"],
    ["a varint of eleven bytes", "08 ff ff ff ff ff ff ff ff ff ff 01", "protobuf: varint of more than 10 bytes"],
    ["a length beyond the end", "12 07 74", "protobuf: truncated field 2"],
    ["a negative length", "12 ff ff ff ff ff ff ff ff ff 01", "protobuf: truncated field 2"],
    ["half a float", "15 00 00", "protobuf: truncated field 2"],
    ["a group", "0b", "protobuf: unsupported wire type 3"],
    ["a 64-bit field", "09 00 00 00 00 00 00 00 00", "protobuf: unsupported wire type 1"],
  ])("%s", (_, hex, message) => {
    expect(() => readFields(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toThrow(message);
  });

  test.each([
    ["packed varints that end within one", "03 8e", "protobuf: truncated packed varints"],
    ["packed varints of eleven bytes", "ff ff ff ff ff ff ff ff ff ff 01", "protobuf: varint of more than 10 bytes"],
  ])("%s", (_, hex, message) => {
    expect(() => readPacked(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toThrow(message);
  });

  test("any bytes with a message of its own, or reads them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const parse of [readFields, readPacked]) {
          try {
            parse(bytes);
          } catch (error) {
            expect((error as Error).message).toMatch(/^protobuf: /);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
