// An HTTP server that takes what is delivered to it, or misbehaves as told.
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface SinkRequest {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A status to answer with, or what to do with the response: nothing at all hangs. */
export type SinkAnswer = number | ((response: ServerResponse) => void);

/** A running sink on the loopback. */
export interface Sink {
  url: string;
  requests: SinkRequest[];
  /** Answers of the next requests; 200 when there are none left. */
  answers: SinkAnswer[];
  close(): Promise<void>;
}

/** Starts a sink on a free port. @param tls Certificate and key (PEM); plain HTTP without. */
export async function startSink(tls?: { cert: string; key: string }): Promise<Sink> {
  const requests: SinkRequest[] = [];
  const answers: SinkAnswer[] = [];
  const take: RequestListener = (request, response) => {
    let body = "";
    request.on("data", (bytes: Buffer) => {
      body += bytes.toString();
    });
    request.on("end", () => {
      requests.push({ url: request.url!, headers: request.headers, body });
      const answer = answers.shift() ?? 200;
      if (typeof answer === "number") response.writeHead(answer).end();
      else answer(response);
    });
  };
  const server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
