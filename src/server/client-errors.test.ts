import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { fakeServices } from "../../test/support/fake-services.ts";
import { answerClientError } from "./client-errors.ts";
import { createApp } from "./index.ts";

test.each([
  ["no HTTP", "nonsense\r\n\r\n", 400],
  ["two lengths", "POST /api/v1/rows HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
  ["headers without end", `GET /api/v1/fleet HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, 431],
])("%s is answered with a problem, and the connection ends", async (_, text, status) => {
  const app = await createApp(fakeServices());
  await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes;
  });
  socket.write(text);
  await new Promise((resolve) => socket.on("close", resolve));
  const [head, body] = answer.split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\ncontent-type: application/problem\\+json\r\n`));
  expect(JSON.parse(body!)).toMatchObject({ status, code: "request_invalid" });
  await app.close();
});

/** What a connection is told when its time is over after so many bytes. */
function toldAfter(bytesRead: number, code = "ERR_HTTP_REQUEST_TIMEOUT"): string {
  let told = "";
  let isEnded = false;
  const socket = {
    ...{ writable: true, bytesRead },
    write: (text: string) => {
      told += text;
    },
    destroy: () => {
      isEnded = true;
    },
  };
  answerClientError({ code }, socket as unknown as Socket);
  expect(isEnded).toBe(true);
  return told;
}

test("a connection that was opened ahead ends without a word; half a request is to be sent again", () => {
  expect(toldAfter(0)).toBe("");
  expect(toldAfter(10, "ECONNRESET")).toBe("");
  expect(toldAfter(10)).toMatch(/^HTTP\/1.1 503 .*\r\nretry-after: 5\r\n.*"code":"overloaded"/s);
});
