// Messages written by hand from open-telemetry/opentelemetry-proto metrics/v1/metrics.proto, in protobuf and in JSON.
import { describe, expect, test } from "vitest";
import { doubleField, field, fixed64Field, hex, varintField } from "../../../test/helpers/bytes.ts";
import { ForewarnError } from "../../base/index.ts";
import { createLabelCache } from "../labels/label-cache.ts";
import { describeRejections } from "../labels/rejections.ts";
import { OTLP_LIMITS } from "../limits.ts";
import type { DecodedSamples } from "../samples.ts";
import { decodeOtlpMetrics, type OtlpOptions } from "./decode.ts";
import { otlpJsonToProtobuf } from "./json-to-protobuf.ts";
import { otlpExportResponse, otlpStatus, RPC_CODES } from "./response.ts";
import { plainNumber } from "./scalars.ts";

const T_NANO = 1_700_000_000_123_999_999n;
const T = 1_700_000_000_123;

const decode = (body: Uint8Array, options?: OtlpOptions): DecodedSamples =>
  decodeOtlpMetrics(body, createLabelCache(), options);
const decodeJson = (json: unknown): DecodedSamples =>
  decode(otlpJsonToProtobuf(Buffer.from(typeof json === "string" ? json : JSON.stringify(json))));

/** Series as texts like `name{label="value"} 1 @ time`. */
function lines({ series, starts, timestampsMs, values, stale }: DecodedSamples): string[] {
  return series.map(({ name, labels }, at) => {
    const pairs = labels
      .filter(([label]) => label !== "__name__")
      .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const place = starts[at]!;
    expect(starts[at + 1]).toBe(place + 1);
    return `${name}{${pairs.join(",")}} ${stale[place] === 1 ? "stale" : values[place]} @ ${timestampsMs[place]}`;
  });
}

const text = (value: string): Buffer => field(1, value);
const attribute = (number: number, key: string, value: Uint8Array): Buffer =>
  field(number, field(1, key), field(2, value));
const resource = (...attributes: Buffer[]): Buffer => field(1, ...attributes);
const request = (resourceField: Buffer, ...metrics: Buffer[]): Buffer => field(1, resourceField, field(2, ...metrics));
const metric = (name: string, unit: string, data: Buffer): Buffer => field(2, field(1, name), field(3, unit), data);
const point = (...fields: Buffer[]): Buffer => field(1, fixed64Field(3, T_NANO), ...fields);
const cumulative = varintField(2, 2);
const monotonic = varintField(3, 1);
const SERVICE = resource(
  attribute(1, "service.name", text("shop")),
  attribute(1, "service.namespace", text("eu")),
  attribute(1, "service.instance.id", text("pod-1")),
);

