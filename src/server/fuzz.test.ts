// Requests that nobody would write: the server answers each with a typed problem or the truth, and is ready afterwards.
// So with bodies of samples that are damaged in any place. FOREWARN_LONG=1 sends 100,000 of each.
import { gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mutateBytes, mutateProtobuf, mutateText } from "../../test/helpers/mutate.ts";
import { type FakeServices, fakeServices, NOW_MS } from "../../test/support/fake-services.ts";
import { memoryReceiver, samplesOf } from "../../test/support/memory-receiver.ts";
import { createRng, ERROR_CODES, type Rng } from "../base/index.ts";
import {
  compressSnappy,
  encodeRemoteWrite1,
  encodeRemoteWrite2,
  labelSetOf,
  OTLP_TYPES,
  otlpJsonToProtobuf,
  REMOTE_WRITE_1_TYPE,
  REMOTE_WRITE_2_TYPE,
  REMOTE_WRITE_LIMITS,
  type SampleBlock,
} from "../wire/index.ts";
import { createApp } from "./index.ts";

const REQUESTS = process.env["FOREWARN_LONG"] === "1" ? 100_000 : 2000;
const SEED = 5;

let services: FakeServices;
let app: FastifyInstance;
beforeAll(async () => {
  services = fakeServices();
  app = await createApp(services, { requestsPerMinute: Number.MAX_SAFE_INTEGER });
});
afterAll(() => app.close());

const PATHS = [
  ...["/api/v1/rows", "/api/v1/rows", "/api/v1/rows", "/api/v1/fleet", "/api/v1/servers", "/api/v1/servers/a/history"],
  ...["/api/v1/forecasts", "/api/v1/breaches", "/api/v1/alerts", "/api/v1/alerts/acknowledge", "/api/v1/quiet-times"],
  ...["/api/v1/scoreboard", "/api/v1/models", "/api/v1/models/tft_0/activate", "/-/reload", "/metrics", "/docs/json"],
  ...[
    "/problems/not_found",
    "/api/v1/status",
    "/-/ready",
    "/",
    "/api/v1/servers/%00/forecast",
    "/api/v1/..%2f..%2fetc",
  ],
];
const METHODS = ["GET", "GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"] as const;
const NAMES = [
  "limit",
  "cursor",
  "labels",
  "format",
  "from",
  "to",
  "sort",
  "__proto__",
  "metrics",
  "levels",
  "min",
  "x",
];
const TYPES = [
  "application/json",
  "application/json",
  "application/x-ndjson",
  "text/plain",
  "application/x-protobuf",
  "",
];

function anyText(rng: Rng): string {
  const alphabet = "abc019-_:,.%/\\\"'{}[]<>& \u0000\u00e9\ud83d\u202e";
  return Array.from({ length: rng.integer(12) }, () => alphabet[rng.integer(alphabet.length)]).join("");
}

function anyValue(rng: Rng, depth = 0): unknown {
  const scalars = [null, true, -1, 0, 1e308, 1e-320, 2 ** 53, "", "a", anyText(rng), NOW_MS, NOW_MS / 1000];
  if (depth > 3 || rng.uniform() < 0.6) return scalars[rng.integer(scalars.length)];
  if (rng.uniform() < 0.5) return Array.from({ length: rng.integer(4) }, () => anyValue(rng, depth + 1));
  return Object.fromEntries(Array.from({ length: rng.integer(5) }, () => [anyName(rng), anyValue(rng, depth + 1)]));
}

function anyName(rng: Rng): string {
  const names = ["timestamp", "server", "cpu_pct", "mem_pct", "profile", "state", "__proto__", "constructor", "rule"];
  return rng.uniform() < 0.8 ? names[rng.integer(names.length)]! : anyText(rng);
}

function anyBody(rng: Rng): Buffer {
  const rows = Array.from({ length: rng.integer(6) }, () => {
    const row = { timestamp: NOW_MS / 1000, server: anyText(rng), cpu_pct: 1, mem_pct: rng.uniform() * 200 };
    return rng.uniform() < 0.5 ? row : anyValue(rng);
  });
  const text = rng.uniform() < 0.5 ? JSON.stringify(rows) : rows.map((row) => JSON.stringify(row)).join("\n");
  const bytes = Buffer.from(text);
  // Some bytes changed, some cut off, some packed.
  for (let n = rng.integer(4); n > 0 && bytes.length > 0 && rng.uniform() < 0.4; n--) {
    bytes[rng.integer(bytes.length)] = rng.integer(256);
  }
  const cut = rng.uniform() < 0.1 ? bytes.subarray(0, rng.integer(bytes.length + 1)) : bytes;
  return rng.uniform() < 0.2 ? gzipSync(cut) : cut;
}

