import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type FakeServices, fakeServices } from "../../../test/support/fake-services.ts";
import { createApp } from "../index.ts";

let services: FakeServices;
let app: FastifyInstance;
let address: string;
beforeEach(async () => {
  services = fakeServices();
  app = await createApp(services, { maxStreams: 2 });
  await app.listen({ host: "127.0.0.1", port: 0 });
  address = `127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterEach(() => app.close());

/** Reads a stream of events until `count` of them have come. */
async function openStream(headers: Record<string, string> = {}, query = "") {
  const controller = new AbortController();
  const { signal } = controller;
  const response = await fetch(`http://${address}/api/v1/stream${query}`, { headers, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const frames = async (count: number): Promise<string[]> => {
    while (text.split("\n\n").length <= count) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
    return text.split("\n\n").slice(0, -1);
  };
  return { response, frames, cancel: () => controller.abort() };
}

describe("server-sent events", () => {
  test("begin with the status, carry what is published, and resume", async () => {
    const first = await openStream();
    expect(Object.fromEntries(first.response.headers)).toMatchObject({
      ...{ "content-type": "text/event-stream", "x-accel-buffering": "no", "cache-control": "no-store" },
      "x-content-type-options": "nosniff",
    });
    await first.frames(1);
    const id = services.events.publish("alert", { server: "a\nb" });
    services.events.publish("score", 2);
    expect(await first.frames(3)).toEqual([
      'retry: 3000\nevent: status\ndata: {"modelId":"tft_1"}',
      `id: ${id}\nevent: alert\ndata: {"server":"a\\nb"}`,
      `id: ${id + 1}\nevent: score\ndata: 2`,
    ]);
    first.cancel();
    const second = await openStream({ "last-event-id": String(id) });
    expect((await second.frames(2))[1]).toBe(`id: ${id + 1}\nevent: score\ndata: 2`);
    second.cancel();
    const third = await openStream({ "last-event-id": "7" }, "?types=alert");
    expect((await third.frames(2))[1]).toContain("event: reset");
    third.cancel();
  });

  test("open with a ticket, once, for as long as its key may listen", async () => {
    const { key, info } = services.keys.add("page", ["read"]);
    const post = { method: "POST", headers: { authorization: `Bearer ${key}` } };
    const issued = await fetch(`http://${address}/api/v1/stream/tickets`, post);
    const { ticket, expiresInMs } = (await issued.json()) as { ticket: string; expiresInMs: number };
    expect([issued.status, expiresInMs]).toEqual([201, 30_000]);
    const stream = await openStream({}, `?ticket=${ticket}`);
    expect((await stream.frames(1))[0]).toContain("event: status");
    const again = await fetch(`http://${address}/api/v1/stream?ticket=${ticket}`);
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([401, "unauthenticated"]);
    services.keys.revoke(info.id);
    expect((await stream.frames(9)).at(-1)).toBe("event: bye\ndata: {}");
  });

  test("are so many for one key, and others are not held up", async () => {
    await app.close();
    services = fakeServices();
    app = await createApp(services, { streamsPerKey: 2 });
    await app.listen({ host: "127.0.0.1", port: 0 });
    address = `127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const [mine, other] = ["mine", "other"].map((name) => services.keys.add(name, ["read"]).key);
    const as = (key: string | undefined) => ({ authorization: `Bearer ${key}` });
    const streams = [await openStream(as(mine)), await openStream(as(mine)), await openStream(as(other))];
    expect(streams.map(({ response }) => response.status)).toEqual([200, 200, 200]);
    const refused = await fetch(`http://${address}/api/v1/stream`, { headers: as(mine) });
    expect([refused.status, refused.headers.has("retry-after"), (await refused.json()) as object]).toMatchObject([
      503,
      true,
      { code: "too_many_streams" },
    ]);
    expect((await openSocket({ headers: as(mine) })).status).toBe(503);
    streams[0]!.cancel();
    await vi.waitFor(async () => {
      const next = await openSocket({ headers: as(mine) });
      expect(next.status).toBe(0);
      next.socket.close();
    });
    for (const { cancel } of streams) cancel();
  });

  test("say when there is no model, and have no forecast", async () => {
    services.model = null;
    const stream = await openStream();
    expect((await stream.frames(1))[0]).toContain('"code":"model_unavailable"');
    stream.cancel();
  });

  test("come by type, and free their place when they go", async () => {
    const stream = await openStream({}, "?types=alert");
    await stream.frames(1);
    services.events.publish("score", 1);
    services.events.publish("alert", 2);
    expect((await stream.frames(2))[1]).toContain("event: alert");
    const second = await openStream();
    const refused = await fetch(`http://${address}/api/v1/stream`);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, "overloaded"]);
    for (const one of [stream, second]) one.cancel();
    await vi.waitFor(() => expect(services.events.status().listeners).toBe(0));
  });

  test("a client that does not read costs a bounded queue and is ended", async () => {
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
    await vi.waitFor(() => expect(services.events.status().listeners).toBe(1));
    socket.pause();
    const data = "x".repeat(100_000);
    for (let n = 0; n < 400; n++) {
      services.events.publish("tick", data);
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(services.events.status().dropped).toBeGreaterThan(200);
    services.clock.nowMs += 31_000;
    await vi.waitFor(() => expect(services.events.status()).toMatchObject({ listeners: 0, ended: { slow: 1 } }), 5000);
    socket.destroy();
  });

  test("end with bye when the server closes", async () => {
    const stream = await openStream();
    await stream.frames(1);
    await app.close();
    expect((await stream.frames(9)).at(-1)).toBe("event: bye\ndata: {}");
  });
});