/** As examples/metrics.json of opentelemetry-proto: a counter, a gauge, a histogram; the sums made cumulative. */
const EXAMPLE = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "my.service" } }] },
      scopeMetrics: [
        {
          scope: { name: "my.library", version: "1.0.0", attributes: [{ key: "a", value: { stringValue: "b" } }] },
          metrics: [
            {
              name: "my.counter",
              unit: "1",
              description: "I am a Counter",
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    asDouble: 5,
                    startTimeUnixNano: "1544712660300000000",
                    timeUnixNano: "1544712660300000000",
                    attributes: [{ key: "my.counter.attr", value: { stringValue: "some value" } }],
                  },
                ],
              },
            },
            {
              name: "my.gauge",
              unit: "1",
              gauge: {
                dataPoints: [
                  {
                    asDouble: 10,
                    timeUnixNano: "1544712660300000000",
                    attributes: [{ key: "my.gauge.attr", value: { stringValue: "some value" } }],
                  },
                ],
              },
            },
            {
              name: "my.histogram",
              unit: "1",
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    timeUnixNano: "1544712660300000000",
                    count: 3,
                    sum: 3,
                    bucketCounts: [1, 2],
                    explicitBounds: [1],
                    min: 1,
                    max: 1,
                    attributes: [{ key: "my.histogram.attr", value: { stringValue: "some value" } }],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

test("the example of the specification", () => {
  const decoded = decodeJson(EXAMPLE);
  expect(lines(decoded)).toEqual([
    'my_counter_total{job="my.service",my_counter_attr="some value"} 5 @ 1544712660300',
    'my_gauge_ratio{job="my.service",my_gauge_attr="some value"} 10 @ 1544712660300',
    'my_histogram_count{job="my.service",my_histogram_attr="some value"} 3 @ 1544712660300',
    'my_histogram_sum{job="my.service",my_histogram_attr="some value"} 3 @ 1544712660300',
    'my_histogram_bucket{job="my.service",le="1",my_histogram_attr="some value"} 1 @ 1544712660300',
    'my_histogram_bucket{job="my.service",le="+Inf",my_histogram_attr="some value"} 3 @ 1544712660300',
  ]);
  expect(decoded.rejected).toEqual([]);
});

test("a gauge in protobuf, byte for byte", () => {
  const body = hex(`
    0a 41                                              # ResourceMetrics
      0a 16 0a 14                                      # Resource, attribute
        0a 0c 736572766963652e6e616d65                 # key service.name
        12 04 0a 02 6462                               # value "db"
      12 27 12 25                                      # ScopeMetrics, Metric
        0a 04 6c6f6164                                 # name load
        2a 1d 0a 1b                                    # Gauge, NumberDataPoint
          19 ff168e3dfe9c9717                          # time
          21 000000000000f83f                          # 1.5
          3a 07 0a 01 61 12 02 18 07                   # a = 7
  `);
  expect(lines(decode(body))).toEqual([`load{a="7",job="db"} 1.5 @ ${T}`]);
});

describe("resources", () => {
  const gauge = metric("load", "", field(5, point(doubleField(4, 1))));

  test("give job and instance, and target_info of the rest", () => {
    const body = request(
      resource(
        attribute(1, "service.name", text("shop")),
        attribute(1, "service.namespace", text("eu")),
        attribute(1, "service.instance.id", text("pod-1")),
        attribute(1, "host.name", text("web-1")),
        attribute(1, "k8s.cluster", text("blue")),
      ),
      gauge,
    );
    expect(lines(decode(body))).toEqual([
      `load{instance="pod-1",job="eu/shop"} 1 @ ${T}`,
      `target_info{host_name="web-1",instance="pod-1",job="eu/shop",k8s_cluster="blue"} 1 @ ${T}`,
    ]);
    expect(lines(decode(body, { promote: ["k8s.cluster"] }))).toEqual([
      `load{instance="pod-1",job="eu/shop",k8s_cluster="blue"} 1 @ ${T}`,
      `target_info{host_name="web-1",instance="pod-1",job="eu/shop"} 1 @ ${T}`,
    ]);
  });

  test("fall back to host.name, and to nothing", () => {
    const host = request(resource(attribute(1, "host.name", text("web-1"))), gauge);
    expect(lines(decode(host))[0]).toBe(`load{instance="web-1"} 1 @ ${T}`);
    expect(lines(decode(request(Buffer.alloc(0), gauge)))).toEqual([`load{} 1 @ ${T}`]);
  });

  test("win over attributes of the same name", () => {
    const own = metric("load", "", field(5, point(doubleField(4, 1), attribute(7, "job", text("mine")))));
    expect(lines(decode(request(SERVICE, own)))).toEqual([`load{instance="pod-1",job="eu/shop"} 1 @ ${T}`]);
  });

  test("may stand behind their metrics", () => {
    expect(lines(decode(field(1, field(2, gauge), SERVICE)))).toEqual([
      `load{instance="pod-1",job="eu/shop"} 1 @ ${T}`,
    ]);
  });
});

describe("attributes", () => {
  const of = (...attributes: Buffer[]): DecodedSamples =>
    decode(request(Buffer.alloc(0), metric("m", "", field(5, point(doubleField(4, 1), ...attributes)))));
  const list = (...values: Buffer[]): Buffer => field(5, ...values.map((value) => field(1, value)));

  test.each([
    ["text", text("a b"), '"a b"'],
    ["true", varintField(2, 1), '"true"'],
    ["an integer", varintField(3, 2n ** 64n - 5n), '"-5"'],
    ["an integer beyond 2^53", varintField(3, 2n ** 53n + 1n), '"9007199254740993"'],
    ["a double", doubleField(4, 0.25), '"0.25"'],
    ["a list", list(text('"'), varintField(3, 1), Buffer.alloc(0)), JSON.stringify('["\\"",1,null]')],
    ["pairs", field(6, attribute(1, "__proto__", varintField(2, 0))), JSON.stringify('{"__proto__":false}')],
    ["bytes", field(7, hex("00ff")), '"AP8="'],
  ])("of %s become text", (_, value, expected) => {
    expect(lines(of(attribute(7, "a", value)))).toEqual([`m{a=${expected}} 1 @ ${T}`]);
  });

  test("whose names become the same are joined in the order of their keys", () => {
    const decoded = of(attribute(7, "a_b", text("2")), attribute(7, "a.b", text("1")));
    expect(lines(decoded)).toEqual([`m{a_b="1;2"} 1 @ ${T}`]);
  });

  test("without a value are no labels", () => {
    expect(lines(of(attribute(7, "a", text("")), field(7, field(1, "b"))))).toEqual([`m{} 1 @ ${T}`]);
  });

  test("among other fields are found", () => {
    const scattered = metric(
      "m",
      "",
      field(
        5,
        field(
          1,
          attribute(7, "a", text("1")),
          fixed64Field(3, T_NANO),
          attribute(7, "b", text("2")),
          doubleField(4, 1),
        ),
      ),
    );
    expect(lines(decode(request(Buffer.alloc(0), scattered)))).toEqual([`m{a="1",b="2"} 1 @ ${T}`]);
  });

  test.each([
    [
      "100 levels deep",
      [
        attribute(
          7,
          "a",
          Array(100)
            .fill(0)
            .reduce<Buffer>((inner) => list(inner), text("x")),
        ),
      ],
      "attribute_depth",
    ],
    ["that are no UTF-8", [attribute(7, "a", field(1, hex("ff")))], "label_not_utf8"],
    ["of 2049 bytes", [attribute(7, "a", text("x".repeat(2049)))], "label_limit"],
    ["41 of them", Array.from({ length: 41 }, (_, at) => attribute(7, `a${at}`, text("x"))), "label_limit"],
    [
      "that are a list of 9,000 nothings",
      [attribute(7, "a", list(...Array(9000).fill(Buffer.alloc(0))))],
      "label_limit",
    ],
  ])("%s: the point is rejected", (_, attributes, reason) => {
    const decoded = of(...attributes);
    expect(decoded.series).toEqual([]);
    expect(decoded.rejected).toMatchObject([{ reason, samples: 1 }]);
  });
});

describe("points", () => {
  const one = (...fields: Buffer[]): DecodedSamples =>
    decode(request(Buffer.alloc(0), metric("m", "", field(5, field(1, ...fields)))));

  test.each([
    ["an integer", [fixed64Field(6, -7n)], "m{} -7 @ 0"],
    ["the last int64", [fixed64Field(6, 2n ** 63n - 1n)], "m{} 9223372036854776000 @ 0"],
    ["a NaN", [doubleField(4, Number.NaN)], "m{} NaN @ 0"],
    ["no recorded value", [doubleField(4, 3), varintField(8, 1)], "m{} stale @ 0"],
    ["no recorded value and none given", [varintField(8, 3)], "m{} stale @ 0"],
    ["another flag", [doubleField(4, 3), varintField(8, 2)], "m{} 3 @ 0"],
    ["the last of two values", [doubleField(4, 3), fixed64Field(6, 4)], "m{} 4 @ 0"],
  ])("with %s", (_, fields, line) => {
    expect(lines(one(...fields))).toEqual([line]);
  });

  test("without a value are rejected", () => {
    expect(one(fixed64Field(3, T_NANO)).rejected).toMatchObject([{ reason: "data_missing", samples: 1 }]);
  });

  test.each([0n, 999_999n, 1_000_000n, 1_699_999_999_999_999_999n, 1_700_000_000_000_000_000n, 2n ** 64n - 1n])(
    "at %d ns are at the millisecond before",
    (nanos) => {
      const { timestampsMs } = one(fixed64Field(3, nanos), doubleField(4, 1));
      expect(timestampsMs[0]).toBe(Number(nanos / 1_000_000n));
    },
  );
});

describe("kinds", () => {
  const points = Buffer.concat([point(doubleField(4, 1)), point(doubleField(4, 2))]);

  test.each([
    ["a delta sum", field(7, points, varintField(2, 1), monotonic), "delta_temporality", 2],
    ["a sum of unspecified temporality", field(7, points, monotonic), "delta_temporality", 2],
    ["a delta histogram", field(9, point(fixed64Field(4, 1)), varintField(2, 1)), "delta_temporality", 1],
    ["an exponential histogram", field(10, points, cumulative), "exponential_histogram", 2],
    ["a summary", field(11, points), "summary", 2],
  ])("%s is rejected, the next metric taken", (_, data, reason, samples) => {
    const next = metric("load", "", field(5, point(doubleField(4, 1))));
    const decoded = decode(request(SERVICE, metric("m", "", data), next));
    expect(decoded.rejected).toMatchObject([{ reason, samples, series: 1 }]);
    expect(decoded.rejected[0]!.first).toMatch(/^metric "m" \(byte \d+\): /);
    expect(decoded.series.map(({ name }) => name)).toEqual(["load"]);
  });

  test.each([
    ["a monotonic sum", field(7, points, cumulative, monotonic), "m_seconds_total"],
    ["another sum", field(7, points, cumulative), "m_seconds"],
    ["a gauge", field(5, points), "m_seconds"],
  ])("%s gives samples of %s", (_, data, name) => {
    const decoded = decode(request(SERVICE, metric("m", "s", data)));
    expect(decoded.series.map((series) => series.name)).toEqual([name, name]);
    expect([...decoded.values]).toEqual([1, 2]);
    expect(decoded.series[0]).toBe(decoded.series[1]);
  });

  test("no data, no points and no metrics are no fault", () => {
    for (const body of [
      Buffer.alloc(0),
      field(1),
      request(SERVICE),
      request(SERVICE, metric("m", "", field(5))),
      request(SERVICE, metric("m", "", Buffer.alloc(0))),
    ]) {
      expect(decode(body)).toMatchObject({ series: [], rejected: [] });
    }
  });

  test("names that are no UTF-8 are rejected", () => {
    const body = request(SERVICE, field(2, field(1, hex("6dff")), field(5, points)));
    expect(decode(body).rejected).toMatchObject([{ reason: "label_not_utf8", samples: 2 }]);
  });

  test("names of which nothing is left are rejected", () => {
    const body = request(SERVICE, metric("\u6d4b", "", field(5, points)));
    expect(decode(body).rejected).toMatchObject([{ reason: "name_untranslatable", samples: 2 }]);
  });
});

describe("histograms", () => {
  const packed = (number: number, ...values: number[]): Buffer =>
    field(number, ...values.map((value) => fixed64Field(0, value).subarray(1)));
  const bounds = (...values: number[]): Buffer => field(7, ...values.map((value) => doubleField(0, value).subarray(1)));
  const of = (...fields: Buffer[]): DecodedSamples =>
    decode(request(Buffer.alloc(0), metric("h", "s", field(9, cumulative, point(...fields)))));
  const bucket = (le: string, value: number | string): string => `h_seconds_bucket{le="${le}"} ${value} @ ${T}`;

  test("have cumulative buckets, the last one infinite", () => {
    expect(lines(of(fixed64Field(4, 6), doubleField(5, 7.5), packed(6, 1, 2, 3), bounds(1e-7, 1e21)))).toEqual([
      `h_seconds_count{} 6 @ ${T}`,
      `h_seconds_sum{} 7.5 @ ${T}`,
      bucket("0.0000001", 1),
      bucket("1000000000000000000000", 3),
      bucket("+Inf", 6),
    ]);
  });

  test("may have neither sum nor buckets, and lists that are not packed", () => {
    expect(lines(of(fixed64Field(4, 6)))).toEqual([`h_seconds_count{} 6 @ ${T}`, bucket("+Inf", 6)]);
    expect(lines(of(fixed64Field(4, 3), fixed64Field(6, 1), doubleField(7, 5), fixed64Field(6, 2)))).toEqual([
      `h_seconds_count{} 3 @ ${T}`,
      bucket("5", 1),
      bucket("+Inf", 3),
    ]);
  });

  test("without a recorded value are stale in all their series", () => {
    expect(lines(of(varintField(10, 1), bounds(1), packed(6, 0, 0)))).toEqual([
      `h_seconds_count{} stale @ ${T}`,
      bucket("1", "stale"),
      bucket("+Inf", "stale"),
    ]);
  });

  test.each([
    ["as many buckets as bounds", [packed(6, 1), bounds(1)]],
    ["buckets without bounds", [packed(6, 1, 2)]],
    ["bounds that fall", [packed(6, 1, 1, 1), bounds(2, 1)]],
    ["a bound twice", [packed(6, 1, 1, 1), bounds(1, 1)]],
    ["a bound that is NaN", [packed(6, 1, 1), bounds(Number.NaN)]],
    ["1,001 bounds", [packed(6, ...Array(1002).fill(1)), bounds(...Array(1001).keys())]],
  ])("with %s are rejected", (_, fields) => {
    expect(of(fixed64Field(4, 1), ...fields).rejected).toMatchObject([{ reason: "histogram_shape", samples: 1 }]);
  });

  test.each([
    [0.1, "0.1"],
    [1e-7, "0.0000001"],
    [1.5e-10, "0.00000000015"],
    [1e21, "1000000000000000000000"],
    [1.5e22, "15000000000000000000000"],
    [-2.5e-7, "-0.00000025"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [0, "0"],
  ])("the bound %d is written %s", (value, expected) => {
    expect(plainNumber(value)).toBe(expected);
  });
});

test.each([
  ["a length beyond the body", "0a ff"],
  ["a group", "0b"],
  ["a double cut off", "0a 0e 12 0c 12 0a 0a016d 2a 05 0a 03 21 0000"],
  ["a packed list of nine bytes", "0a 18 12 16 12 14 0a016d 4a 0f 10 02 0a 0b 32 09 000000000000000000"],
  ["an 11-byte varint", "08 8080808080808080808000"],
])("%s is refused", (_, digits) => {
  expect(() => decode(hex(digits))).toThrow(ForewarnError);
  expect(() => decode(hex(digits))).toThrow(/^OTLP metrics body: Expected .*\(byte \d+\)$/);
});

test("a point keeps its label set from request to request", () => {
  const cache = createLabelCache();
  const body = otlpJsonToProtobuf(Buffer.from(JSON.stringify(EXAMPLE)));
  const first = decodeOtlpMetrics(body, cache);
  const second = decodeOtlpMetrics(body, cache);
  for (const [at, series] of first.series.entries()) expect(second.series[at]).toBe(series);
});

describe("JSON", () => {
  const gaugeOf = (fields: string): string =>
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{${fields}}]}}]}]}]}`;

  test.each([
    ["time as a number beyond 2^53", '"asDouble":1,"timeUnixNano":1700000000123999999', `m{} 1 @ ${T}`],
    ["time as text", '"asDouble":1,"timeUnixNano":"1700000000123999999"', `m{} 1 @ ${T}`],
    ["an integer as text", '"asInt":"-9007199254740992"', "m{} -9007199254740992 @ 0"],
    ["an integer as a number", '"asInt":42', "m{} 42 @ 0"],
    ["an integer written as a float", '"asInt":1e3', "m{} 1000 @ 0"],
    ["a double as text", '"asDouble":"1.5"', "m{} 1.5 @ 0"],
    ["NaN", '"asDouble":"NaN"', "m{} NaN @ 0"],
    ["infinity", '"asDouble":"-Infinity"', "m{} -Infinity @ 0"],
    ["a zero, which is a value", '"asDouble":0', "m{} 0 @ 0"],
    ["nulls, which are nothing", '"asDouble":1,"attributes":null,"flags":null', "m{} 1 @ 0"],
    ["unknown keys of any kind", '"asDouble":1,"x":{"y":[1,"z",null,true,{}]},"traceId":"5b8efff7"', "m{} 1 @ 0"],
    ["flags", '"flags":1', "m{} stale @ 0"],
    [
      "escapes in keys and values",
      '"as\\u0044ouble":1,"attributes":[{"key":"a","value":{"stringValue":"\\ud83c\\udf0d\\n\\""}}]',
      'm{a="\u{1f30d}\\n\\""} 1 @ 0',
    ],
    ["__proto__ as a key", '"asDouble":1,"__proto__":{"asDouble":2},"constructor":1', "m{} 1 @ 0"],
    ["blanks everywhere", ' "asDouble" :\t1 ,\r\n"attributes" : [ ] ', "m{} 1 @ 0"],
  ])("takes %s", (_, fields, line) => {
    expect(lines(decodeJson(gaugeOf(fields)))).toEqual([line]);
  });

  test.each([
    ["nothing", ""],
    ["a list", "[]"],
    ["an object cut off", '{"resourceMetrics":['],
    ["something after the end", "{} {}"],
    ["a byte order mark", "\ufeff{}"],
    ["a comma too many", '{"resourceMetrics":[],}'],
    ["single quotes", "{'resourceMetrics':[]}"],
    ["a list where an object belongs", '{"resourceMetrics":[[]]}'],
    ["text where a list belongs", '{"resourceMetrics":"x"}'],
    ["a key twice", '{"resourceMetrics":[],"resourceMetrics":[]}'],
    ["1e400", gaugeOf('"asDouble":1e400')],
    ["a double that is no number", gaugeOf('"asDouble":"1,5"')],
    ["an empty text as a double", gaugeOf('"asDouble":""')],
    ["an integer with a fraction", gaugeOf('"asInt":1.5')],
    ["an integer beyond 64 bits", gaugeOf('"asInt":"18446744073709551616"')],
    ["a number with a leading zero", gaugeOf('"asDouble":01')],
    ["a number of 100 digits", gaugeOf(`"asInt":${"1".repeat(100)}`)],
    [
      "text where true belongs",
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"isMonotonic":"true"}}]}]}]}',
    ],
    [
      "an unknown temporality",
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"X"}}]}]}]}',
    ],
    ["a lone surrogate", gaugeOf('"attributes":[{"key":"\\ud800"}]')],
    ["a control character", gaugeOf('"attributes":[{"key":"\n"}]')],
    ["an unknown escape", gaugeOf('"attributes":[{"key":"\\x41"}]')],
    ["a text without an end", '{"resourceMetrics'],
    ["a misspelt word", gaugeOf('"x":nul')],
    ["100,000 levels", `{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    [
      "attributes 100 levels deep",
      gaugeOf(`"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(100)}`),
    ],
  ])("refuses %s", (_, json) => {
    expect(() => decodeJson(json)).toThrow(ForewarnError);
    expect(() => decodeJson(json)).toThrow(/^OTLP JSON body: Expected .*, got .* \(byte \d+\)$/);
  });

  test("says the same as protobuf", () => {
    const body = request(
      SERVICE,
      metric("load", "1", field(5, point(doubleField(4, 1.5), attribute(7, "a", varintField(3, 7))))),
      metric("n", "", field(7, point(fixed64Field(6, -3n)), cumulative, monotonic)),
    );
    const json = {
      resourceMetrics: [
        {
          resource: {
            attributes: [
              ["service.name", "shop"],
              ["service.namespace", "eu"],
              ["service.instance.id", "pod-1"],
            ].map(([key, stringValue]) => ({ key, value: { stringValue } })),
          },
          scopeMetrics: [
            {
              metrics: [
                {
                  name: "load",
                  unit: "1",
                  gauge: {
                    dataPoints: [
                      {
                        timeUnixNano: String(T_NANO),
                        asDouble: 1.5,
                        attributes: [{ key: "a", value: { intValue: "7" } }],
                      },
                    ],
                  },
                },
                {
                  name: "n",
                  unit: "",
                  sum: {
                    dataPoints: [{ timeUnixNano: String(T_NANO), asInt: "-3" }],
                    aggregationTemporality: 2,
                    isMonotonic: true,
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    expect(Buffer.from(otlpJsonToProtobuf(Buffer.from(JSON.stringify(json))))).toEqual(body);
    expect(lines(decodeJson(json))).toEqual(lines(decode(body)));
  });

  test("names of temporalities are understood", () => {
    const sum = (temporality: unknown) => ({
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ name: "m", sum: { dataPoints: [{ asInt: 1 }], aggregationTemporality: temporality } }] },
          ],
        },
      ],
    });
    expect(decodeJson(sum("AGGREGATION_TEMPORALITY_CUMULATIVE")).series.length).toBe(1);
    expect(decodeJson(sum("AGGREGATION_TEMPORALITY_DELTA")).rejected).toMatchObject([{ reason: "delta_temporality" }]);
  });
});

