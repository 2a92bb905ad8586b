// Texts after prometheus/docs docs/instrumenting/exposition_formats.md and the OpenMetrics 1.0 specification.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForewarnError } from "../../base/index.ts";
import { createLabelCache } from "../labels/label-cache.ts";
import { EXPOSITION_LIMITS } from "../limits.ts";
import { type ExpositionFormat, expositionFormat } from "./format.ts";
import { type ParsedExposition, parseExposition } from "./parse.ts";
import { writeExposition } from "./write.ts";

const NOW = 1_700_000_000_000;
const parse = (text: string | Uint8Array, format: ExpositionFormat = "prometheus"): ParsedExposition =>
  parseExposition(Buffer.from(text), createLabelCache(), { format, scrapeTimeMs: NOW });

/** Samples as `[labels, value, time]`, the name first among the labels; time only if it is not the scrape's. */
function samplesOf({ series, values, timestampsMs }: ParsedExposition): unknown[] {
  return series.map(({ name, labels }, at) => [
    { [name]: Object.fromEntries(labels.filter(([label]) => label !== "__name__")) },
    values[at],
    ...(timestampsMs[at] === NOW ? [] : [timestampsMs[at]]),
  ]);
}

test("reads what the documentation of 0.0.4 shows", () => {
  const text = String.raw`
# HELP http_requests_total Requests, with a \\ and a \n in the text.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_access_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# UTF-8 names:
{"my.dotted.metric", "error.message"="Not } Found"} 1

minimal 12.47

# From before the epoch:
something_weird{problem="division by zero",} +Inf -3982045

# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.05"} 24054
latency_seconds_bucket{le="+Inf"} 144320
latency_seconds_sum 53423
latency_seconds_count 144320
	 # TYPE rpc summary
	 rpc { quantile = "0.5" , a="" } 	 4773 	
rpc_sum 1.7560473e+07
no_labels{} nan
`;
  const parsed = parse(text);
  expect(samplesOf(parsed)).toEqual([
    [{ http_requests_total: { method: "post", code: "200" } }, 1027, 1_395_066_363_000],
    [{ http_requests_total: { method: "post", code: "400" } }, 3, 1_395_066_363_000],
    [{ msdos_access_seconds: { path: "C:\\DIR\\FILE.TXT", error: 'Cannot find file:\n"FILE.TXT"' } }, 1_458_255_915],
    [{ "my.dotted.metric": { "error.message": "Not } Found" } }, 1],
    [{ minimal: {} }, 12.47],
    [{ something_weird: { problem: "division by zero" } }, Number.POSITIVE_INFINITY, -3_982_045],
    [{ latency_seconds_bucket: { le: "0.05" } }, 24_054],
    [{ latency_seconds_bucket: { le: "+Inf" } }, 144_320],
    [{ latency_seconds_sum: {} }, 53_423],
    [{ latency_seconds_count: {} }, 144_320],
    [{ rpc: { quantile: "0.5" } }, 4773],
    [{ rpc_sum: {} }, 17_560_473],
    [{ no_labels: {} }, Number.NaN],
  ]);
  expect(parsed.families.get("http_requests_total")).toEqual({
    name: "http_requests_total",
    type: "counter",
    help: "Requests, with a \\ and a \n in the text.",
    unit: "",
  });
  expect([...parsed.families.values()].map(({ name, type }) => [name, type])).toEqual([
    ["http_requests_total", "counter"],
    ["latency_seconds", "histogram"],
    ["rpc", "summary"],
  ]);
});

test("reads OpenMetrics", () => {
  const text = String.raw`# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency, \"quoted\".
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
# TYPE go_goroutines gauge
go_goroutines 69 1520879607.789
# TYPE process_cpu_seconds counter
# UNIT process_cpu_seconds seconds
process_cpu_seconds_total 4.20072246e+06 # {trace_id="a # b"} 1 1520879607.789
process_cpu_seconds_created 1 1.5 # {} 2
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="on"} 1
# TYPE odd unknown
odd 1
# TYPE loose_total counter
loose_total 3
plain 2
# EOF
`;
  const parsed = parse(text, "openmetrics");
  expect(samplesOf(parsed)).toEqual([
    [{ acme_http_router_request_seconds_sum: { path: "/api/v1", method: "GET" } }, 9036.32],
    [{ acme_http_router_request_seconds_count: { path: "/api/v1", method: "GET" } }, 807_283],
    [{ go_goroutines: {} }, 69, 1_520_879_607_789],
    [{ process_cpu_seconds_total: {} }, 4_200_722.46],
    [{ process_cpu_seconds_created: {} }, 1, 1500],
    [{ build_info: { version: "1" } }, 1],
    [{ state: { state: "on" } }, 1],
    [{ odd: {} }, 1],
    [{ loose_total: {} }, 3],
    [{ plain: {} }, 2],
  ]);
  expect(parsed.families.get("acme_http_router_request_seconds")).toMatchObject({
    type: "summary",
    unit: "seconds",
    help: 'Latency, "quoted".',
  });
  expect(parse(text.trimEnd(), "openmetrics").series.length).toBe(10);
});

