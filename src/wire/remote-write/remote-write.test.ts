// Bodies written by hand from the message definitions in prometheus/docs docs/specs/prw/, and the cases that
// prometheus/compliance remotewrite/receiver lists.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { doubleField, field, hex, varint, varintField } from "../../../test/helpers/bytes.ts";
import { naiveRemoteWrite1 } from "../../../test/helpers/naive-remote-write.ts";
import { ForewarnError } from "../../base/index.ts";
import { createLabelCache } from "../labels/label-cache.ts";
import { type Label, labelValue } from "../labels/label-set.ts";
import { REMOTE_WRITE_LIMITS, type WireLimits } from "../limits.ts";
import type { DecodedSamples, SampleBlock } from "../samples.ts";
import { decodeRemoteWrite1 } from "./decode-1.ts";
import { decodeRemoteWrite2 } from "./decode-2.ts";
import { encodeRemoteWrite1, encodeRemoteWrite2, METRIC_TYPES } from "./encode.ts";

const T = 1_700_000_000_123;
const STALE = hex("09 02000000 0000f07f");
const UP: Label[] = [
  ["__name__", "up"],
  ["instance", "a:9100"],
  ["job", "node"],
];

const label = (name: string | Uint8Array, value: string | Uint8Array): Buffer =>
  field(1, field(1, name), field(2, value));
const sample = (value: number, timestamp: number | bigint = T): Buffer =>
  field(2, doubleField(1, value), varintField(2, BigInt.asUintN(64, BigInt(timestamp))));
const series1 = (labels: readonly Label[], ...rest: Uint8Array[]): Buffer =>
  field(1, ...labels.map(([name, value]) => label(name, value)), ...rest);

/** A v2 Request: symbols, then series of references and further fields. */
const request2 = (symbols: readonly string[], ...series: { refs: number[]; rest: Uint8Array[] }[]): Buffer =>
  Buffer.concat([
    ...symbols.map((symbol) => field(4, symbol)),
    ...series.map(({ refs, rest }) => field(5, field(1, ...refs.map(varint)), ...rest)),
  ]);

/** Labels with the same samples in both versions; v2 gets its symbols in the order of appearance. */
function inBoth(labels: readonly Label[], ...rest: Uint8Array[]): [name: string, decoded: DecodedSamples][] {
  const symbols = ["", ...new Set(labels.flat())];
  const refs = labels.flat().map((text) => symbols.indexOf(text, text === "" ? 0 : 1));
  return [
    ["1.0", decodeRemoteWrite1(series1(labels, ...rest), createLabelCache())],
    ["2.0", decodeRemoteWrite2(request2(symbols, { refs, rest }), createLabelCache())],
  ];
}

function plain({ series, starts, timestampsMs, values, stale }: SampleBlock) {
  return series.map(({ labels }, at) => ({
    labels,
    samples: Array.from({ length: starts[at + 1]! - starts[at]! }, (_, index) => {
      const place = starts[at]! + index;
      return [timestampsMs[place], values[place], stale[place]];
    }),
  }));
}

