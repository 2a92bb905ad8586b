// What comes over a connection and never becomes a request: no HTTP, headers without end, or nothing at all in time.
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode } from "../base/index.ts";
import { titleOf } from "./problems.ts";

interface Refusal {
  status: number;
  code: ErrorCode;
  detail: string;
}

/**
 * Answers with a problem document and ends the connection. One that was opened ahead of its request and not used is ended
 * without a word: an answer to nothing would be taken for that of the next request. A request that did not arrive in time is
 * answered with 503 and not 408: senders repeat the one and drop the data of the other.
 */
export function answerClientError({ code }: { code?: string | undefined }, socket: Socket): void {
  const isLate = code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (code !== "ECONNRESET" && socket.writable && !(isLate && socket.bytesRead === 0)) {
    socket.write(answerText(refusalOf(code, isLate)));
  }
  socket.destroy();
}

function refusalOf(code: string | undefined, isLate: boolean): Refusal {
  if (isLate) return { status: 503, code: "overloaded", detail: "request: Expected all of it in time, got a part" };
  if (code === "HPE_HEADER_OVERFLOW") {
    return { status: 431, code: "request_invalid", detail: "headers: Expected fewer or shorter ones" };
  }
  return { status: 400, code: "request_invalid", detail: "request: Expected HTTP/1.1, got something else" };
}

function answerText({ status, code, detail }: Refusal): string {
  const body = JSON.stringify({ type: `/problems/${code}`, title: titleOf(code), status, detail, code });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    "x-content-type-options: nosniff",
    "cache-control: no-store",
    ...(status === 503 ? ["retry-after: 5"] : []),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
