// Numbers of OTLP points.
import type { Cursor } from "../protobuf/reader.ts";

const TWO_32 = 2 ** 32;

/** Bit 0 of a point's flags: there is no value, the series has ended. */
export const NO_RECORDED_VALUE = 1;

/** Unsigned nanoseconds at a position as whole milliseconds, exactly: 2^32 ns are 4294 ms and 967296 ns. */
export function unixMsAt({ view }: Cursor, at: number): number {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  return high * 4294 + Math.floor((high * 967_296 + low) / 1e6);
}

/** A signed 64-bit number; the nearest double beyond 2^53. */
export function int64At({ view }: Cursor, at: number): number {
  return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

/** An unsigned 64-bit number; the nearest double beyond 2^53. */
export function uint64At({ view }: Cursor, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

/** A number without an exponent, with the fewest digits that give it back: Go's FormatFloat(value, 'f', -1, 64). */
export function plainNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text === "-Infinity" ? "-Inf" : text;
  const [, sign, whole = "", fraction = "", exponent] = match;
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}
