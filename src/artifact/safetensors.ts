// The safetensors format (huggingface/safetensors, README "Format"): 8 bytes little-endian header length, a JSON header
// that names dtype, shape and byte range of every tensor, then the bytes. Nothing in it is executable. The reader is
// stricter than the format asks, because a model directory may come from anywhere.
import { ForewarnError } from "../base/index.ts";
import { parseStrictJson } from "./strict-json.ts";

const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_TENSORS = 10_000;
const METADATA_KEY = "__metadata__";

/** Element types and their sizes in bytes, in the order in which the reference implementation stores them. */
const DTYPE_BYTES = { I64: 8, F64: 8, F32: 4, I32: 4, U8: 1, BOOL: 1 } as const;
const DTYPES = Object.keys(DTYPE_BYTES);

/** Element type of a tensor. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** Elements of a tensor in row-major order; BOOL as bytes 0 and 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A stored tensor. A scalar has shape `[]`. */
export interface Tensor {
  dtype: Dtype;
  shape: readonly number[];
  data: TensorData;
}

/** Content of a safetensors file. */
export interface SafetensorsContent {
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
}

/**
 * Encodes tensors: wider element types first, names sorted within a type, as the reference implementation does. So every
 * tensor is aligned, and equal content gives equal bytes.
 * @throws Error if the data of a tensor does not fit its dtype and shape: a fault of the caller.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(
    ([a, { dtype: p }], [b, { dtype: q }]) => DTYPES.indexOf(p) - DTYPES.indexOf(q) || (a < b ? -1 : 1),
  );
  const entries = Object.keys(metadata).length > 0 ? [`"${METADATA_KEY}":${JSON.stringify(metadata)}`] : [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (!fitsDtype(data, dtype) || data.length !== elementCount(shape)) {
      throw new Error(`tensor ${name}: Expected ${dtype} [${shape.join(", ")}], got ${data.length} elements`);
    }
    const range = [offset, offset + data.byteLength];
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: range })}`);
    offset += data.byteLength;
  }
  const unpadded = Buffer.from(`{${entries.join(",")}}`);
  const headerBytes = Math.ceil(unpadded.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(unpadded, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a safetensors file. Tensors are views of `bytes` where it is aligned, else copies.
 * @param where Name of the file, for messages.
 * @throws ForewarnError `safetensors_invalid`: header longer than 1 MiB or than the file, not starting with `{`, not
 *   strict JSON, a key twice, an unknown dtype or field, more than 10,000 tensors, byte ranges that overlap, leave a
 *   hole, do not match dtype and shape or do not end with the file, a BOOL other than 0 and 1, a float that is not
 *   finite. Nothing else is ever thrown, whatever the bytes.
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): SafetensorsContent {
  const fail = (message: string): never => {
    throw new ForewarnError("safetensors_invalid", `${where}: ${message}`, {
      hint: "the file is damaged or was not written by forewarn; copy the model directory again or train anew",
    });
  };
  const { header, dataStart } = readHeader(bytes, fail);
  const metadata = readMetadata(header[METADATA_KEY], fail);
  const names = Object.keys(header).filter((name) => name !== METADATA_KEY);
  if (names.length > MAX_TENSORS) fail(`Expected at most ${MAX_TENSORS} tensors, got ${names.length}`);
  const entries = names.map((name) => readEntry(name, header[name], fail)).sort(byRange);
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, dtype, shape, start, end } of entries) {
    if (start !== offset) fail(`tensor ${name}: Expected its bytes to begin at ${offset}, got ${start}`);
    offset = end;
    if (dataStart + end > bytes.length)
      fail(`tensor ${name}: Expected ${end} bytes of data, got ${bytes.length - dataStart}`);
    const data = viewOf(dtype, bytes.subarray(dataStart + start, dataStart + end));
    const wrong = firstIllegal(dtype, data);
    if (wrong >= 0) fail(`tensor ${name}: Expected legal ${dtype} values, got ${data[wrong]} at element ${wrong}`);
    tensors.set(name, { dtype, shape, data });
  }
  if (dataStart + offset !== bytes.length) {
    fail(`Expected the file to end after ${dataStart + offset} bytes, got ${bytes.length}`);
  }
  return { tensors, metadata };
}

type Fail = (message: string) => never;

function readHeader(bytes: Uint8Array, fail: Fail): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) return fail(`Expected at least 8 bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) return fail(`Expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${length}`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) return fail(`Expected a header of ${length} bytes, got ${bytes.length - 8}`);
  if (bytes[8] !== 0x7b || length === 0n) return fail("Expected a header that begins with {");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
    return { header: parseStrictJson(text) as Record<string, unknown>, dataStart };
  } catch (error) {
    return fail(`Expected a header of strict JSON, got ${(error as Error).message}`);
  }
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) return fail(`${METADATA_KEY}: Expected an object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") return fail(`${METADATA_KEY}.${key}: Expected text, got ${typeof text}`);
  }
  return value as Record<string, string>;
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  start: number;
  end: number;
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  if (!isObject(value) || Object.keys(value).sort().join() !== "data_offsets,dtype,shape") {
    return fail(`tensor ${name}: Expected dtype, shape and data_offsets`);
  }
  const { dtype, shape, data_offsets: range } = value as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return fail(`tensor ${name}: Expected dtype ${DTYPES.join(", ")}, got ${JSON.stringify(dtype)}`);
  }
  if (!isSizes(shape)) return fail(`tensor ${name}: Expected a shape of whole numbers, got ${JSON.stringify(shape)}`);
  if (!isSizes(range) || range.length !== 2) {
    return fail(`tensor ${name}: Expected data_offsets [start, end], got ${JSON.stringify(range)}`);
  }
  const sizeBytes = elementCount(shape) * DTYPE_BYTES[dtype as Dtype];
  const [start, end] = range as [number, number];
  if (!Number.isSafeInteger(sizeBytes) || end - start !== sizeBytes) {
    return fail(`tensor ${name}: Expected ${sizeBytes} bytes for ${dtype} [${shape.join(", ")}], got ${end - start}`);
  }
  return { name, dtype: dtype as Dtype, shape, start, end };
}

/** By start, and by end for empty tensors, which share their start with the next one. */
function byRange(a: Entry, b: Entry): number {
  return a.start - b.start || a.end - b.end;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

function fitsDtype(data: TensorData, dtype: Dtype): boolean {
  switch (dtype) {
    case "F32":
      return data instanceof Float32Array;
    case "F64":
      return data instanceof Float64Array;
    case "I32":
      return data instanceof Int32Array;
    case "I64":
      return data instanceof BigInt64Array;
    case "U8":
    case "BOOL":
      return data instanceof Uint8Array;
  }
}

/** Bytes as elements, little-endian as every platform of Node.js that Forewarn supports. */
function viewOf(dtype: Dtype, bytes: Uint8Array): TensorData {
  const isAligned = bytes.byteOffset % DTYPE_BYTES[dtype] === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : new Uint8Array(bytes);
  const count = byteLength / DTYPE_BYTES[dtype];
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F64":
      return new Float64Array(buffer, byteOffset, count);
    case "I32":
      return new Int32Array(buffer, byteOffset, count);
    case "I64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** Index of the first value that its dtype does not allow, or -1. */
function firstIllegal(dtype: Dtype, data: TensorData): number {
  if (dtype === "BOOL") return (data as Uint8Array).findIndex((value) => value > 1);
  if (dtype === "F32" || dtype === "F64") return (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  return -1;
}
