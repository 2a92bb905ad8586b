import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHttpSink } from "./http-sink.ts";

interface Request {
  headers: IncomingHttpHeaders;
  rows: string[];
}

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A receiver that answers its n-th request as told, and keeps what it was sent. */
async function receiver(answer: (number: number, response: ServerResponse) => void) {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      requests.push({ headers: request.headers, rows: body.trimEnd().split("\n") });
      answer(requests.length, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({ close: () => server.close() });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`, requests };
}

/** A sink on a clock that only waiting moves. */
function sinkTo(url: string, headers: [string, string][] = [], signal = new AbortController().signal) {
  const waits: number[] = [];
  const reasons: string[] = [];
  const send = createHttpSink({
    ...{ url, headers, fetch, signal },
    now: () => Date.UTC(2026, 0, 5),
    wait: async (ms) => void waits.push(ms),
    onRetry: (reason) => void reasons.push(reason),
  });
  return { send, waits, reasons };
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, row) => `{"row":${row}}`);
const ok = (_: number, response: ServerResponse) => response.writeHead(204).end();

test("posts rows as newline-delimited JSON with the headers given, at most 10,000 at a time and in order", async () => {
  const { url, requests } = await receiver(ok);
  const { send } = sinkTo(url, [["X-API-Key", "secret"]]);
  expect(await send(rowsOf(25_000))).toBe(25_000);
  expect(requests.map(({ rows }) => rows.length)).toEqual([10_000, 10_000, 5000]);
  expect(requests.flatMap(({ rows }) => rows)).toEqual(rowsOf(25_000));
  expect(requests[0]!.headers).toMatchObject({ "content-type": "application/x-ndjson", "x-api-key": "secret" });
});

test.each([429, 502, 503, 504])("tries again after %i, waiting twice as long each time", async (status) => {
  const { url, requests } = await receiver((number, response) => response.writeHead(number < 4 ? status : 200).end());
  const { send, waits, reasons } = sinkTo(url);
  expect(await send(rowsOf(3))).toBe(3);
  expect(waits).toEqual([500, 1000, 2000]);
  expect(reasons[0]).toContain(String(status));
  expect(requests.map(({ rows }) => rows)).toEqual([rowsOf(3), rowsOf(3), rowsOf(3), rowsOf(3)]);
});

test.each([
  ["7", 7000],
  ["Mon, 05 Jan 2026 00:00:20 GMT", 20_000],
  ["86400", 60_000],
  ["soon", 500],
])("honours Retry-After %j", async (value, delayMs) => {
  const { url } = await receiver((number, response) =>
    number === 1 ? response.writeHead(503, { "Retry-After": value }).end() : ok(number, response),
  );
  const { send, waits } = sinkTo(url);
  await send(rowsOf(1));
  expect(waits).toEqual([delayMs]);
});

test("a connection that breaks is tried again", async () => {
  const { url } = await receiver((number, response) => (number === 2 ? response.destroy() : ok(number, response)));
  const { send, reasons } = sinkTo(url);
  expect([await send(rowsOf(2)), await send(rowsOf(2))]).toEqual([2, 2]);
  expect(reasons).toHaveLength(1);
});

test("a batch that fails seven times is counted as not delivered, and the next one is tried", async () => {
  const { url, requests } = await receiver((number, response) => response.writeHead(number <= 7 ? 503 : 200).end());
  const { send } = sinkTo(url);
  expect(await send(rowsOf(5))).toBe(0);
  expect(requests).toHaveLength(7);
  expect(await send(rowsOf(5))).toBe(5);
});

test("interrupted, it tries once and no more", async () => {
  const { url, requests } = await receiver((_, response) => response.writeHead(503).end());
  const { send } = sinkTo(url, [], AbortSignal.abort());
  expect(await send(rowsOf(5))).toBe(0);
  expect(requests).toHaveLength(1);
});

test.each([
  [401, "no key"],
  [404, ""],
  [413, "too\nlarge"],
  [500, "oops"],
  [301, ""],
])("a %i is an error at once that says what the receiver said", async (status, body) => {
  const { url, requests } = await receiver((_, response) => response.writeHead(status, { Location: "/" }).end(body));
  const { send } = sinkTo(url, [["X-API-Key", "secret"]]);
  const error = await send(rowsOf(1)).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: "delivery_failed" });
  expect((error as Error).message).toContain(String(status));
  expect((error as Error).message).toContain(body.replace("\n", " "));
  expect((error as Error).message).not.toContain("secret");
  expect(requests).toHaveLength(1);
});

test("a URL where nobody has ever answered is an error after three tries", async () => {
  const { url } = await receiver(ok);
  for (const server of servers.splice(0)) server.close();
  const { send, waits } = sinkTo(url);
  await expect(send(rowsOf(1))).rejects.toMatchObject({
    code: "delivery_failed",
    message: expect.stringContaining("ECONNREFUSED"),
  });
  expect(waits).toEqual([500, 1000]);
});
