// Wire formats: samples per second of one core that become series, from the bytes of a request, beside a plain decoder on
// the same bytes; label sets known from earlier requests, and all new. CPU time, since machines are shared. One JSON
// document. Run: npx tsx --expose-gc bench/wire.bench.ts
import { cpus } from "node:os";
import {
  compressSnappy,
  createLabelCache,
  decodeOtlpMetrics,
  decodeRemoteWrite1,
  decodeRemoteWrite2,
  decompressSnappy,
  encodeRemoteWrite1,
  encodeRemoteWrite2,
  type Label,
  type LabelCache,
  type LabelSet,
  otlpJsonToProtobuf,
  parseExposition,
  REMOTE_WRITE_LIMITS,
  type SampleBlock,
  writeExposition,
} from "../src/wire/index.ts";
import { naiveRemoteWrite1 } from "../test/helpers/naive-remote-write.ts";

const SERIES = 20_000;
/** Prometheus' max_samples_per_send. */
const PER_REQUEST = 2000;
const ROUNDS = 3;
const CPU_SECONDS = 0.4;
const TIME_MS = 1_700_000_000_000;

/** Series of node_exporter: 1000 servers with 20 series each. */
function seriesOf(index: number): LabelSet {
  const labels: Label[] = [
    ["__name__", "node_cpu_seconds_total"],
    ["cpu", String(index % 5)],
    ["environment", "production"],
    ["instance", `host-${Math.floor(index / 20)}.example.org:9100`],
    ["job", "node-exporter"],
    ["mode", ["idle", "iowait", "system", "user"][index % 4]!],
    ["region", "eu-central-1"],
  ];
  return { name: labels[0]![1], labels };
}

function blockOf(first: number): SampleBlock {
  return {
    series: Array.from({ length: PER_REQUEST }, (_, at) => seriesOf(first + at)),
    starts: Uint32Array.from({ length: PER_REQUEST + 1 }, (_, at) => at),
    timestampsMs: new Float64Array(PER_REQUEST).fill(TIME_MS),
    values: Float64Array.from({ length: PER_REQUEST }, (_, at) => Math.sqrt(first + at)),
    stale: new Uint8Array(PER_REQUEST),
  };
}

function otlpJson({ series, values }: SampleBlock): Buffer {
  const point = ({ labels }: LabelSet, at: number) => ({
    asDouble: values[at],
    timeUnixNano: `${TIME_MS}000000`,
    attributes: labels.slice(1).map(([key, value]) => ({ key, value: { stringValue: value } })),
  });
  const metrics = [{ name: "node.cpu", gauge: { dataPoints: series.map(point) } }];
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
}

const blocks = Array.from({ length: SERIES / PER_REQUEST }, (_, at) => blockOf(at * PER_REQUEST));
const uncompress = (body: Uint8Array): Uint8Array => decompressSnappy(body, REMOTE_WRITE_LIMITS.decodedBytes);
const textOf = ({ series, values }: SampleBlock): Buffer => {
  const samples = series.map(({ labels }, at) => ({ labels, value: values[at]! }));
  return Buffer.from(writeExposition([{ name: "node_cpu_seconds_total", help: "CPU.", type: "counter", samples }]));
};

/** Bodies of requests and how each is decoded; the names of references say what they are compared with. */
const WORKLOADS: { name: string; bodies: Uint8Array[]; decode: (body: Uint8Array, cache: LabelCache) => unknown }[] = [
  {
    name: "remote write 1.0",
    bodies: blocks.map((block) => compressSnappy(encodeRemoteWrite1(block))),
    decode: (body, cache) => decodeRemoteWrite1(uncompress(body), cache),
  },
  {
    name: "remote write 1.0, plain decoder (reference)",
    bodies: blocks.map((block) => compressSnappy(encodeRemoteWrite1(block))),
    decode: (body) => naiveRemoteWrite1(uncompress(body)),
  },
  {
    name: "remote write 2.0",
    bodies: blocks.map((block) => compressSnappy(encodeRemoteWrite2(block))),
    decode: (body, cache) => decodeRemoteWrite2(uncompress(body), cache),
  },
  {
    name: "OTLP protobuf",
    bodies: blocks.map((block) => otlpJsonToProtobuf(otlpJson(block))),
    decode: (body, cache) => decodeOtlpMetrics(body, cache),
  },
  {
    name: "OTLP JSON",
    bodies: blocks.map(otlpJson),
    decode: (body, cache) => decodeOtlpMetrics(otlpJsonToProtobuf(body), cache),
  },
  {
    name: "OTLP JSON, JSON.parse only (reference)",
    bodies: blocks.map(otlpJson),
    decode: (body) => JSON.parse(Buffer.from(body).toString()),
  },
  {
    name: "exposition text 0.0.4",
    bodies: blocks.map(textOf),
    decode: (body, cache) => parseExposition(body, cache, { format: "prometheus", scrapeTimeMs: TIME_MS }),
  },
  {
    name: "snappy alone",
    bodies: blocks.map((block) => compressSnappy(encodeRemoteWrite1(block))),
    decode: uncompress,
  },
];

/** Best of a few rounds. */
function samplesPerCpuSecond({ bodies, decode }: (typeof WORKLOADS)[number], cacheFor: () => LabelCache): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const begin = process.cpuUsage();
    for (let passes = 1; ; passes++) {
      const cache = cacheFor();
      for (const body of bodies) decode(body, cache);
      const { user, system } = process.cpuUsage(begin);
      const seconds = (user + system) / 1e6;
      if (seconds > CPU_SECONDS) return (passes * SERIES) / seconds;
    }
  });
  return Math.round(Math.max(...rounds));
}

/** Heap for each interned series, or null without --expose-gc. */
function bytesPerSeries({ bodies, decode }: (typeof WORKLOADS)[number]): number | null {
  if (globalThis.gc === undefined) return null;
  const cache = createLabelCache();
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (const body of bodies) decode(body, cache);
  globalThis.gc();
  const bytes = Math.round((process.memoryUsage().heapUsed - before) / SERIES);
  return cache.remoteWrite1.size() + cache.remoteWrite2.size() + cache.otlp.size() + cache.exposition.size() > 0
    ? bytes
    : null;
}

const results = WORKLOADS.map((workload) => {
  const cache = createLabelCache();
  return {
    name: workload.name,
    bytesPerSample: Math.round(workload.bodies.reduce((sum, { length }) => sum + length, 0) / SERIES),
    knownSeriesPerCpuSecond: samplesPerCpuSecond(workload, () => cache),
    newSeriesPerCpuSecond: samplesPerCpuSecond(workload, () => createLabelCache()),
    cacheBytesPerSeries: bytesPerSeries(workload),
  };
});
process.stdout.write(
  `${JSON.stringify(
    {
      bench: "wire",
      node: process.version,
      cpu: cpus()[0]?.model,
      cpus: cpus().length,
      series: SERIES,
      perRequest: PER_REQUEST,
      results,
    },
    null,
    2,
  )}\n`,
);
