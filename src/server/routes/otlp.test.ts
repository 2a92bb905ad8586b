// The status matrix of OTLP/HTTP, in both encodings.
import { gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { type MemoryReceiver, memoryReceiver } from "../../../test/support/memory-receiver.ts";
import { ForewarnError } from "../../base/index.ts";
import { OTLP_TYPES, type OtlpEncoding, otlpExportResponse, otlpJsonToProtobuf, otlpStatus } from "../../wire/index.ts";
import { createApp } from "../index.ts";

let services: FakeServices;
let receiver: MemoryReceiver;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  receiver = memoryReceiver(NOW_MS);
  services.receiver = receiver;
  app = await createApp(services);
});
afterEach(() => app.close());

const PATH = "/v1/metrics";
const nanos = (timeMs: number) => `${BigInt(timeMs) * 1_000_000n}`;
const point = (value: number, timeMs = NOW_MS, attributes: object = {}) => ({
  asDouble: value,
  timeUnixNano: nanos(timeMs),
  attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
});
const gauge = (...dataPoints: object[]) => ({ name: "load", gauge: { dataPoints } });
const delta = (...dataPoints: object[]) => ({ name: "d", sum: { aggregationTemporality: 1, dataPoints } });
const request = (...metrics: object[]) => ({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "host.name", value: { stringValue: "web-1" } }] },
      scopeMetrics: [{ metrics }],
    },
  ],
});

function encode(message: object, encoding: OtlpEncoding): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  return encoding === "json" ? json : Buffer.from(otlpJsonToProtobuf(json));
}

async function send(encoding: OtlpEncoding, payload: Buffer, headers: Record<string, string> = {}, url = PATH) {
  const all = { "content-type": OTLP_TYPES[encoding], ...headers };
  return app.inject({ method: "POST", url, payload, headers: all });
}

type Answer = Awaited<ReturnType<typeof send>>;

/** The Status of an error, which must be what the encoding makes of this code and its message. */
function expectStatus(response: Answer, encoding: OtlpEncoding, code: number, text: string): void {
  expect(response.headers["content-type"]).toBe(OTLP_TYPES[encoding]);
  const plain = response.rawPayload.toString();
  expect(plain).toContain(text);
  if (encoding === "json") expect(JSON.parse(plain)).toEqual({ code, message: expect.stringContaining(text) });
  else {
    const message = plain.slice(plain.indexOf("\u0012") + (response.rawPayload.length > 131 ? 3 : 2));
    expect(response.rawPayload).toEqual(Buffer.from(otlpStatus(code as 3, message, "protobuf")));
  }
}

