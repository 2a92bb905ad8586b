// Canonical JSON after RFC 8785 (JSON Canonicalization Scheme): keys sorted, no white space, numbers as ECMAScript
// writes them. Equal documents give equal bytes, so their hashes can be compared.
import { createHash } from "node:crypto";

/**
 * Canonical text of a JSON value. Keys whose value is `undefined` are left out.
 * @throws Error for values that JSON cannot carry (NaN, infinities, functions, bigint).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`canonical JSON: Expected a finite number, got ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(",")}}`;
  }
  throw new Error(`canonical JSON: Expected a JSON value, got ${typeof value}`);
}

/** SHA-256 of text or bytes, in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