/** A WebSocket with what it received. */
async function openSocket(options: object = {}, query = "") {
  const socket = new WebSocket(`ws://${address}/api/v1/ws${query}`, options);
  const messages: { type: string; data: unknown }[] = [];
  socket.on("message", (bytes) => messages.push(JSON.parse(String(bytes))));
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  const refused = new Promise<number>((resolve) => {
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode!));
    socket.on("open", () => resolve(0));
  });
  return { socket, messages, closed, status: await refused };
}

describe("WebSocket", () => {
  test("carries the same events, of the types that the client wants", async () => {
    const { socket, messages, closed } = await openSocket();
    await vi.waitFor(() => expect(messages).toEqual([{ type: "status", data: { modelId: "tft_1" } }]));
    const id = services.events.publish("alert", { a: 1 });
    await vi.waitFor(() => expect(messages[1]).toEqual({ id, type: "alert", data: { a: 1 } }));
    socket.send('{"subscribe":["score"]}');
    await vi.waitFor(() => {
      services.events.publish("alert", 0);
      services.events.publish("score", 0);
      expect(messages.slice(-2).map(({ type }) => type)).toEqual(["score", "score"]);
    });
    socket.close();
    await closed;
    await vi.waitFor(() => expect(services.events.status().listeners).toBe(0));
  });

  test("resumes, or says reset", async () => {
    const id = services.events.publish("alert", 1);
    services.events.publish("alert", 2);
    const { socket, messages } = await openSocket({}, `?lastEventId=${id}`);
    await vi.waitFor(() => expect(messages[1]).toMatchObject({ type: "alert", data: 2 }));
    const other = await openSocket({}, "?lastEventId=1");
    await vi.waitFor(() => expect(other.messages[1]).toMatchObject({ type: "reset" }));
    for (const one of [socket, other.socket]) one.close();
  });

  test.each(["not json", "{}", '{"subscribe":[1]}', Buffer.from("{}")])("%s ends it", async (message) => {
    const { socket, closed } = await openSocket();
    socket.send(message);
    expect(await closed).toBe(1008);
  });

  test("a message beyond 64 KiB ends it with 1009, and closing the server with 1001", async () => {
    const large = await openSocket();
    large.socket.send("x".repeat(70_000));
    expect(await large.closed).toBe(1009);
    const other = await openSocket();
    const closing = app.close();
    expect(await other.closed).toBe(1001);
    await closing;
  });

  test("opens with a ticket, once, and not for a foreign page", async () => {
    const { key } = services.keys.add("page", ["read"]);
    const post = { method: "POST", headers: { authorization: `Bearer ${key}` } };
    const issue = async () =>
      ((await (await fetch(`http://${address}/api/v1/stream/tickets`, post)).json()) as { ticket: string }).ticket;
    const ticket = await issue();
    const { status, socket, closed } = await openSocket({}, `?ticket=${ticket}`);
    expect(status).toBe(0);
    expect((await openSocket({}, `?ticket=${ticket}`)).status).toBe(401);
    expect((await openSocket({ origin: "http://evil.example" }, `?ticket=${await issue()}`)).status).toBe(403);
    socket.close();
    await closed;
  });

  test("is refused before the upgrade to foreign pages, without a key, and beyond the limit", async () => {
    expect((await openSocket({ origin: "http://evil.example" })).status).toBe(403);
    const mine = await openSocket({ origin: `http://${address}` });
    const second = await openSocket();
    expect([mine.status, second.status, (await openSocket()).status]).toEqual([0, 0, 503]);
    const { key, info } = services.keys.add("k", ["read"]);
    services.clock.nowMs += 1000;
    // Streams that were open to everyone end with the first key.
    expect(await mine.closed).toBe(1008);
    await second.closed;
    expect((await openSocket()).status).toBe(401);
    const keyed = await openSocket({ headers: { authorization: `Bearer ${key}` } });
    expect(keyed.status).toBe(0);
    services.keys.revoke(info.id);
    expect(await keyed.closed).toBe(1008);
  });
});

test("an answer that comes while the server closes ends its connection", async () => {
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  const head = `POST /api/v1/rows HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
  await new Promise<void>((resolve) => void socket.write(`${head}[`, () => resolve()));
  const answer = new Promise<string>((resolve) => socket.on("data", (bytes) => resolve(String(bytes))));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = app.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.write("]");
  expect((await answer).toLowerCase()).toMatch(/^http\/1\.1 200.*\r\nconnection: close\r\n/s);
  await closing;
});

test("a body that is too large is answered, not cut off", async () => {
  const body = gzipSync(Buffer.alloc(1 << 28, 32));
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const bomb = await fetch(`http://${address}/api/v1/rows`, { method: "POST", body, headers });
  expect([bomb.status, ((await bomb.json()) as { code: string }).code]).toEqual([413, "body_too_large"]);
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.write(
    `POST /api/v1/rows HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
  );
  socket.on("error", () => undefined);
  const answer = new Promise<string>((resolve) => socket.on("data", (bytes) => resolve(String(bytes))));
  for (let n = 0; n < 9; n++) socket.write(Buffer.alloc(1 << 20, 32));
  expect(await answer).toContain("413");
  socket.destroy();
});