describe.each(["protobuf", "json"] as const)("%s", (encoding) => {
  test.each([PATH, "/api/v1/otlp/v1/metrics"])("what is taken is 200 with an empty message at %s", async (url) => {
    for (const [body, headers] of [
      [encode(request(gauge(point(1))), encoding), {}],
      [gzipSync(encode(request(gauge(point(2, NOW_MS - 1))), encoding)), { "content-encoding": "gzip" }],
    ] as const) {
      const response = await send(encoding, body, headers, url);
      expect([response.statusCode, response.body]).toEqual([200, encoding === "json" ? "{}" : ""]);
      expect(response.headers["content-type"]).toBe(OTLP_TYPES[encoding]);
    }
    const [series] = receiver.series;
    expect(series![0]).toContain('["instance","web-1"]');
    expect([...series![1]]).toEqual([
      [NOW_MS, 1],
      [NOW_MS - 1, 2],
    ]);
  });

  test("an empty request succeeds", async () => {
    for (const message of [{}, { resourceMetrics: [] }]) {
      expect((await send(encoding, encode(message, encoding))).statusCode).toBe(200);
    }
    expect(receiver.series.size).toBe(0);
  });

  test("points that are not taken are counted in partial_success, with why; the others are stored", async () => {
    const late = point(3, NOW_MS + 601_000, { a: "late" });
    const buckets = { count: "3", sum: 1, bucketCounts: ["1", "2"], explicitBounds: [0.5] };
    const histogram = {
      name: "h",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          { ...late, ...buckets },
          { ...point(0), ...buckets },
        ],
      },
    };
    const metrics = [gauge(point(1), late), histogram, delta(point(1), point(2))];
    const response = await send(encoding, encode(request(...metrics), encoding));
    expect(response.statusCode).toBe(200);
    // Samples of the gauge, of count, sum and two buckets of the histogram, and of target_info at their time: two points.
    const message = /delta_temporality: .*\ntoo_far_ahead: 6 samples \(first: .*\)/s;
    if (encoding === "json") {
      const { partialSuccess } = response.json();
      expect(partialSuccess).toEqual({ rejectedDataPoints: "4", errorMessage: expect.stringMatching(message) });
    } else {
      const text = message.exec(response.body)![0];
      expect(response.rawPayload).toEqual(Buffer.from(otlpExportResponse(4, text, "protobuf")));
    }
    expect([...receiver.series.values()].map((times) => [...times])).toContainEqual([[NOW_MS, 1]]);
  });

  test.each<[string, Buffer, Record<string, string>, number, number, string]>([
    ["broken bytes", Buffer.from('{"resourceMetrics": [{'), {}, 400, 3, "Expected"],
    ["no gzip", Buffer.from("plain"), { "content-encoding": "gzip" }, 400, 3, "gzip"],
    ["gzip that is cut off", gzipSync("x".repeat(99)).subarray(0, 20), { "content-encoding": "gzip" }, 400, 3, "gzip"],
    ["a gzip bomb", gzipSync(Buffer.alloc(1 << 26)), { "content-encoding": "gzip" }, 413, 8, "unpacked bytes"],
    ["too many bytes", Buffer.alloc((8 << 20) + 1, 32), {}, 413, 8, "bytes"],
    ["another encoding", Buffer.from("{}"), { "content-encoding": "br" }, 415, 3, "content-encoding"],
    ["two encodings", Buffer.from("{}"), { "content-encoding": "gzip, gzip" }, 415, 3, "content-encoding"],
  ])("%s", async (_, body, headers, status, code, text) => {
    const response = await send(encoding, body, headers);
    expect(response.statusCode, response.body).toBe(status);
    expectStatus(response, encoding, code, text);
    expect(response.headers["retry-after"]).toBeUndefined();
  });

  test.each<[string, (fake: FakeServices) => void, string]>([
    ["overload", () => (receiver.error = new ForewarnError("overloaded", "busy")), "busy"],
    ["a full disk", (fake) => (fake.storeState = "read_only"), "disk full"],
    ["stopping", (fake) => (fake.daemon = { ...fake.daemon, stopping: true }), "stopping"],
    ["an own bug", () => (receiver.error = new Error("secret detail")), "internal error"],
  ])("%s is 503 with Retry-After", async (_, change, text) => {
    change(services);
    const response = await send(encoding, encode(request(gauge(point(1))), encoding));
    expect(response.statusCode).toBe(503);
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
    expectStatus(response, encoding, 14, text);
    expect(response.body).not.toContain("secret");
  });

  test("keys, and none of a mapping", async () => {
    const body = encode(request(gauge(point(1))), encoding);
    const { receiver: own } = services;
    services.receiver = null;
    const missing = await send(encoding, body);
    expect(missing.statusCode).toBe(404);
    expectStatus(missing, encoding, 5, "receive.mapping");
    services.receiver = own;
    const bound = services.keys.add("k", ["ingest"], { servers: ["web-*"] }).key;
    const reader = services.keys.add("k", ["read"]).key;
    const without = await send(encoding, body);
    expect([without.statusCode, without.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("Bearer")]);
    expectStatus(without, encoding, 16, "Expected an API key");
    for (const key of [bound, reader]) {
      const refused = await send(encoding, body, { authorization: `Bearer ${key}` });
      expect(refused.statusCode).toBe(403);
      expectStatus(refused, encoding, 7, "Expected");
    }
    expect(receiver.series.size).toBe(0);
  });

  test("sent again it is harmless, and texts of others stay text", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const body = encode(request(gauge(point(1, NOW_MS, { [evil]: evil })), delta(point(1))), encoding);
    const first = await send(encoding, body);
    const second = await send(encoding, body);
    expect([first.statusCode, second.rawPayload]).toEqual([200, first.rawPayload]);
    expect(first.headers["x-content-type-options"]).toBe("nosniff");
    expect([...receiver.series.keys()].some((key) => key.includes(evil))).toBe(true);
  });
});

test.each(["text/plain", "application/x-ndjson", "application/x-protobuf2"])("%s is 415", async (type) => {
  const response = await send("json", Buffer.from("{}"), { "content-type": type });
  expect(response.statusCode).toBe(415);
  expectStatus(response, "json", 3, "content-type");
});

test("attributes of the resource become labels where the configuration says so", async () => {
  const other = fakeServices();
  other.receiver = receiver;
  const promoting = await createApp(other, { promote: ["host.name"] });
  const payload = encode(request(gauge(point(1))), "json");
  await promoting.inject({ method: "POST", url: PATH, payload, headers: { "content-type": OTLP_TYPES.json } });
  expect([...receiver.series.keys()].find((key) => key.includes('"load"'))).toContain('["host_name","web-1"]');
  await promoting.close();
});

test("parameters of the type do not matter", async () => {
  const body = encode(request(gauge(point(1))), "json");
  const response = await send("json", body, { "content-type": "Application/JSON ; charset=utf-8" });
  expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "application/json"]);
});
