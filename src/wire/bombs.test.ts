// Small bodies that want to become large, and large ones made of nothing: refused early, in bounded memory.
import { expect, test } from "vitest";
import { field, hex, varint, varintField } from "../../test/helpers/bytes.ts";
import { ForewarnError } from "../base/index.ts";
import {
  compressSnappy,
  createLabelCache,
  decodeOtlpMetrics,
  decodeRemoteWrite1,
  decodeRemoteWrite2,
  decompressSnappy,
  otlpJsonToProtobuf,
  parseExposition,
  REMOTE_WRITE_LIMITS,
} from "./index.ts";

const MIB = 2 ** 20;
/** 32 MiB in WebAssembly's memory, 32 MiB as the result, and what garbage lies around. */
const MOST_EXTRA_BYTES = 80 * MIB;
/** Far above what a machine takes that has other work too. */
const MOST_CPU_MS = 5000;

/** A bomb: the body, made when its turn comes, how it is decoded, and what the error says; null: it may be survived. */
type Bomb = [name: string, body: () => Uint8Array, decode: (body: Uint8Array) => unknown, message: RegExp | null];

const v1 = (body: Uint8Array) => decodeRemoteWrite1(body, createLabelCache());
const v2 = (body: Uint8Array) => decodeRemoteWrite2(body, createLabelCache());
const snappy = (block: Uint8Array) => v1(decompressSnappy(block, REMOTE_WRITE_LIMITS.decodedBytes));
const otlp = (body: Uint8Array) => decodeOtlpMetrics(body, createLabelCache());
const json = (body: Uint8Array) => otlp(otlpJsonToProtobuf(body));
const text = (body: Uint8Array) => parseExposition(body, createLabelCache(), { format: "prometheus", scrapeTimeMs: 0 });

/** A part, again and again. */
const flood = (part: string | Uint8Array, bytes: number): Buffer => {
  const { length } = Buffer.from(part);
  return Buffer.alloc(bytes - (bytes % length), part);
};
/** Parts in messages within messages: fields `numbers`, the first outermost. */
const within = (numbers: readonly number[], ...parts: Uint8Array[]): Buffer =>
  numbers.reduceRight<Buffer>((inner, number) => field(number, inner), Buffer.concat(parts));
const jsonFlood = (head: string, part: string) => (): Buffer =>
  Buffer.concat([Buffer.from(head), flood(part, 63 * MIB)]);

const EMPTY_1 = hex("0a00");
const NAME = field(1, "m");
const METRIC = [1, 2, 2];
const POINTS_JSON = '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{';
const SYMBOLS = (): Buffer => Buffer.concat([field(4), field(4, "__name__"), field(4, Buffer.alloc(MIB, "x"))]);
const HUGE_NAME = field(5, field(1, varint(1), varint(2)), field(2, varintField(2, 1)));

