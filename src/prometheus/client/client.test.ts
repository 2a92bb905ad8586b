import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, test } from "vitest";
import { createPrometheusClient, type PrometheusClientOptions } from "./client.ts";
import { authorizationHeader } from "./credentials.ts";

/** What the fake database saw. */
interface Seen {
  method: string | undefined;
  path: string;
  headers: IncomingMessage["headers"];
  form: URLSearchParams;
}
type Answer = (response: ServerResponse, request: Seen) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A database that gives these answers, one after the other, the last one for ever. */
async function database(answers: readonly Answer[], options: Partial<PrometheusClientOptions> = {}) {
  const seen: Seen[] = [];
  const waits: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url!, "http://x");
    const form = new URLSearchParams(request.method === "POST" ? body : url.search);
    const one = { method: request.method, path: url.pathname, headers: request.headers, form };
    seen.push(one);
    answers[Math.min(seen.length, answers.length) - 1]!(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createPrometheusClient({
    url: `${url}/select/0/prometheus/`,
    now: () => Date.UTC(2026, 0, 5),
    wait: async (ms) => void waits.push(ms),
    ...options,
  });
  return { client, seen, waits };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (response) => response.writeHead(status, headers).end(JSON.stringify(body));
};
const success = (data: unknown, more: object = {}) => json(200, { status: "success", data, ...more });
const failure = (status: number, errorType: string, error: string) =>
  json(status, { status: "error", errorType, error });
const vector = (value: string) =>
  success({ resultType: "vector", result: [{ metric: { __name__: "up", instance: "a" }, value: [1.5, value] }] });

describe("a query", () => {
  it("is posted below the path of a cluster, with headers, and asks for exact answers", async () => {
    const { client, seen } = await database([vector("0.25")], { headers: { "X-Scope-OrgID": "team" } });
    expect(await client.query("up", 1500)).toEqual([
      { labels: { __name__: "up", instance: "a" }, timesMs: Float64Array.of(1500), values: Float64Array.of(0.25) },
    ]);
    const [{ method, path, headers, form }] = seen as [Seen];
    expect([method, path, headers["x-scope-orgid"]]).toEqual(["POST", "/select/0/prometheus/api/v1/query", "team"]);
    expect(Object.fromEntries(form)).toMatchObject({ query: "up", time: "1.5", nocache: "1", latency_offset: "0s" });
  });

  it("reads ranges, special values and packed answers", async () => {
    const values = [
      [1, "NaN"],
      [2, "+Inf"],
      [3, "-Inf"],
      [4, "1e-3"],
    ];
    const data = { resultType: "matrix", result: [{ metric: {}, values }] };
    const packed = gzipSync(JSON.stringify({ status: "success", data }));
    const { client } = await database([
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(packed),
    ]);
    const [series] = await client.queryRange("x", { startMs: 1000, endMs: 4000, stepMs: 1000 });
    expect([...series!.timesMs]).toEqual([1000, 2000, 3000, 4000]);
    expect([...series!.values]).toEqual([Number.NaN, Infinity, -Infinity, 0.001]);
  });

  it("keeps what the database warns of", async () => {
    const empty = { resultType: "vector", result: [] };
    const { client } = await database([success(empty, { warnings: ["old", "old"], isPartial: true })]);
    await client.query("x", 0);
    expect(client.warnings()).toEqual(["old", "the answer is partial: some storage nodes did not answer"]);
  });
});

