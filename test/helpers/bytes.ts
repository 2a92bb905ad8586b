// Bytes for tests: hexadecimal digits, texts and numbers written as protobuf does, put together.

/** Bytes of hexadecimal digits; blanks, and comments from # to the end of a line, are ignored. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replace(/#.*|\s/g, ""), "hex");
}

/** A varint of a non-negative number. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A length-delimited field. */
export function field(number: number, ...parts: (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/** A varint field. */
export function varintField(number: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** A field of eight bytes that holds a double. */
export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

/** A field of eight bytes that holds an unsigned integer. */
export function fixed64Field(number: number, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}