test.each([
  ["0.0.4", ""],
  ["0.0.4", "\n\n"],
  ["0.0.4", "# a comment\n#\n#HELP\n# HELP\tx y\n# UNIT x y\n# EOF\n"],
])("%s may have no samples: %j", (_, text) => {
  expect(parse(text).series).toEqual([]);
});

test.each<[ExpositionFormat, string, number, string]>([
  ["prometheus", "a 1\nb 2", 2, "a line feed after the last line"],
  ["prometheus", "a\n", 1, "a value"],
  ["prometheus", "a{}\n", 1, "a value"],
  ["prometheus", 'a 1\na{b="c"}1\n', 2, "a value"],
  ["prometheus", "a one\n", 1, "a value"],
  ["prometheus", "a 0x10\n", 1, "a value"],
  ["prometheus", "a 1_000\n", 1, "a value"],
  ["prometheus", "a 1 1.5\n", 1, "a timestamp in milliseconds"],
  ["prometheus", "a 1 2 3\n", 1, "the end of the line"],
  ["prometheus", "a 1 # {} 1\n", 1, "a timestamp in milliseconds, got"],
  ["prometheus", "1a 1\n", 1, "a metric name"],
  ["prometheus", "a-b 1\n", 1, "a metric name"],
  ["prometheus", '{a="b"} 1\n', 1, "a metric name"],
  ["prometheus", "{} 1\n", 1, "a metric name"],
  ["prometheus", 'a{b="c","d"} 1\n', 1, "after the label"],
  ["prometheus", 'ok 1\n\na{b="c} 1\n', 3, "a closed quote and brace"],
  ["prometheus", 'a{b="c" 1\n', 1, "a closed quote and brace"],
  ["prometheus", 'a{b="c\\"} 1\n', 1, "a closed quote and brace"],
  ["prometheus", "a{b=c} 1\n", 1, "a label value in quotes"],
  ["prometheus", "a{b} 1\n", 1, "after the label"],
  ["prometheus", 'a{1b="c"} 1\n', 1, "a label name"],
  ["prometheus", 'a{b="c" d="e"} 1\n', 1, "a comma"],
  ["prometheus", "a{,} 1\n", 1, "a label name"],
  ["prometheus", "# TYPE a histgram\n", 1, "one of the types counter, gauge"],
  ["prometheus", "# TYPE a\n", 1, "one of the types"],
  ["prometheus", "# TYPE\n", 1, "a metric name"],
  ["prometheus", "# HELP \n", 1, "a metric name"],
  ["prometheus", "<html>\n", 1, "a metric name"],
  ["openmetrics", "", 1, '"# EOF"'],
  ["openmetrics", "a 1\n", 2, '"# EOF"'],
  ["openmetrics", "a 1\n# EOF\nb 1\n", 3, 'nothing after "# EOF"'],
  ["openmetrics", "a 1\n# EOF\n\n", 3, 'nothing after "# EOF"'],
  ["openmetrics", "a 1\n# EOF \n", 2, '"# EOF"'],
  ["openmetrics", "a 1\n\n# EOF\n", 2, "no empty line"],
  ["openmetrics", "# a comment\n# EOF\n", 1, "a HELP, TYPE, UNIT or EOF line"],
  ["openmetrics", " a 1\n# EOF\n", 1, "a metric name"],
  ["openmetrics", "# TYPE a untyped\n# EOF\n", 1, "one of the types"],
  ["openmetrics", "# TYPE a gauge\n# TYPE a gauge\n# EOF\n", 2, "only one TYPE line"],
  ["openmetrics", "# HELP a x\n# HELP a x\n# EOF\n", 2, "only one HELP line"],
  ["openmetrics", "# TYPE a gauge\na 1\n# HELP a x\n# EOF\n", 3, "the HELP line before"],
  ["openmetrics", "a_total 1\n# TYPE a counter\n# EOF\n", 2, "the TYPE line before"],
  ["openmetrics", "# UNIT a_seconds bytes\n# EOF\n", 1, "ends with the unit bytes"],
  ["openmetrics", "# TYPE a counter\na 1\n# EOF\n", 2, "the suffix _total"],
  ["openmetrics", "a 1 x\n# EOF\n", 1, "a timestamp in seconds"],
])("%s: %j is refused at line %d", (format, text, line, expected) => {
  expect(() => parse(text, format)).toThrow(ForewarnError);
  expect(() => parse(text, format)).toThrow(expected);
  expect(() => parse(text, format)).toThrow(`(line ${line})`);
});