function anyRequest(rng: Rng) {
  const method = METHODS[rng.integer(METHODS.length)]!;
  const query = Array.from(
    { length: rng.integer(3) },
    () => `${NAMES[rng.integer(NAMES.length)]}=${encodeURIComponent(anyText(rng).replaceAll(/\p{Surrogate}/gu, ""))}`,
  );
  const url = `${PATHS[rng.integer(PATHS.length)]}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  const type = TYPES[rng.integer(TYPES.length)]!;
  const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
  if (rng.uniform() < 0.2) headers["content-encoding"] = ["gzip", "br", "identity"][rng.integer(3)]!;
  if (rng.uniform() < 0.1) headers["authorization"] = `Bearer ${anyText(rng).replaceAll(/[^\x20-\x7e]/g, "")}`;
  if (rng.uniform() < 0.1) headers["last-event-id"] = String(rng.integer(1e9));
  const hasBody = method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
  return { method, url, headers, ...(hasBody && { payload: anyBody(rng) }) };
}

test(`${REQUESTS} random requests leave the server ready`, async () => {
  const rng = createRng(SEED);
  const problems = new Set<string>([...ERROR_CODES]);
  const statuses = new Map<number, number>();
  for (let n = 0; n < REQUESTS; n++) {
    const request = anyRequest(rng);
    const response = await app.inject(request);
    const { statusCode, body } = response;
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    const what = `request ${n} of seed ${SEED}: ${request.method} ${request.url}: ${body.slice(0, 300)}`;
    if (statusCode >= 500) expect.fail(what);
    if (statusCode >= 400 && request.method !== "HEAD") expect(problems.has(JSON.parse(body).code), what).toBe(true);
    // The fake keeps all rows in a list.
    if (services.stored.length > 200) services.stored.splice(3);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)["cpu_pct"]).toBeUndefined();
  expect((await app.inject("/-/ready")).statusCode).toBe(200);
  const row = { timestamp: NOW_MS / 1000, server: "last", cpu_pct: 1, mem_pct: 1 };
  expect((await app.inject({ method: "POST", url: "/api/v1/rows", payload: [row] })).json().accepted).toBe(1);
  expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20);
}, 600_000);

const BLOCK: SampleBlock = {
  series: ["a", "b"].map((server) => {
    const set = labelSetOf(Object.entries({ __name__: "up", instance: server, job: "node" }), REMOTE_WRITE_LIMITS);
    if ("reason" in set) throw new Error(set.detail);
    return set;
  }),
  starts: Uint32Array.of(0, 2, 3),
  timestampsMs: Float64Array.of(NOW_MS - 1000, NOW_MS, NOW_MS),
  values: Float64Array.of(1, 2, Number.NaN),
  stale: Uint8Array.of(0, 0, 1),
};
const timeUnixNano = `${NOW_MS}000000`;
const OTLP_JSON = JSON.stringify({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "host.name", value: { stringValue: "a" } }] },
      scopeMetrics: [
        {
          metrics: [
            { name: "load", gauge: { dataPoints: [{ asDouble: 1, timeUnixNano }] } },
            {
              name: "time",
              unit: "s",
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [{ count: 3, sum: 4, bucketCounts: [1, 2], explicitBounds: [0.5], timeUnixNano }],
              },
            },
          ],
        },
      ],
    },
  ],
});
const TOKENS = ["{", "]", "null", "-1", "1e400", '"NaN"', '"2"', "\u0000", "18446744073709551616", "gauge", '""'];

/** A damaged body of one of the protocols. */
function anySamples(rng: Rng) {
  const kind = rng.integer(4);
  if (kind >= 2) {
    const isJson = kind === 3;
    const body = isJson
      ? Buffer.from(mutateText(OTLP_JSON, TOKENS, rng))
      : mutateProtobuf(otlpJsonToProtobuf(Buffer.from(OTLP_JSON)), rng);
    const isPacked = rng.uniform() < 0.2;
    const headers = {
      "content-type": OTLP_TYPES[isJson ? "json" : "protobuf"],
      ...(isPacked && { "content-encoding": "gzip" }),
    };
    const packed = isPacked ? gzipSync(body) : body;
    return { url: "/v1/metrics", headers, payload: rng.uniform() < 0.1 ? mutateBytes(packed, rng) : packed };
  }
  const [encoded, type] =
    kind === 0
      ? [encodeRemoteWrite1(BLOCK), REMOTE_WRITE_1_TYPE]
      : [encodeRemoteWrite2(BLOCK), rng.uniform() < 0.9 ? REMOTE_WRITE_2_TYPE : REMOTE_WRITE_1_TYPE];
  const block = compressSnappy(mutateProtobuf(encoded, rng));
  const payload = rng.uniform() < 0.1 ? mutateBytes(block, rng) : Buffer.from(block);
  return { url: "/api/v1/write", headers: { "content-type": type }, payload };
}

test(`${REQUESTS} damaged bodies of samples are refused or taken, and what is confirmed is there`, async () => {
  const rng = createRng(SEED);
  const receiver = memoryReceiver(NOW_MS);
  let [taken, written] = [0, 0];
  services.receiver = {
    async write(block, body) {
      taken += samplesOf(block).length;
      const result = await receiver.write(block, body);
      written = result.written;
      return result;
    },
  };
  const statuses = new Map<number, number>();
  for (let n = 0; n < REQUESTS; n++) {
    const { url, headers, payload } = anySamples(rng);
    written = 0;
    const response = await app.inject({ method: "POST", url, headers, payload });
    const what = `request ${n} of seed ${SEED}: ${url}: ${response.statusCode} ${response.body.slice(0, 300)}`;
    expect([200, 204, 400], what).toContain(response.statusCode);
    const confirmed = response.headers["x-prometheus-remote-write-samples-written"];
    if (confirmed !== undefined) expect(Number(confirmed), what).toBe(written);
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    if (receiver.series.size > 1000) receiver.series.clear();
  }
  services.receiver = null;
  expect(taken).toBeGreaterThan(REQUESTS / 4);
  for (const status of [200, 204, 400]) expect(statuses.get(status), `${status}`).toBeGreaterThan(REQUESTS / 20);
  expect(({} as Record<string, unknown>)["up"]).toBeUndefined();
}, 600_000);
