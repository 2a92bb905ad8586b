// The exposition formats that are scraped: text 0.0.4 and OpenMetrics 1.0. Lines are read as bytes; a series that was seen
// before costs one look-up of the text before its value. Exemplars are ignored.
import { isUtf8 } from "node:buffer";
import { ForewarnError } from "../../base/index.ts";
import { type LabelCache, sharedSet } from "../labels/label-cache.ts";
import { isFault, type LabelSet, labelSetOf, shown } from "../labels/label-set.ts";
import { createRejections, type Fault } from "../labels/rejections.ts";
import { checkLimit, EXPOSITION_LIMITS, type WireLimits } from "../limits.ts";
import { blockOf, createColumns, type DecodedSamples, dropSeries, keepSeries, pushSample } from "../samples.ts";
import type { ExpositionFormat } from "./format.ts";
import { createFamilyTable, type MetricFamily } from "./metadata.ts";
import { endOfSeries, isBlank, parseSeries, skipBlanks } from "./series-text.ts";

const SUBJECT = "exposition";
/** A sample may have HELP, TYPE, UNIT and a comment of its own. */
const LINES_PER_SERIES = 5;
const LINE_END = 0x0a;
const HASH = 0x23;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d{1,19}$/;
const SPECIAL_VALUES = new Map([
  ["nan", Number.NaN],
  ...["inf", "+inf", "infinity", "+infinity"].map((text) => [text, Number.POSITIVE_INFINITY] as const),
  ...["-inf", "-infinity"].map((text) => [text, Number.NEGATIVE_INFINITY] as const),
]);

/** How a body is parsed. */
export interface ExpositionOptions {
  format: ExpositionFormat;
  /** Time of samples that have none of their own, epoch milliseconds. */
  scrapeTimeMs: number;
  limits?: WireLimits;
}

/** Samples of a scrape, one series for each line, and what its metadata lines say. */
export interface ParsedExposition extends DecodedSamples {
  readonly families: ReadonlyMap<string, MetricFamily>;
}

/**
 * Parses a scrape. A line that breaks the syntax fails the whole, since a cut-off body must not pass for a small one; a
 * series whose labels are repeated or beyond the limits is rejected and counted. Of text 0.0.4, which is written loosely
 * everywhere, metadata is not checked beyond its syntax; of OpenMetrics order, units, counters and the end are.
 * @param body   UTF-8, decompressed.
 * @param cache  Label sets seen before; new ones are added.
 * @throws ForewarnError `body_unreadable` with the number of the line, `body_too_large` beyond a limit.
 */