test("limits hold while decoding", () => {
  const limits = { ...OTLP_LIMITS, series: 10, samples: 5 };
  const gauge = (count: number): Buffer =>
    request(Buffer.alloc(0), metric("m", "", field(5, ...Array(count).fill(point(doubleField(4, 1))))));
  expect(() => decode(gauge(6), { limits })).toThrow("at most 5 samples");
  expect(decode(gauge(5), { limits }).values.length).toBe(5);
  expect(() => decode(Buffer.concat(Array(11).fill(field(1))), { limits })).toThrow(
    "at most 10 resources, scopes and metrics",
  );
  const buckets = request(Buffer.alloc(0), metric("m", "", field(9, cumulative, point(field(6, Buffer.alloc(48))))));
  expect(() => decode(buckets, { limits })).toThrow("at most 5 buckets");
});

test("answers in both encodings", () => {
  const { rejected } = decode(request(SERVICE, metric("m", "", field(11, point(), point()))));
  const message = describeRejections(rejected);
  expect(message).toBe(`summary: 1 series, 2 samples (first: ${rejected[0]!.first})`);
  expect(otlpExportResponse(0, "", "protobuf")).toEqual(new Uint8Array());
  expect(Buffer.from(otlpExportResponse(0, "", "json")).toString()).toBe("{}");
  expect(JSON.parse(Buffer.from(otlpExportResponse(2, message, "json")).toString())).toEqual({
    partialSuccess: { rejectedDataPoints: "2", errorMessage: message },
  });
  expect(Buffer.from(otlpExportResponse(2, message, "protobuf"))).toEqual(
    field(1, varintField(1, 2), field(2, message)),
  );
  expect(Buffer.from(otlpStatus(RPC_CODES.invalidArgument, "bad", "protobuf"))).toEqual(hex("08 03 12 03 626164"));
  expect(Buffer.from(otlpStatus(RPC_CODES.unavailable, "later", "json")).toString()).toBe(
    '{"code":14,"message":"later"}',
  );
});
