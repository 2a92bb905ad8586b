// Writing protobuf by hand: a growing buffer. A nested message is written first and its length put before it, so no
// size is computed twice.

/** A buffer that grows. Field methods leave out nothing: proto3's default values are the caller's business. */
export interface ProtobufWriter {
  /** @param value Unsigned below 2^53. */
  varint(field: number, value: number): void;
  /** An int64: negative values take ten bytes. */
  int64(field: number, value: number | bigint): void;
  double(field: number, value: number): void;
  /** Eight bytes as two halves: fixed64, or a double whose bits matter. */
  fixed64(field: number, low: number, high: number): void;
  text(field: number, value: string): void;
  bytes(field: number, value: Uint8Array): void;
  /** A packed list of unsigned varints. */
  packed(field: number, values: ArrayLike<number>): void;
  /** A nested message, whose fields `write` writes. */
  message(field: number, write: () => void): void;
  /** Bytes written so far. */
  size(): number;
  /** What was written. The writer is not used afterwards. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Makes an empty writer. */
export function createProtobufWriter(initialBytes = 1024): ProtobufWriter {
  let buffer = Buffer.allocUnsafeSlow(initialBytes);
  let at = 0;

  const reserve = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  /** For callers that have reserved ten bytes. */
  const putVarint = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    buffer[at++] = rest;
  };
  const rawVarint = (value: number): void => {
    reserve(10);
    putVarint(value);
  };
  const tag = (field: number, wire: number): void => rawVarint(field * 8 + wire);
  /** Puts the length of everything since `start` before it. */
  const closeLength = (start: number): void => {
    const length = at - start;
    let prefix = 1;
    for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix++;
    reserve(prefix);
    buffer.copyWithin(start + prefix, start, at);
    at = start;
    putVarint(length);
    at = start + prefix + length;
  };

  return {
    varint(field, value) {
      tag(field, 0);
      rawVarint(value);
    },
    int64(field, value) {
      tag(field, 0);
      if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return rawVarint(Number(value));
      reserve(10);
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 0x80n; rest >>= 7n) buffer[at++] = Number(rest & 0x7fn) | 0x80;
      buffer[at++] = Number(rest);
    },
    double(field, value) {
      tag(field, 1);
      reserve(8);
      at = buffer.writeDoubleLE(value, at);
    },
    fixed64(field, low, high) {
      tag(field, 1);
      reserve(8);
      at = buffer.writeUInt32LE(low, at);
      at = buffer.writeUInt32LE(high, at);
    },
    text(field, value) {
      tag(field, 2);
      reserve(value.length * 3 + 5);
      const start = at;
      at += buffer.write(value, at);
      closeLength(start);
    },
    bytes(field, value) {
      tag(field, 2);
      rawVarint(value.length);
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    packed(field, values) {
      tag(field, 2);
      const start = at;
      for (let index = 0; index < values.length; index++) rawVarint(values[index]!);
      closeLength(start);
    },
    message(field, write) {
      tag(field, 2);
      const start = at;
      write();
      closeLength(start);
    },
    size: () => at,
    finish: () => new Uint8Array(buffer.buffer, buffer.byteOffset, at),
  };
}

/** The halves of a whole number in 64 bits, low first; a negative one in two's complement. */
export function halvesOf(value: number | bigint): [low: number, high: number] {
  if (typeof value === "number" && value >= 0) return [value % 2 ** 32, Math.floor(value / 2 ** 32)];
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
}
