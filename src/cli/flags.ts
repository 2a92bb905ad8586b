// Values of command-line options, from text. Each function names the option in its refusal.
import { ForewarnError } from "../base/index.ts";

const LARGEST_SEED = 2 ** 32 - 1;
const MOST_THREADS = 999;

/**
 * A whole number in decimal digits, from `least` to `most`.
 * @throws ForewarnError `usage_invalid`.
 */
export function wholeNumber(text: string, flag: string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
  throw refusal(flag, `a whole number ${range}`, text);
}

/**
 * A finite number above 0, such as 0.002 or 2e-3.
 * @throws ForewarnError `usage_invalid`.
 */
export function positiveNumber(text: string, flag: string): number {
  const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value) && value > 0) return value;
  throw refusal(flag, "a number above 0", text);
}

/**
 * A decimal number from `least` to `most`, such as 0.02 or 60.
 * @throws ForewarnError `usage_invalid`.
 */
export function numberWithin(text: string, flag: string, least: number, most: number): number {
  const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refusal(flag, `a number from ${least} to ${most}`, text);
}

/**
 * An http or https URL.
 * @throws ForewarnError `usage_invalid`; a URL with a password is not repeated in the message.
 */
export function httpUrl(text: string, flag: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw refusal(flag, "a URL such as http://localhost:9090", text);
  }
  if (url.username === "" && url.password === "") return url.href;
  throw new ForewarnError("usage_invalid", `${flag}: Expected a URL without a user name, got one for ${url.host}`, {
    hint: "send credentials with --header 'Authorization: ...'",
  });
}

/**
 * A header of HTTP, written `Name: value`.
 * @throws ForewarnError `usage_invalid`; the value may be secret and is not repeated in the message.
 */
export function httpHeader(text: string, flag: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\t\x20-\x7e]+)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value.trim()];
  throw new ForewarnError("usage_invalid", `${flag}: Expected 'Name: value' in printable ASCII, got something else`);
}

/**
 * The value of `--seed`, from 0 to 4294967295.
 * @throws ForewarnError `usage_invalid`.
 */
export function seedNumber(text: string): number {
  return wholeNumber(text, "--seed", 0, LARGEST_SEED);
}

/**
 * The value of `--threads`, from 1 to 999.
 * @throws ForewarnError `usage_invalid`.
 */
export function threadCount(text: string): number {
  return wholeNumber(text, "--threads", 1, MOST_THREADS);
}

/**
 * An ISO 8601 time in epoch milliseconds. A time of day needs a zone; a date alone is its midnight in UTC.
 * @throws ForewarnError `usage_invalid`.
 */
export function isoTime(text: string, flag: string): number {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? [];
  const timeMs = date !== undefined && isCalendarDate(date) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  throw refusal(flag, "an ISO 8601 time with its zone such as 2026-01-05T00:00:00Z", text);
}

/** Date.parse takes February 30th for March 2nd. */
function isCalendarDate(date: string): boolean {
  const midnightMs = Date.parse(date);
  return Number.isFinite(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
}

function refusal(flag: string, expected: string, text: string): ForewarnError {
  return new ForewarnError("usage_invalid", `${flag}: Expected ${expected}, got ${JSON.stringify(text)}`);
}
