// The HTTP server of the daemon: bound only where that is allowed, closed within a bounded time.
import type { AddressInfo } from "node:net";
import { ForewarnError, fileError } from "../base/index.ts";
import { assertBindAllowed, createApp, type ServerOptions, type Services } from "../server/index.ts";
import type { HttpServer } from "./daemon.ts";

/** Requests that run may take so long when the server closes. */
const CLOSE_MS = 10_000;

/**
 * Serves on an address.
 * @throws ForewarnError `usage_invalid` for an address beyond this machine without API keys; the system's error when the
 *   port is taken.
 */
export async function listenHttp(
  services: Services,
  { host, port }: { host: string; port: number },
  options: ServerOptions = {},
): Promise<HttpServer> {
  assertBindAllowed(host, services.keys);
  const app = await createApp(services, options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw addressError(error, host, port);
  }
  const address = app.server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
      await app.close();
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