const BOMBS: Bomb[] = [
  ["a declared length of 2^32 - 1", () => hex("ffffffff0f 00"), snappy, /at most 33554432 decompressed bytes/],
  ["a declared length of 2^31", () => hex("8080808008 00"), snappy, /at most 33554432 decompressed bytes/],
  ["32 MiB declared by six bytes", () => hex("80808010 00 61"), snappy, /at most 42 bytes from 2/],
  ["21:1, empty series", () => compressSnappy(flood(EMPTY_1, 32 * MIB)), snappy, /at most 10000 series/],
  ["21:1, zeros", () => compressSnappy(Buffer.alloc(32 * MIB)), snappy, /known wire type/],
  ["1.0: empty samples", () => field(1, flood(hex("1200"), 31 * MIB)), v1, /at most 100000 samples/],
  ["1.0: empty labels", () => field(1, flood(EMPTY_1, 31 * MIB)), v1, /fewer fields/],
  ["1.0: empty histograms", () => field(1, flood(hex("2200"), 31 * MIB)), v1, /fewer fields/],
  ["1.0: unknown fields", () => flood(hex("7800"), 32 * MIB), v1, /fewer fields/],
  ["2.0: empty symbols", () => flood(hex("2200"), 32 * MIB), v2, /at most 200000 symbols/],
  ["2.0: references", () => Buffer.concat([SYMBOLS(), within([5, 1], Buffer.alloc(30 * MIB, 1))]), v2, /fewer fields/],
  [
    "2.0: a symbol of 1 MiB in 10,000 series",
    () => Buffer.concat([SYMBOLS(), flood(HUGE_NAME, 10_000 * HUGE_NAME.length)]),
    v2,
    null,
  ],
  ["OTLP: empty resources", () => flood(EMPTY_1, 64 * MIB), otlp, /at most 100000 resources/],
  ["OTLP: empty metrics", () => within([1, 2], flood(hex("1200"), 60 * MIB)), otlp, /at most 100000 resources/],
  ["OTLP: empty points", () => within(METRIC, NAME, field(5, flood(EMPTY_1, 60 * MIB))), otlp, /fewer fields/],
  ["OTLP: empty summaries", () => within(METRIC, NAME, field(11, flood(EMPTY_1, 60 * MIB))), otlp, /fewer fields/],
  ["OTLP: many points", () => within(METRIC, NAME, field(5, flood(EMPTY_1, 4 * MIB))), otlp, /at most 100000 samples/],
  [
    "OTLP: many summaries",
    () => within(METRIC, NAME, field(11, flood(EMPTY_1, 4 * MIB))),
    otlp,
    /at most 100000 points/,
  ],
  [
    "OTLP: empty attributes of a point",
    () => within(METRIC, NAME, within([5, 1], flood(hex("3a00"), 60 * MIB))),
    otlp,
    /fewer fields/,
  ],
  ["OTLP: empty attributes of a resource", () => within([1, 1], flood(EMPTY_1, 60 * MIB)), otlp, null],
  [
    "OTLP: buckets",
    () => within(METRIC, NAME, field(9, hex("1002"), within([1, 6], Buffer.alloc(60 * MIB)))),
    otlp,
    /at most 100000 buckets/,
  ],
  [
    "OTLP: an attribute that is a list",
    () => within(METRIC, NAME, within([5, 1, 7, 2, 5], flood(EMPTY_1, 60 * MIB))),
    otlp,
    null,
  ],
  ["JSON: empty resources", jsonFlood('{"resourceMetrics":[', "{},"), json, /fewer values/],
  ["JSON: open brackets", jsonFlood('{"x":', "["), json, /at most 64 levels/],
  ["JSON: buckets", jsonFlood(`${POINTS_JSON}"bucketCounts":[`, "0,"), json, /fewer values/],
  ["JSON: large buckets", jsonFlood(`${POINTS_JSON}"bucketCounts":[`, "1234567890123456789,"), json, /Expected/],
  ["JSON: one number", jsonFlood('{"x":', "1"), json, /a number/],
  ["JSON: one text", jsonFlood('{"x":"', "\\\\"), json, /the end of a string/],
  ["text: short lines", () => flood("a 1\n", 32 * MIB), text, /at most 100000 series/],
  ["text: empty lines", () => flood("\n", 32 * MIB), text, /at most 500000 lines/],
  ["text: comments", () => flood("# TYPE a gauge\n", 32 * MIB), text, /at most 500000 lines/],
  ["text: braces", () => flood("a{", 32 * MIB), text, /closed quote/],
  ["text: one line", () => flood("a", 32 * MIB), text, /a value/],
  ["text: blanks", () => flood(" ", 32 * MIB), text, /a line feed/],
];

test.each(BOMBS)("%s", (_, make, decode, message) => {
  const body = make();
  const memory = process.resourceUsage().maxRSS;
  const cpu = process.cpuUsage();
  let error: unknown = null;
  try {
    decode(body);
  } catch (thrown) {
    error = thrown;
  }
  const { user, system } = process.cpuUsage(cpu);
  const extraBytes = (process.resourceUsage().maxRSS - memory) * 1024;
  if (error !== null) expect(error).toBeInstanceOf(ForewarnError);
  if (message !== null) expect(String(error)).toMatch(message);
  expect(extraBytes).toBeLessThan(MOST_EXTRA_BYTES);
  expect((user + system) / 1000).toBeLessThan(MOST_CPU_MS);
});
