// A second port for the routes of a server, with the same limits, for senders that look for it where their protocol has its
// default. Streams by WebSocket stay with the first.
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { answerClientError } from "./client-errors.ts";
import { HTTP_LIMITS } from "./options.ts";

/** A listening port. */
export interface SecondListener {
  port: number;
  /** Takes no new connections; resolves when the requests that run are answered. */
  close(): Promise<void>;
  /** Ends all connections. */
  closeAll(): void;
}

/**
 * Listens on another port for a server that is ready.
 * @throws The system's error when the port is taken.
 */
export async function listenBeside(
  app: Pick<FastifyInstance, "routing">,
  { host, port }: { host: string; port: number },
): Promise<SecondListener> {
  const { requestTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes, maxConnections } = HTTP_LIMITS;
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: headersTimeoutMs };
  const limits = { ...timeouts, keepAliveTimeout: keepAliveTimeoutMs, maxHeaderSize: maxHeaderBytes };
  const server = createServer(limits, (request, response) => app.routing(request, response));
  server.maxConnections = maxConnections;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    closeAll: () => server.closeAllConnections(),
  };
}
