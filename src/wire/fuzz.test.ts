// Damaged bodies: every decoder gives a typed error, or samples that hold together and survive being written and read
// again. FOREWARN_LONG=1 tries a million of them.
import { expect, test } from "vitest";
import { mutateBytes, mutateProtobuf, mutateText } from "../../test/helpers/mutate.ts";
import { createRng, ForewarnError, type Rng } from "../base/index.ts";
import {
  compressSnappy,
  createLabelCache,
  type DecodedSamples,
  decodeOtlpMetrics,
  decodeRemoteWrite1,
  decodeRemoteWrite2,
  decompressSnappy,
  encodeRemoteWrite1,
  encodeRemoteWrite2,
  METRIC_TYPES,
  otlpJsonToProtobuf,
  parseExposition,
  type SampleBlock,
} from "./index.ts";

const LONG = process.env["FOREWARN_LONG"] === "1";
const CASES = LONG ? 1_000_000 : 21_000;
const TIMEOUT_MS = LONG ? 3_600_000 : 120_000;
const T = 1_700_000_000_000;

const SEED_BLOCK: SampleBlock = {
  series: [
    {
      name: "up",
      labels: [
        ["__name__", "up"],
        ["instance", "a:9100"],
        ["job", "node"],
      ],
    },
    {
      name: "load",
      labels: [
        ["__name__", "load"],
        ["region", "\u{1f30d}"],
      ],
    },
    {
      name: "up",
      labels: [
        ["__name__", "up"],
        ["instance", "b:9100"],
        ["job", "node"],
      ],
    },
  ],
  starts: Uint32Array.of(0, 1, 4, 5),
  timestampsMs: Float64Array.of(T, T, T + 1, T + 2, -5),
  values: Float64Array.of(1, Number.NaN, 0.5, Number.NaN, Number.NEGATIVE_INFINITY),
  stale: Uint8Array.of(0, 1, 0, 0, 0),
};

const attributes = (...keys: string[]) => keys.map((key) => ({ key, value: { stringValue: "x" } }));
const OTLP_JSON = JSON.stringify({
  resourceMetrics: [
    {
      resource: { attributes: attributes("service.name", "host.name", "k8s.pod") },
      scopeMetrics: [
        {
          metrics: [
            {
              name: "load",
              unit: "1",
              gauge: {
                dataPoints: [
                  { asDouble: 0.5, timeUnixNano: `${T}000000`, attributes: attributes("a", "b.c"), flags: 0 },
                ],
              },
            },
            {
              name: "n",
              sum: {
                isMonotonic: true,
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    asInt: "7",
                    attributes: [
                      {
                        key: "l",
                        value: {
                          arrayValue: { values: [{ intValue: 1 }, { kvlistValue: { values: attributes("k") } }] },
                        },
                      },
                    ],
                  },
                ],
              },
            },
            {
              name: "h",
              unit: "s",
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [{ count: 3, sum: 1.5, bucketCounts: ["1", 2], explicitBounds: [0.1], timeUnixNano: T }],
              },
            },
            { name: "e", exponentialHistogram: { dataPoints: [{}] } },
            { name: "s", summary: { dataPoints: [{}, {}] } },
          ],
        },
      ],
    },
  ],
});
const TEXT = `# HELP up Help \\\\ me.\n# TYPE up gauge\nup{job="node",instance="a"} 1 ${T}\nup{job="no\\nde"} +Inf\n\n{"a.b","c.d"="e"} 2\nx_total 1e3\n`;
const OPENMETRICS = `# TYPE x counter\n# UNIT x_seconds seconds\n# HELP x y\nx_total{a="b"} 1 1.5 # {t="u"} 1\ny 2\n# EOF\n`;
const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ",",
  ":",
  "null",
  "NaN",
  "-1",
  "1e400",
  "1e-7",
  '"\\ud800"',
  "\n",
  "# EOF",
  "# TYPE",
  "\\",
  '"asInt"',
  '"x":',
  "\u00e9",
  "9".repeat(30),
];

