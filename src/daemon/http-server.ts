// The HTTP server of the daemon: bound only where that is allowed, closed within a bounded time.
import type { AddressInfo } from "node:net";
import { ForewarnError, fileError } from "../base/index.ts";
import {
  assertBindAllowed,
  createApp,
  listenBeside,
  type SecondListener,
  type ServerOptions,
  type Services,
} from "../server/index.ts";
import type { HttpServer } from "./daemon.ts";

/** Requests that run may take so long when the server closes. */
const CLOSE_MS = 10_000;

/** Where the server listens. */
export interface ListenAddress {
  host: string;
  port: number;
  /** A second port, for senders of OTLP; the routes are the same. Null is none. */
  otlpPort?: number | null;
}

/** The server that {@link listenHttp} starts. */
export interface ListeningServer extends HttpServer {
  /** The second port; null without one. */
  otlpPort: number | null;
}

/**
 * Serves on an address.
 * @throws ForewarnError `usage_invalid` for an address beyond this machine without API keys; the system's error when the
 *   port is taken.
 */
export async function listenHttp(
  services: Services,
  { host, port, otlpPort = null }: ListenAddress,
  options: ServerOptions = {},
): Promise<ListeningServer> {
  assertBindAllowed(host, services.keys);
  const app = await createApp(services, options);
  let tried = port;
  let second: SecondListener | null = null;
  try {
    await app.listen({ host, port });
    if (otlpPort !== null) {
      tried = otlpPort;
      second = await listenBeside(app, { host, port: otlpPort });
    }
  } catch (error) {
    await app.close();
    throw addressError(error, host, tried);
  }
  const address = app.server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    otlpPort: second?.port ?? null,
    async close() {
      const endAll = (): void => {
        app.server.closeAllConnections();
        second?.closeAll();
      };
      const timer = setTimeout(endAll, CLOSE_MS);
      await Promise.all([app.close(), second?.close()]);
      clearTimeout(timer);
    },
  };
}

function addressError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EADDRNOTAVAIL" && code !== "EACCES") return fileError(error, host);
  const reason = { EADDRINUSE: "is in use", EADDRNOTAVAIL: "is not of this machine", EACCES: "needs more rights" }[
    code
  ];
  return new ForewarnError("usage_invalid", `server: Expected a free address, but ${host}:${port} ${reason}`, {
    hint: "stop the other process, or choose another --port or --host",
    cause: error,
  });
}
