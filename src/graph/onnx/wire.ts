// Protocol buffer wire format, the parts that ONNX needs: varints, length-delimited fields, 32-bit floats.
// Source: protobuf.dev/programming-guides/encoding.

/** Writes protocol buffer fields into a growing buffer. */
export interface WireWriter {
  /** A non-negative or negative integer below 2^53 in magnitude. */
  integer(field: number, value: number): void;
  float(field: number, value: number): void;
  text(field: number, value: string): void;
  bytes(field: number, value: Uint8Array): void;
  /** Packed integers. */
  integers(field: number, values: readonly number[]): void;
  /** Packed floats. */
  floats(field: number, values: readonly number[]): void;
  message(field: number, write: (writer: WireWriter) => void): void;
  finish(): Uint8Array<ArrayBuffer>;
}

/** Makes an empty writer. */
export function createWireWriter(): WireWriter {
  let buffer = new Uint8Array(1024);
  let length = 0;
  const reserve = (extra: number): void => {
    if (length + extra <= buffer.length) return;
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + extra));
    grown.set(buffer.subarray(0, length));
    buffer = grown;
  };
  const varint = (value: number): void => {
    reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) buffer[length++] = Number(rest & 127n) | 128;
      buffer[length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) buffer[length++] = (rest % 128) | 128;
    buffer[length++] = rest;
  };
  const append = (data: Uint8Array): void => {
    reserve(data.length);
    buffer.set(data, length);
    length += data.length;
  };
  const delimited = (field: number, data: Uint8Array): void => {
    varint(field * 8 + 2);
    varint(data.length);
    append(data);
  };
  const packed = (values: readonly number[]): Uint8Array => {
    const start = length;
    for (const value of values) varint(value);
    const data = buffer.slice(start, length);
    length = start;
    return data;
  };
  const writer: WireWriter = {
    integer: (field, value) => {
      varint(field * 8);
      varint(value);
    },
    float: (field, value) => {
      varint(field * 8 + 5);
      append(new Uint8Array(new Float32Array([value]).buffer));
    },
    text: (field, value) => delimited(field, new TextEncoder().encode(value)),
    bytes: delimited,
    integers: (field, values) => delimited(field, packed(values)),
    floats: (field, values) => delimited(field, new Uint8Array(new Float32Array(values).buffer)),
    message: (field, write) => {
      const inner = createWireWriter();
      write(inner);
      delimited(field, inner.finish());
    },
    finish: () => buffer.slice(0, length),
  };
  return writer;
}

/** A field as it stands in the wire format: varints and 32-bit values as numbers, the rest as bytes. */
export interface WireField {
  field: number;
  value: number | Uint8Array;
}

/**
 * Reads the fields of one message.
 * @throws Error "protobuf: ..." on truncated or unknown wire types.
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("protobuf: truncated varint");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new Error("protobuf: varint of more than 10 bytes");
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ field, value: varint() });
        break;
      case 2: {
        const length = varint();
        if (length < 0 || at + length > bytes.length) throw new Error(`protobuf: truncated field ${field}`);
        fields.push({ field, value: bytes.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        if (at + 4 > bytes.length) throw new Error(`protobuf: truncated field ${field}`);
        fields.push({ field, value: view.getFloat32(at, true) });
        at += 4;
        break;
      default:
        throw new Error(`protobuf: unsupported wire type ${tag % 8}`);
    }
  }
  return fields;
}

/** Reads packed varints. */
export function readPacked(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    if (shift === 70n) throw new Error("protobuf: varint of more than 10 bytes");
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      values.push(Number(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
  }
  if (shift > 0n) throw new Error("protobuf: truncated packed varints");
  return values;
}