describe("a failure", () => {
  it("that may pass is tried again, after Retry-After, then with growing jittered pauses", async () => {
    const told: string[] = [];
    const { client, waits, seen } = await database(
      [json(503, {}, { "retry-after": "7" }), json(429, {}), (response) => response.destroy(), vector("1")],
      { onRetry: (reason) => told.push(reason) },
    );
    expect((await client.query("up", 0))[0]!.values[0]).toBe(1);
    expect(seen).toHaveLength(4);
    expect(waits[0]).toBe(7000);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeLessThanOrEqual(1000);
    expect(waits[2]).toBeGreaterThanOrEqual(1000);
    expect(told).toEqual(["status 503", "status 429", expect.stringContaining("ECONNRESET")]);
  });

  test.each<[string, Answer, string, number, string]>([
    ["503 without end", json(503, {}), "prometheus_unavailable", 5, "got status 503"],
    ["429 without end", json(429, {}), "prometheus_unavailable", 5, "got status 429"],
    [
      "a query that took too long",
      failure(503, "timeout", "query timed out"),
      "prometheus_failed",
      1,
      "query timed out",
    ],
    [
      "a query that is too much",
      failure(422, "execution", "too many samples"),
      "prometheus_failed",
      1,
      "too many samples",
    ],
    ["a query that is wrong", failure(400, "bad_data", "parse error"), "prometheus_refused", 1, "parse error"],
    ["no credentials", json(401, {}), "prometheus_refused", 1, "got status 401"],
    ["a redirect", json(302, {}, { location: "https://login" }), "prometheus_refused", 1, "got status 302"],
    ["a page", (response) => response.end("<html>"), "prometheus_invalid", 1, "an answer of Prometheus' HTTP API"],
    ["a page that is not there", (response) => response.writeHead(404).end("<html>"), "prometheus_invalid", 1, "(404)"],
    ["another API", success({ resultType: "streams", result: [] }), "prometheus_invalid", 1, "a vector or a matrix"],
    [
      "broken samples",
      success({ resultType: "vector", result: [{ metric: {}, value: [1, 2] }] }),
      "prometheus_invalid",
      1,
      "samples",
    ],
  ])("%s", async (_, answer, code, tries, message) => {
    const { client, seen } = await database([answer]);
    await expect(client.query("up", 0)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(seen).toHaveLength(tries);
  });

  it("of size is found while the answer is read, packed or not", async () => {
    const endless: Answer = (response) => {
      const write = (): void => {
        while (response.write(Buffer.alloc(65_536, 32)));
        response.once("drain", write);
      };
      write();
    };
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    const packed: Answer = (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    for (const answer of [endless, packed]) {
      const { client, seen } = await database([answer], { maxBytes: 1_000_000 });
      await expect(client.query("up", 0)).rejects.toMatchObject({
        code: "prometheus_failed",
        message: expect.stringContaining("more than 1000000 bytes"),
      });
      expect(seen).toHaveLength(1);
    }
  });

  it("of time, and an abort", async () => {
    const silent: Answer = () => {};
    const slow = await database([silent], { timeoutMs: 50 });
    await expect(slow.client.query("up", 0)).rejects.toMatchObject({
      code: "prometheus_failed",
      message: expect.stringContaining("no complete answer within 0.05 s"),
    });
    const stalled = await database([(response) => void response.writeHead(200).write('{"status"')], { timeoutMs: 50 });
    await expect(stalled.client.query("up", 0)).rejects.toMatchObject({ code: "prometheus_failed" });
    const abort = new AbortController();
    const { client } = await database([silent], { signal: abort.signal });
    const answer = client.query("up", 0);
    abort.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });

  it("of the network names the address and the number of tries", async () => {
    const client = createPrometheusClient({
      url: "http://127.0.0.1:1",
      now: () => 0,
      wait: async () => {},
      attempts: 2,
    });
    await expect(client.query("up", 0)).rejects.toMatchObject({
      code: "prometheus_unavailable",
      message: expect.stringMatching(/^http:\/\/127.0.0.1:1\/api\/v1\/query: .*ECONNREFUSED.*\(2 tries\)$/),
    });
  });
});

it("names, metadata and the version are read; a database without the latter has none", async () => {
  const { client, seen } = await database([
    success(["a", "b"]),
    success(null),
    success([{ __name__: "up" }]),
    success({ up: [{ type: "gauge", help: "h", unit: "" }] }),
    failure(404, "not_found", "no"),
    failure(404, "not_found", "no"),
  ]);
  expect(await client.labelNames(0, 1)).toEqual(["a", "b"]);
  expect(await client.labelValues("na/me", 0, 1)).toEqual([]);
  expect(seen[1]!.path).toBe("/select/0/prometheus/api/v1/label/na%2Fme/values");
  expect(await client.series("up", 0, 1)).toEqual([{ __name__: "up" }]);
  expect(await client.metadata()).toEqual(new Map([["up", { type: "gauge", help: "h", unit: "" }]]));
  expect([await client.version(), (await client.metadata()).size]).toEqual(["", 0]);
});

test.each([
  [{}, null],
  [{ token: "abc" }, "Bearer abc"],
  [{ user: "ann", password: "pä:ss" }, `Basic ${Buffer.from("ann:pä:ss").toString("base64")}`],
])("credentials %j are %s", (credentials, header) => expect(authorizationHeader(credentials)).toBe(header));

test.each([
  [{ token: "a", user: "b", password: "c" }],
  [{ user: "b" }],
  [{ password: "b" }],
  [{ token: "a\nb" }],
  [{ user: "a:b", password: "c" }],
])("credentials %j are refused", (credentials) => {
  expect(() => authorizationHeader(credentials)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
});
