import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { fakeServices, NOW_MS } from "../../test/support/fake-services.ts";
import { memoryReceiver } from "../../test/support/memory-receiver.ts";
import { listenHttp } from "./http-server.ts";

const HOST = "127.0.0.1";
const request = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };

test("the second port has the same routes, keys and limits, and closes with the first", async () => {
  const services = { ...fakeServices(), receiver: memoryReceiver(NOW_MS) };
  const server = await listenHttp(services, { host: HOST, port: 0, otlpPort: 0 });
  const url = `http://${HOST}:${server.otlpPort}`;
  expect((await fetch(`${url}/v1/metrics`, request)).status).toBe(200);
  const { key } = services.keys.add("sender", ["ingest"]);
  services.clock.nowMs += 1000;
  expect((await fetch(`${url}/v1/metrics`, request)).status).toBe(401);
  const headers = { ...request.headers, authorization: `Bearer ${key}` };
  expect((await fetch(`${url}/v1/metrics`, { ...request, headers })).status).toBe(200);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.otlpPort!, HOST, () => socket.write("nonsense\r\n\r\n"));
    socket.once("data", (bytes) => resolve(bytes.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json/s);
  await server.close();
  await expect(fetch(`${url}/v1/metrics`, request)).rejects.toThrow();
});

test("a second port that is taken refuses the start, names it, and leaves nothing open", async () => {
  const other = createServer().listen(0, HOST);
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const start = listenHttp(fakeServices(), { host: HOST, port: 0, otlpPort: port });
  await expect(start).rejects.toThrow(`but ${HOST}:${port} is in use`);
  other.close();
});
