// Damage for fuzz tests: bytes of any kind, and protobuf by its structure, so that most of a damaged message stays readable
// and the damage reaches deep.
import type { Rng } from "../../src/base/index.ts";
import { varint } from "./bytes.ts";

const TEXTS = ["", "__name__", "up", "\u00e9", "x".repeat(2049), "service.name", "\u0000", "__proto__"];
const NUMBERS = [
  0n,
  1n,
  2n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A field as it stands in a message. `content` of length-delimited fields is a message if it can be read as one. */
interface Field {
  number: number;
  wire: number;
  value: bigint;
  content: Field[] | Buffer;
}

/** Damages a few places of any bytes: flips, cuts, repeats, inserts. */
export function mutateBytes(bytes: Uint8Array, rng: Rng): Buffer {
  let result = Buffer.from(bytes);
  for (let count = 1 + rng.integer(3); count > 0; count--) {
    const at = rng.integer(result.length + 1);
    const kind = rng.integer(5);
    if (kind === 0 && at < result.length) result[at] = rng.integer(256);
    else if (kind === 1) result = result.subarray(0, at);
    else if (kind === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(rng.integer(at + 1))]);
    else if (kind === 3)
      result = Buffer.concat([result.subarray(0, at), Buffer.from([rng.integer(256)]), result.subarray(at)]);
    else if (at < result.length) result[at] = result[at]! ^ (1 << rng.integer(8));
    result = Buffer.from(result);
  }
  return result;
}

/** Damages a few fields of a protobuf message, at any depth: removed, repeated, moved, renumbered, other values. */
export function mutateProtobuf(bytes: Uint8Array, rng: Rng): Buffer {
  const root = parseFields(Buffer.from(bytes), 0);
  if (root === null) return mutateBytes(bytes, rng);
  for (let count = 1 + rng.integer(3); count > 0; count--) mutateFields(pickMessage(root, rng), rng);
  const result = encodeFields(root);
  return rng.integer(8) === 0 ? mutateBytes(result, rng) : result;
}

/** Damages text by its tokens: pieces of it repeated, removed, exchanged, or replaced by one of `tokens`. */
export function mutateText(text: string, tokens: readonly string[], rng: Rng): string {
  const pieces = text.split(/(?<=[{}[\]",:= \n])|(?=[{}[\]",:= \n])/);
  for (let count = 1 + rng.integer(3); count > 0; count--) {
    const at = rng.integer(pieces.length);
    const other = pieces[rng.integer(pieces.length)] ?? "";
    const kind = rng.integer(4);
    if (kind === 0) pieces.splice(at, 1 + rng.integer(3));
    else if (kind === 1) pieces.splice(at, 0, other);
    else if (kind === 2) pieces[at] = other;
    else pieces[at] = tokens[rng.integer(tokens.length)]!;
  }
  return pieces.join("");
}

function mutateFields(fields: Field[], rng: Rng): void {
  const at = rng.integer(fields.length + 1);
  const field = fields[at];
  const kind = rng.integer(7);
  if (field === undefined || kind === 0) {
    fields.splice(at, 0, {
      number: 1 + rng.integer(12),
      wire: [0, 1, 2, 5, 3, 7][rng.integer(6)]!,
      value: anyNumber(rng),
      content: anyText(rng),
    });
  } else if (kind === 1) fields.splice(at, 1);
  else if (kind === 2) fields.splice(rng.integer(fields.length), 0, field);
  else if (kind === 3) field.number = 1 + rng.integer(12);
  else if (kind === 4) field.value = anyNumber(rng);
  else if (kind === 5) field.content = anyText(rng);
  else fields.push(...fields.splice(at, 1));
}

function anyNumber(rng: Rng): bigint {
  return NUMBERS[rng.integer(NUMBERS.length)]!;
}

function anyText(rng: Rng): Buffer {
  if (rng.integer(3) === 0) return Buffer.from(Array.from({ length: rng.integer(12) }, () => rng.integer(256)));
  return Buffer.from(TEXTS[rng.integer(TEXTS.length)]!);
}

function pickMessage(fields: Field[], rng: Rng): Field[] {
  const below = fields.map(({ content }) => content).filter((content) => Array.isArray(content));
  if (below.length === 0 || rng.integer(4) === 0) return fields;
  return pickMessage(below[rng.integer(below.length)]!, rng);
}

function parseFields(bytes: Buffer, depth: number): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const read = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return null;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (at < bytes.length) {
    const tag = read();
    if (tag === null || tag < 8n || tag > 800n) return null;
    const field: Field = { number: Number(tag >> 3n), wire: Number(tag & 7n), value: 0n, content: [] };
    const value = field.wire === 0 || field.wire === 2 ? read() : 0n;
    if (value === null || ![0, 1, 2].includes(field.wire)) return null;
    field.value = value;
    if (field.wire === 1) {
      if (at + 8 > bytes.length) return null;
      field.value = bytes.readBigUInt64LE(at);
      at += 8;
    } else if (field.wire === 2) {
      const content = bytes.subarray(at, at + Number(value));
      if (content.length !== Number(value)) return null;
      at += content.length;
      field.content = (depth < 12 && content.length > 1 && parseFields(content, depth + 1)) || content;
    }
    fields.push(field);
  }
  return fields;
}

function encodeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, value, content }) => {
      const tag = varint(number * 8 + wire);
      if (wire === 0) return [tag, varint(value)];
      const eight = Buffer.alloc(8);
      eight.writeBigUInt64LE(value);
      if (wire !== 2) return [tag, wire === 5 ? eight.subarray(0, 4) : eight];
      const inner = Array.isArray(content) ? encodeFields(content) : content;
      return [tag, varint(inner.length), inner];
    }),
  );
}