describe("golden bodies", () => {
  test("remote write 1.0, byte for byte", () => {
    const body = hex(
      `
      0a 24                                     # field 1: TimeSeries, 36 bytes
      0a 0e  0a 08 5f5f6e616d655f5f  12 02 7570 # label __name__="up"
      12 10  09 000000000000f83f  10 fbd095ffbc31  # sample 1.5 at 1700000000123
    `
        .replaceAll(/#.*/g, "")
        .replace("0a 24", "0a 22"),
    );
    const decoded = decodeRemoteWrite1(body, createLabelCache());
    expect(plain(decoded)).toEqual([{ labels: [["__name__", "up"]], samples: [[1_700_000_000_123, 1.5, 0]] }]);
    expect(decoded.rejected).toEqual([]);
    expect(Buffer.from(encodeRemoteWrite1(decoded))).toEqual(body);
  });

  test("remote write 2.0, byte for byte", () => {
    const body = hex(
      `
      22 00                                    # symbol 0: empty
      22 08 5f5f6e616d655f5f  22 02 7570       # symbols 1 and 2
      2a 16                                    # field 5: TimeSeries, 22 bytes
      0a 02 0102                               # labels_refs 1, 2
      12 10  09 000000000000f83f  10 fbd095ffbc31
    `.replaceAll(/#.*/g, ""),
    );
    const decoded = decodeRemoteWrite2(body, createLabelCache());
    expect(plain(decoded)).toEqual([{ labels: [["__name__", "up"]], samples: [[1_700_000_000_123, 1.5, 0]] }]);
    expect(Buffer.from(encodeRemoteWrite2(decoded))).toEqual(body);
  });
});

describe("values", () => {
  test.each([
    ["1.0", doubleField(1, 1), 1, 0],
    ["an absent value is 0", Buffer.alloc(0), 0, 0],
    ["-0", doubleField(1, -0), -0, 0],
    ["+Inf", doubleField(1, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY, 0],
    ["-Inf", doubleField(1, Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY, 0],
    ["the largest double", doubleField(1, Number.MAX_VALUE), Number.MAX_VALUE, 0],
    ["a subnormal", doubleField(1, 5e-324), 5e-324, 0],
    ["2^53 + 1 as a double", doubleField(1, 2 ** 53), 2 ** 53, 0],
    ["the NaN of Prometheus", hex("09 01000000 0000f87f"), Number.NaN, 0],
    ["a stale marker", STALE, Number.NaN, 1],
    ["a NaN beside the stale marker", hex("09 03000000 0000f07f"), Number.NaN, 0],
    ["the negative twin of the stale marker", hex("09 02000000 0000f0ff"), Number.NaN, 0],
  ])("%s", (_, bytes, value, stale) => {
    for (const [, decoded] of inBoth(UP, field(2, bytes, varintField(2, T)))) {
      expect(plain(decoded)[0]!.samples).toEqual([[T, value, stale]]);
      expect(decoded.rejected).toEqual([]);
    }
  });

  test.each([
    ["negative", -3982045n, -3982045],
    ["absent", null, 0],
    ["2^53", 2n ** 53n, 2 ** 53],
    ["the last int64", 2n ** 63n - 1n, 2 ** 63],
    ["the first int64", -(2n ** 63n), -(2 ** 63)],
  ])("a timestamp that is %s", (_, timestamp, expected) => {
    const content = timestamp === null ? [] : [varintField(2, BigInt.asUintN(64, timestamp))];
    for (const [, decoded] of inBoth(UP, field(2, doubleField(1, 1), ...content))) {
      expect(decoded.timestampsMs).toEqual(Float64Array.of(expected));
    }
  });
});

describe("labels", () => {
  // Cases of the compliance suite: names and values may be any UTF-8.
  test.each<[string, Label[]]>([
    [
      "newlines",
      [
        ["__name__", "up"],
        ["job", "test\njob\n"],
      ],
    ],
    [
      "dots",
      [
        ["__name__", "resource.cpu.usage"],
        ["job.name", "testjob"],
      ],
    ],
    [
      "spaces",
      [
        ["__name__", "resource cpu usage"],
        ["job name", "testjob"],
      ],
    ],
    [
      "unicode",
      [
        ["__name__", "unicode_test"],
        ["region", "\u{1f30d}"],
        ["\u6d4b\u8bd5", "\ufffd"],
      ],
    ],
    [
      "Object's names",
      [
        ["__name__", "up"],
        ["__proto__", "constructor"],
        ["constructor", "__proto__"],
      ],
    ],
  ])("with %s are taken", (_, labels) => {
    for (const [, decoded] of inBoth(labels, sample(1))) {
      expect(decoded.rejected).toEqual([]);
      expect(decoded.series[0]!.labels).toEqual(labels);
      expect(labelValue(decoded.series[0]!, labels[1]![0])).toBe(labels[1]![1]);
    }
  });

  test("in any order are taken and put in order, as the reference receiver does", () => {
    for (const [, { series, rejected }] of inBoth(
      [
        ["job", "a"],
        ["__name__", "up"],
        ["Zone", "b"],
      ],
      sample(1),
    )) {
      expect(rejected).toEqual([]);
      expect(series[0]).toEqual({
        name: "up",
        labels: [
          ["Zone", "b"],
          ["__name__", "up"],
          ["job", "a"],
        ],
      });
    }
  });

  test.each<[string, Label[], string]>([
    ["no labels", [], "name_missing"],
    ["no __name__", [["job", "testjob"]], "name_missing"],
    ["an empty __name__", [["__name__", ""]], "label_empty"],
    [
      "an empty value",
      [
        ["__name__", "up"],
        ["job", ""],
      ],
      "label_empty",
    ],
    [
      "an empty name",
      [
        ["", "x"],
        ["__name__", "up"],
      ],
      "label_empty",
    ],
    [
      "a repeated name",
      [
        ["__name__", "up"],
        ["job", "a"],
        ["job", "b"],
      ],
      "label_repeated",
    ],
    [
      "a repeated label",
      [
        ["__name__", "up"],
        ["job", "a"],
        ["job", "a"],
      ],
      "label_repeated",
    ],
    [
      "a name repeated apart",
      [
        ["job", "a"],
        ["__name__", "up"],
        ["job", "b"],
      ],
      "label_repeated",
    ],
    [
      "41 labels",
      [["__name__", "up"], ...Array.from({ length: 40 }, (_, at): Label => [`l${at}`, "x"])],
      "label_limit",
    ],
    [
      "a name of 1025 bytes",
      [
        ["__name__", "up"],
        ["n".repeat(1025), "x"],
      ],
      "label_limit",
    ],
    [
      "a value of 2049 bytes",
      [
        ["__name__", "up"],
        ["job", `${"\u00e9".repeat(1024)}x`],
      ],
      "label_limit",
    ],
  ])("%s: the series is rejected, the others are taken", (_, labels, reason) => {
    for (const [, { series, rejected }] of inBoth(labels, sample(1), sample(2))) {
      expect(series).toEqual([]);
      expect(rejected).toMatchObject([{ reason, samples: 2, histograms: 0, series: 1 }]);
      expect(rejected[0]!.first).toMatch(/^timeseries \(byte \d+\): /);
    }
    const both = Buffer.concat([series1(UP, sample(1)), series1(labels, sample(2)), series1(UP, sample(3))]);
    const decoded = decodeRemoteWrite1(both, createLabelCache());
    expect(decoded.series.map(({ name }) => name)).toEqual(["up", "up"]);
    expect([...decoded.values]).toEqual([1, 3]);
    expect(decoded.rejected).toMatchObject([{ reason, samples: 1, series: 1 }]);
  });

  test.each(["ff", "c3", "eda080", "c0af"])("that are the invalid UTF-8 %s are rejected", (digits) => {
    const body = field(1, label("__name__", "up"), label("job", hex(digits)), sample(1));
    expect(decodeRemoteWrite1(body, createLabelCache()).rejected).toMatchObject([{ reason: "label_not_utf8" }]);
    const second = Buffer.concat([
      field(4),
      field(4, "__name__"),
      field(4, hex(digits)),
      field(5, field(1, hex("0102")), sample(1)),
    ]);
    expect(decodeRemoteWrite2(second, createLabelCache()).rejected).toMatchObject([{ reason: "label_not_utf8" }]);
  });

  test("after the samples, or among them, are read as well", () => {
    const scattered = field(1, sample(1), label("__name__", "up"), sample(2), label("job", "node"));
    const decoded = decodeRemoteWrite1(scattered, createLabelCache());
    expect(plain(decoded)).toEqual([
      {
        labels: [
          ["__name__", "up"],
          ["job", "node"],
        ],
        samples: [
          [T, 1, 0],
          [T, 2, 0],
        ],
      },
    ]);
  });
});

describe("what is not samples", () => {
  const histogram1 = field(4, varintField(1, 5));
  const histogram2 = field(3, varintField(1, 5));
  const exemplar1 = field(3, label("trace_id", "abc"), doubleField(2, 1));
  const exemplar2 = field(4, field(1, hex("0102")), doubleField(2, 1));

  test("a series of 1.0 without samples is ignored", () => {
    const decoded = decodeRemoteWrite1(Buffer.concat([series1(UP, exemplar1), series1(UP)]), createLabelCache());
    expect(decoded).toMatchObject({ series: [], rejected: [] });
  });

  test("native histograms of 1.0 are rejected, the samples beside them taken", () => {
    const decoded = decodeRemoteWrite1(series1(UP, sample(1), histogram1, histogram1), createLabelCache());
    expect(decoded.values).toEqual(Float64Array.of(1));
    expect(decoded.rejected).toMatchObject([{ reason: "native_histogram", samples: 0, histograms: 2 }]);
  });

  test("exemplars, metadata and unknown fields of 1.0 are ignored", () => {
    const body = Buffer.concat([
      series1(UP, exemplar1, sample(1), field(15, "unknown"), varintField(16, 7)),
      field(3, varintField(1, 1), field(2, "up")),
      varintField(9, 1),
    ]);
    expect(decodeRemoteWrite1(body, createLabelCache())).toMatchObject({ values: Float64Array.of(1), rejected: [] });
  });

  const symbols = ["", "__name__", "up"];
  test.each([
    ["histograms", [histogram2, histogram2], [{ reason: "native_histogram", samples: 0, histograms: 2 }]],
    ["both", [sample(1), histogram2], [{ reason: "samples_and_histograms", samples: 1, histograms: 1 }]],
    ["neither", [], [{ reason: "samples_missing", samples: 0 }]],
    ["metadata only", [field(5, varintField(1, 1))], [{ reason: "samples_missing" }]],
    ["exemplars only, which are ignored", [exemplar2], []],
  ])("a series of 2.0 with %s", (_, rest, rejected) => {
    const decoded = decodeRemoteWrite2(request2(symbols, { refs: [1, 2], rest }), createLabelCache());
    expect(decoded.series).toEqual([]);
    expect(decoded.rejected).toMatchObject(rejected);
    expect(decoded.rejected.length).toBe(rejected.length);
  });

  test("start timestamps, exemplars, metadata and unknown fields of 2.0 are ignored", () => {
    const started = field(2, doubleField(1, 4), varintField(2, T), varintField(3, T - 1000));
    const metadata = field(5, varintField(1, 1), varintField(3, 99));
    const rest = [started, exemplar2, metadata, varintField(6, 3)];
    const decoded = decodeRemoteWrite2(request2(symbols, { refs: [1, 2], rest }), createLabelCache());
    expect(plain(decoded)).toEqual([{ labels: [["__name__", "up"]], samples: [[T, 4, 0]] }]);
    expect(decoded.rejected).toEqual([]);
  });
});

describe("symbols of 2.0", () => {
  test.each([
    ["an odd number of references", [1, 2, 1]],
    ["a reference to the symbol after the last", [1, 3]],
    ["a reference far outside", [1, 2 ** 32 - 1]],
  ])("%s: the series is rejected, the next is taken", (_, refs) => {
    const rest = [sample(1)];
    const body = request2(["", "__name__", "up"], { refs, rest }, { refs: [1, 2], rest });
    const decoded = decodeRemoteWrite2(body, createLabelCache());
    expect(decoded.rejected).toMatchObject([{ reason: "symbol_reference", samples: 1 }]);
    expect(decoded.series.map(({ name }) => name)).toEqual(["up"]);
  });

  test("metadata may point nowhere: it is ignored", () => {
    const metadata = field(5, varintField(3, 2 ** 31));
    const body = request2(["", "__name__", "up"], { refs: [1, 2], rest: [sample(1), metadata] });
    expect(decodeRemoteWrite2(body, createLabelCache()).rejected).toEqual([]);
  });

  test("may come after the series, and references one by one", () => {
    const series = field(5, varintField(1, 1), varintField(1, 2), sample(1));
    const body = Buffer.concat([series, ...["", "__name__", "up"].map((symbol) => field(4, symbol))]);
    expect(plain(decodeRemoteWrite2(body, createLabelCache()))[0]!.labels).toEqual([["__name__", "up"]]);
  });

  test.each([
    ["the first is not empty", request2(["__name__", "up"], { refs: [0, 1], rest: [sample(1)] })],
    ["the body is a 1.0 body", series1(UP, sample(1))],
  ])("%s: the request is refused", (_, body) => {
    expect(() => decodeRemoteWrite2(body, createLabelCache())).toThrow(ForewarnError);
  });

  test("a 2.0 body read as 1.0 is refused rather than taken as empty", () => {
    const body = request2(["", "__name__", "up"], { refs: [1, 2], rest: [sample(1)] });
    expect(() => decodeRemoteWrite1(body, createLabelCache())).toThrow(
      "remote write 1.0 body: Expected prometheus.WriteRequest, got io.prometheus.write.v2.Request (byte 0)",
    );
  });
});

test.each([
  ["a tag cut off", "8a"],
  ["a length cut off", "0a"],
  ["a length beyond the body", "0a ff"],
  ["a length of 2^64 - 1", "0a ffffffffffffffffff01"],
  ["an 11-byte varint", "08 8080808080808080808000"],
  ["a group", "0b 0c"],
  ["wire type 7", "0f"],
  ["field 0", "02 00"],
  ["a label beyond its series", "0a 04 0a 05 0a 01"],
  ["a sample cut off", "0a 04 12 02 09 00"],
  ["a double cut off by the sample's end", "0a 0b 12 09 09 0000000000000000 10"],
  ["a fixed field beyond the body", "19 0000"],
  ["text", Buffer.from("hello, this is no protobuf").toString("hex")],
  ["the byte of the compliance suite's corrupt body", `30${"00".repeat(3)}`],
])("%s is refused", (_, digits) => {
  for (const [decode, body] of [
    [decodeRemoteWrite1, hex(digits)],
    [decodeRemoteWrite2, Buffer.concat([field(4), hex(digits.replace(/^0a/, "2a"))])],
  ] as const) {
    if (digits.startsWith("30")) continue;
    expect(() => decode(body, createLabelCache())).toThrow(
      /^remote write [12]\.0 body: Expected .*, got .* \(byte \d+\)$/,
    );
  }
});

test("an empty request is no fault", () => {
  for (const decode of [decodeRemoteWrite1, decodeRemoteWrite2]) {
    expect(decode(new Uint8Array(), createLabelCache())).toMatchObject({ series: [], rejected: [] });
  }
});

describe("limits", () => {
  const tight: WireLimits = { ...REMOTE_WRITE_LIMITS, decodedBytes: 2000, series: 3, samples: 4 };
  const one = series1([["__name__", "up"]], sample(1));
  const one2 = field(5, field(1, hex("0102")), sample(1));
  const head2 = Buffer.concat(["", "__name__", "up"].map((symbol) => field(4, symbol)));
  const times = (part: Uint8Array, count: number): Uint8Array[] => Array(count).fill(part);

  test.each([
    ["series", Buffer.concat(times(one, 4)), Buffer.concat([head2, ...times(one2, 4)]), "at most 3 series"],
    [
      "samples",
      series1(UP, ...times(sample(1), 5)),
      Buffer.concat([head2, field(5, ...times(sample(1), 5))]),
      "at most 4 samples",
    ],
    ["bytes", Buffer.alloc(2001), Buffer.alloc(2001), "at most 2000 bytes"],
  ])("of %s", (_, body1, body2, message) => {
    expect(() => decodeRemoteWrite1(body1, createLabelCache(), tight)).toThrow(message);
    expect(() => decodeRemoteWrite2(body2, createLabelCache(), tight)).toThrow(message);
  });

  test("of symbols", () => {
    const body = Buffer.concat(times(field(4), 61));
    expect(() => decodeRemoteWrite2(body, createLabelCache(), tight)).toThrow("at most 60 symbols");
  });

  test("are reached without harm", () => {
    expect(decodeRemoteWrite1(Buffer.concat(times(one, 3)), createLabelCache(), tight).values.length).toBe(3);
    expect(decodeRemoteWrite1(series1(UP, ...times(sample(1), 4)), createLabelCache(), tight).values.length).toBe(4);
  });
});

test("a series keeps its label set from request to request, in each version", () => {
  const cache = createLabelCache();
  const first = decodeRemoteWrite1(series1(UP, sample(1)), cache).series[0];
  expect(decodeRemoteWrite1(series1(UP, sample(2)), cache).series[0]).toBe(first);
  const block = decodeRemoteWrite1(
    Buffer.concat([series1(UP, sample(1)), series1([["__name__", "x"]], sample(1))]),
    cache,
  );
  const second = decodeRemoteWrite2(encodeRemoteWrite2(block), cache).series[0];
  const reversed = { ...block, series: block.series.toReversed() };
  expect(decodeRemoteWrite2(encodeRemoteWrite2(reversed), cache).series[1]).toBe(second);
});

test("metadata of 2.0 is written for those who ask for it", () => {
  const block = decodeRemoteWrite1(series1([["__name__", "up"]], sample(1)), createLabelCache());
  const body = encodeRemoteWrite2(block, () => ({ type: METRIC_TYPES.gauge, help: "Help.", unit: "1" }));
  expect(Buffer.from(body).includes(field(5, varintField(1, 2), varintField(3, 3), varintField(4, 4)))).toBe(true);
  expect(plain(decodeRemoteWrite2(body, createLabelCache()))).toEqual(plain(block));
});

const labelText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 1, maxLength: 6, unit: "binary" }),
);
const labelsArbitrary = fc
  .dictionary(labelText, labelText, { maxKeys: 5 })
  .map((labels): Label[] => [
    ["__name__", "metric"],
    ...Object.entries(labels).filter(([name]) => name !== "__name__"),
  ]);
const sampleArbitrary = fc.tuple(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.nat(9).map((die) => die === 0),
);

test("what is encoded is decoded, by both versions and by a plain decoder", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(labelsArbitrary, fc.array(sampleArbitrary, { minLength: 1, maxLength: 4 }))),
      (all) => {
        const samples = all.flatMap(([, own]) => own);
        const starts = [0];
        for (const [, own] of all) starts.push(starts.at(-1)! + own.length);
        const block: SampleBlock = {
          series: all.map(([labels]) => ({
            name: "metric",
            labels: labels.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
          })),
          starts: Uint32Array.from(starts),
          timestampsMs: Float64Array.from(samples, ([time]) => time),
          values: Float64Array.from(samples, ([, value, stale]) => (stale ? Number.NaN : value)),
          stale: Uint8Array.from(samples, ([, , stale]) => Number(stale)),
        };
        const body = encodeRemoteWrite1(block);
        const first = decodeRemoteWrite1(body, createLabelCache());
        const second = decodeRemoteWrite2(encodeRemoteWrite2(block), createLabelCache());
        for (const decoded of [first, second]) {
          expect(decoded.rejected).toEqual([]);
          expect(plain(decoded)).toEqual(plain(block));
        }
        const naive = naiveRemoteWrite1(body).map(({ labels, samples: own }) => ({
          labels: labels.map(({ name, value }) => [name, value]),
          samples: own.map(({ value, bits, timestamp }) => [
            Number(timestamp),
            value,
            Number(bits === 0x7ff0000000000002n),
          ]),
        }));
        expect(naive).toEqual(plain(first));
      },
    ),
    { numRuns: 150, seed: 5 },
  );
});