const v1 = encodeRemoteWrite1(SEED_BLOCK);
const v2 = encodeRemoteWrite2(SEED_BLOCK, () => ({ type: METRIC_TYPES.gauge, help: "h", unit: "" }));
const block = compressSnappy(v1);
const otlp = otlpJsonToProtobuf(Buffer.from(OTLP_JSON));
const cache = createLabelCache({ entries: 1000, keyCharacters: 100_000 });

const exposition = (format: "prometheus" | "openmetrics", text: string) => (rng: Rng) =>
  parseExposition(Buffer.from(mutateText(text, TOKENS, rng)), cache, { format, scrapeTimeMs: T });

const DECODERS: Record<string, (rng: Rng) => DecodedSamples | null> = {
  "remote write 1.0": (rng) => decodeRemoteWrite1(mutateProtobuf(v1, rng), cache),
  "remote write 2.0": (rng) => decodeRemoteWrite2(mutateProtobuf(v2, rng), cache),
  "remote write 1.0 in snappy": (rng) => decodeRemoteWrite1(decompressSnappy(mutateBytes(block, rng), 10_000), cache),
  "OTLP in protobuf": (rng) => decodeOtlpMetrics(mutateProtobuf(otlp, rng), cache),
  "OTLP in JSON": (rng) =>
    decodeOtlpMetrics(otlpJsonToProtobuf(Buffer.from(mutateText(OTLP_JSON, TOKENS, rng))), cache),
  "text 0.0.4": exposition("prometheus", TEXT),
  OpenMetrics: exposition("openmetrics", OPENMETRICS),
};

test.each(Object.entries(DECODERS))(
  "%s: damaged bodies",
  (name, decode) => {
    const rng = createRng(9).fork(name);
    let taken = 0;
    const cases = Math.ceil(CASES / Object.keys(DECODERS).length);
    for (let count = 0; count < cases; count++) {
      let decoded: DecodedSamples | null = null;
      try {
        decoded = decode(rng);
      } catch (error) {
        if (!(error instanceof ForewarnError)) throw error;
        expect(["body_unreadable", "body_too_large"]).toContain(error.code);
      }
      if (decoded === null) continue;
      taken++;
      const fault = incoherence(decoded);
      if (fault !== null) throw new Error(`case ${count}: ${fault}`);
    }
    expect(taken).toBeGreaterThan(cases / 50);
    expect(taken).toBeLessThan(cases);
  },
  TIMEOUT_MS,
);

/** What does not hold together in samples; null if everything does. */
function incoherence(decoded: SampleBlock): string | null {
  const { series, starts, timestampsMs, values, stale } = decoded;
  if (starts.length !== series.length + 1 || starts[0] !== 0) return "starts and series";
  if (starts.some((start, at) => at > 0 && start < starts[at - 1]!)) return "the order of starts";
  const samples = starts[series.length]!;
  if ([timestampsMs, values, stale].some((column) => column.length !== samples)) return "the length of columns";
  if (stale.some((flag, at) => flag === 1 && !Number.isNaN(values[at]))) return "a stale marker with a value";
  if (timestampsMs.some((time) => Math.abs(time) >= 2 ** 63)) return null; // beyond int64 after rounding
  for (const { name, labels } of series) {
    if (labels.every(([label, value]) => label !== "__name__" || value !== name)) {
      return "a name that is not among the labels";
    }
    if (labels.some(([label, value]) => label === "" || value === "")) return "an empty label";
  }
  const again = decodeRemoteWrite1(encodeRemoteWrite1(decoded), createLabelCache());
  if (again.rejected.length > 0) return `rejected on the second reading: ${again.rejected[0]!.first}`;
  const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    a.length === b.length && Array.from(a).every((value, at) => Object.is(value, b[at]));
  if (JSON.stringify(again.series) !== JSON.stringify(series)) return "other series on the second reading";
  const columns = ["starts", "timestampsMs", "values", "stale"] as const;
  return columns.find((column) => !same(again[column], decoded[column])) ?? null;
}
