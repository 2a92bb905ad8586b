import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compressAnswer } from "./compress.ts";

const LONG = JSON.stringify(Array.from({ length: 5000 }, (_, at) => at));
let app: FastifyInstance;

beforeEach(() => {
  app = fastify();
  app.addHook("onSend", compressAnswer);
  app.get("/long", (_, reply) => reply.type("application/json").header("etag", '"one"').send(LONG));
  app.get("/short", (_, reply) => reply.type("application/json").send("[]"));
  app.get("/stream", (_, reply) => reply.type("text/csv").send(Readable.from([LONG, LONG])));
  app.get("/picture", (_, reply) => reply.type("image/png").send(Buffer.alloc(10_000)));
  app.get("/part", (_, reply) => reply.code(206).type("text/css").send(LONG));
});
afterEach(() => app.close());

const get = (url: string, accepted?: string) =>
  app.inject({ method: "GET", url, headers: accepted === undefined ? {} : { "accept-encoding": accepted } });

test.each(["gzip", "deflate, GZIP;q=0.5", "*", "br, *;q=0.1"])(
  "a large answer is compressed for %s",
  async (accepted) => {
    const { headers, rawPayload } = await get("/long", accepted);
    expect(headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding", etag: 'W/"one"' });
    expect(Number(headers["content-length"])).toBe(rawPayload.length);
    expect(gunzipSync(rawPayload).toString()).toBe(LONG);
  },
);

test.each([undefined, "br", "gzip;q=0", "identity, *;q=0"])("and left as it is for %s", async (accepted) => {
  const { headers, body } = await get("/long", accepted);
  expect(headers["content-encoding"]).toBeUndefined();
  expect(headers).toMatchObject({ vary: "accept-encoding", etag: '"one"' });
  expect(body).toBe(LONG);
});

test("a stream is compressed as it comes", async () => {
  expect(gunzipSync((await get("/stream", "gzip")).rawPayload).toString()).toBe(LONG + LONG);
});

test.each(["/short", "/picture", "/part"])("%s is not worth it or not possible", async (url) => {
  expect((await get(url, "gzip")).headers["content-encoding"]).toBeUndefined();
});