export function parseExposition(body: Uint8Array, cache: LabelCache, options: ExpositionOptions): ParsedExposition {
  const { format, scrapeTimeMs, limits = EXPOSITION_LIMITS } = options;
  const strict = format === "openmetrics";
  checkLimit(body.length, limits.decodedBytes, "bytes", SUBJECT);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const valid = isUtf8(bytes); // if not, each line is asked
  const columns = createColumns();
  const rejections = createRejections();
  const table = createFamilyTable(format);
  const mostLines = limits.series * LINES_PER_SERIES;
  let ended = false;
  let line = 0;

  const fail = (expected: string, start: number, end: number): ForewarnError => {
    const got = start >= bytes.length ? "the end" : shown(bytes.toString("utf8", start, Math.min(end, start + 200)));
    return new ForewarnError("body_unreadable", `${SUBJECT}: Expected ${expected}, got ${got} (line ${line})`);
  };
  const readSampleLine = (start: number, end: number): void => {
    if (columns.seen >= limits.series) checkLimit(columns.seen + 1, limits.series, "series", SUBJECT);
    const seriesEnd = endOfSeries(bytes, start, end);
    if (seriesEnd < 0) throw fail("a closed quote and brace", start, end);
    const labels = seriesOf(bytes, start, seriesEnd, cache, limits);
    if (typeof labels === "string") throw fail(labels, start, end);
    const numbers = readNumbers(bytes, seriesEnd, end, strict);
    if (typeof numbers === "string") throw fail(numbers, start, end);
    pushSample(columns, numbers.timestampMs ?? scrapeTimeMs, numbers.value, false, limits, SUBJECT);
    if (isFault(labels)) {
      rejections.add(labels, `line ${line}`, dropSeries(columns));
      return;
    }
    const wrong = table.checkSample(labels.name);
    if (wrong !== null) throw fail(wrong, start, end);
    keepSeries(columns, labels);
  };
  const readComment = (start: number, end: number): void => {
    const result = table.readComment(bytes.toString("utf8", start, end));
    if (result === "eof") ended = true;
    else if (result !== null) throw fail(result.expected, start, end);
    checkLimit(table.families.size, limits.series, "metric families", SUBJECT);
  };

  for (let at = 0; at < bytes.length; ) {
    if (++line > mostLines) checkLimit(line, mostLines, "lines", SUBJECT);
    const found = bytes.indexOf(LINE_END, at);
    const end = found < 0 ? bytes.length : found;
    if (!valid && !isUtf8(bytes.subarray(at, end))) throw fail("UTF-8", at, end);
    if (ended) throw fail('nothing after "# EOF"', at, end);
    const start = strict ? at : skipBlanks(bytes, at, end);
    if (start === end) {
      if (strict) throw fail("no empty line", at, end);
    } else if (bytes[start] === HASH) readComment(start, end);
    else readSampleLine(start, end);
    if (found < 0 && !ended) throw fail("a line feed after the last line", start, end);
    at = end + 1;
  }
  line++;
  if (strict && !ended) throw fail('"# EOF"', bytes.length, bytes.length);
  return { ...blockOf(columns), rejected: rejections.list(), families: table.families };
}

/** The label set of a series text, from the cache if it was seen before; what was expected if it is not one. */
function seriesOf(
  bytes: Buffer,
  start: number,
  end: number,
  cache: LabelCache,
  limits: WireLimits,
): LabelSet | Fault | string {
  const key = bytes.toString("latin1", start, end);
  const known = cache.exposition.get(key);
  if (known !== undefined) return known;
  const labels = parseSeries(bytes.toString("utf8", start, end));
  if (typeof labels === "string") return labels;
  const set = labelSetOf(labels, limits);
  if (isFault(set)) return set;
  const shared = sharedSet(cache, set);
  cache.exposition.set(key, shared);
  return shared;
}

/** Value and timestamp after a series text, or what was expected there. */
function readNumbers(
  bytes: Buffer,
  start: number,
  end: number,
  strict: boolean,
): { value: number; timestampMs: number | null } | string {
  const valueStart = skipBlanks(bytes, start, end);
  const valueEnd = endOfToken(bytes, valueStart, end);
  const value = numberOf(bytes.toString("latin1", valueStart, valueEnd));
  if (value === null || valueStart === start) return "a value after the series";
  const timeStart = skipBlanks(bytes, valueEnd, end);
  if (timeStart === end || (strict && bytes[timeStart] === HASH)) return { value, timestampMs: null };
  const timeEnd = endOfToken(bytes, timeStart, end);
  const timestampMs = timestampOf(bytes.toString("latin1", timeStart, timeEnd), strict);
  if (timestampMs === null) return strict ? "a timestamp in seconds" : "a timestamp in milliseconds";
  const rest = skipBlanks(bytes, timeEnd, end);
  return rest === end || (strict && bytes[rest] === HASH) ? { value, timestampMs } : "the end of the line";
}

function endOfToken(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && !isBlank(bytes[at]!)) at++;
  return at;
}

/** A float as Go's ParseFloat reads it, hexadecimal ones excepted. */
function numberOf(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text);
  return SPECIAL_VALUES.get(text.toLowerCase()) ?? null;
}

function timestampOf(text: string, seconds: boolean): number | null {
  if (!seconds) return INTEGER.test(text) ? Number(text) : null;
  return DECIMAL.test(text) ? Math.round(Number(text) * 1000) : null;
}
