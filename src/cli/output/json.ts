// One JSON document on stdout, for `--json`.
import type { Io } from "../io.ts";

/**
 * Prints a value as one indented JSON document. Typed arrays become arrays, NaN and infinities become null; characters
 * beyond ASCII are escaped where the console cannot show them.
 */
export function printJson(io: Io, value: unknown): void {
  const text = JSON.stringify(value, replaceTypedArray, 2);
  io.stdout(`${io.unicode ? text : escapeNonAscii(text)}\n`);
}

function replaceTypedArray(_key: string, value: unknown): unknown {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return value;
  return Array.from(value as unknown as ArrayLike<number>);
}

function escapeNonAscii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