test("invalid UTF-8 is refused at its line", () => {
  const body = Buffer.concat([Buffer.from("a 1\nb 2\n"), Buffer.from([0x63, 0xff]), Buffer.from(" 3\nd 4\n")]);
  expect(() => parse(body)).toThrow('Expected UTF-8, got "c\ufffd 3" (line 3)');
});

test.each([
  ["a label twice", 'a{b="1",b="2"} 1\n', "label_repeated"],
  ["a name given twice", 'a{__name__="b"} 1\n', "label_repeated"],
  ["a value beyond the limit", `a{b="${"x".repeat(2049)}"} 1\n`, "label_limit"],
])("%s: the series is rejected, the others are taken", (_, line, reason) => {
  const parsed = parse(`x 1\n${line}y 2\n`);
  expect(samplesOf(parsed)).toEqual([
    [{ x: {} }, 1],
    [{ y: {} }, 2],
  ]);
  expect(parsed.rejected).toMatchObject([{ reason, samples: 1, first: expect.stringContaining("line 2: ") }]);
});

test("limits hold while parsing", () => {
  const limits = { ...EXPOSITION_LIMITS, series: 2, decodedBytes: 100 };
  const options = { format: "prometheus", scrapeTimeMs: NOW, limits } as const;
  const parseTight = (text: string): ParsedExposition =>
    parseExposition(Buffer.from(text), createLabelCache(), options);
  expect(parseTight("a 1\nb 2\n").series.length).toBe(2);
  expect(() => parseTight("a 1\nb 2\nc 3\n")).toThrow("at most 2 series");
  expect(() => parseTight("# HELP a\n# HELP b\n# HELP c\n")).toThrow("at most 2 metric families");
  expect(() => parseTight("#".repeat(101))).toThrow("at most 100 bytes");
});

test("a series keeps its label set from scrape to scrape", () => {
  const cache = createLabelCache();
  const options = { format: "prometheus", scrapeTimeMs: NOW } as const;
  const first = parseExposition(Buffer.from('a{b="c"} 1\n'), cache, options).series[0];
  expect(parseExposition(Buffer.from('  a{b="c"} 2 5\n'), cache, options).series[0]).toBe(first);
});

describe("what is written is read", () => {
  const text = fc.string({ minLength: 1, maxLength: 12, unit: "binary" });
  const labels = fc.dictionary(text, text, { maxKeys: 4 });
  const value = fc.oneof(fc.double(), fc.integer());

  test("with any labels and values", () => {
    fc.assert(
      fc.property(text, fc.array(fc.tuple(labels, value), { maxLength: 5 }), (help, samples) => {
        const written = writeExposition([
          {
            name: "m",
            help,
            type: "gauge",
            samples: samples.map(([own, number]) => ({ labels: Object.entries(own), value: number })),
          },
        ]);
        const parsed = parse(written);
        const kept = samples.map(([own, number]): [Record<string, string>, number] => {
          const { __name__: _, ...others } = own;
          return [others, number];
        });
        expect(samplesOf(parsed)).toEqual(kept.map(([own, number]) => [{ m: own }, number]));
        expect(parsed.families.get("m")).toEqual({ name: "m", type: "gauge", help, unit: "" });
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  test("as it looks", () => {
    const samples = [
      {
        labels: [
          ["__name__", "x"],
          ["server", 'a"b\\c\nd'],
          ["a.b", "\u00e9"],
        ] as const,
        value: Number.NEGATIVE_INFINITY,
      },
      { labels: [], value: 1e21 },
    ];
    expect(writeExposition([{ name: "x", help: 'A "x"\n\\.', type: "gauge", samples }])).toBe(
      '# HELP x A "x"\\n\\\\.\n# TYPE x gauge\nx{server="a\\"b\\\\c\\nd","a.b"="\u00e9"} -Inf\nx 1e+21\n',
    );
  });
});

test.each([
  [undefined, "prometheus"],
  ["text/plain", "prometheus"],
  ["text/plain; version=0.0.4; charset=utf-8", "prometheus"],
  ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
  ["Application/OpenMetrics-Text", "openmetrics"],
  ["text/plain; version=1.0.0", null],
  ["text/html", null],
  ["application/vnd.google.protobuf", null],
])("content type %s is %s", (type, format) => {
  expect(expositionFormat(type)).toBe(format);
});
