// One HTTP request to a database that the user named: a whole answer within its time and size, or an error that says
// which. Redirects are not followed, so that credentials go only where they were meant to go.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { createGunzip } from "node:zlib";

/** A request as the client makes it. */
export interface WireRequest {
  method: "GET" | "POST";
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Of a POST: encoded form fields, or bytes of the type that the headers name. */
  body: string | Uint8Array | null;
  /** Time for the connection to stand. */
  connectTimeoutMs: number;
  /** Time for the whole answer. */
  timeoutMs: number;
  /** Largest answer, decompressed. */
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/** An answer of any status. */
export interface WireAnswer {
  status: number;
  retryAfter: string | undefined;
  location: string | undefined;
  text: string;
}

/** Sends a request. @throws TransportError, or the signal's reason. */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

/** network: nobody answered. time: the answer took too long. size: it was too large. */
export class TransportError extends Error {
  readonly kind: "network" | "time" | "size";

  constructor(kind: TransportError["kind"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TransportError";
    this.kind = kind;
  }
}

/**
 * Makes the transport of a process; connections are kept and used again.
 * @param certificates PEM of the authorities to trust instead of the usual ones.
 * @param lookup Finds the addresses of hosts, and may refuse them.
 */
export function httpTransport(certificates?: string, lookup?: LookupFunction): Transport {
  const common = { keepAlive: true, ...(lookup !== undefined && { lookup }) };
  const http = new HttpAgent(common);
  const https = new HttpsAgent({ ...common, ...(certificates !== undefined && { ca: certificates }) });
  return (wire) =>
    new Promise((answered, failed) => {
      const isSecure = wire.url.startsWith("https:");
      const options = { method: wire.method, headers: headersOf(wire), agent: isSecure ? https : http };
      const request = isSecure ? httpsRequest(wire.url, options) : httpRequest(wire.url, options);
      const stop = (kind: "network" | "time", what: string, ms: number) =>
        setTimeout(() => request.destroy(new TransportError(kind, `${what} within ${ms / 1000} s`)), ms);
      const total = stop("time", "no complete answer", wire.timeoutMs);
      const connecting = stop("network", "no connection", wire.connectTimeoutMs);
      const abort = () => request.destroy(wire.signal?.reason);
      wire.signal?.addEventListener("abort", abort, { once: true });
      if (wire.signal?.aborted) abort();
      request.on("socket", (socket) => {
        if (!socket.connecting) clearTimeout(connecting);
        else socket.once(isSecure ? "secureConnect" : "connect", () => clearTimeout(connecting));
      });
      request.on("error", (error) => failed(wire.signal?.aborted ? wire.signal.reason : transportError(error)));
      request.on("close", () => {
        clearTimeout(total);
        clearTimeout(connecting);
        wire.signal?.removeEventListener("abort", abort);
      });
      request.on("response", (response) => {
        clearTimeout(connecting);
        readText(response, wire.maxBytes).then(
          (text) => {
            const { location, "retry-after": retryAfter } = response.headers;
            answered({ status: response.statusCode ?? 0, retryAfter, location, text });
          },
          (error: unknown) => {
            // What destroyed the request is the reason, not the end of its answer.
            const reason = request.errored ?? error;
            request.destroy();
            failed(wire.signal?.aborted ? wire.signal.reason : transportError(reason));
          },
        );
      });
      request.end(wire.body ?? undefined);
    });
}

function headersOf({ body, headers }: WireRequest): Record<string, string | number> {
  const common = { ...headers, accept: "application/json", "accept-encoding": "gzip" };
  if (body === null) return common;
  const form = typeof body === "string" && { "content-type": "application/x-www-form-urlencoded" };
  return { ...common, ...form, "content-length": Buffer.byteLength(body) };
}

/** Reads to the end, or throws as soon as there is more than `maxBytes`. */
async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const isPacked = response.headers["content-encoding"] === "gzip";
  // A response that breaks off must break the reader of what it held; `pipe` alone would leave it waiting.
  const unpacked = createGunzip();
  if (isPacked) response.on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of isPacked ? unpacked : response) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new TransportError("size", `an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function transportError(error: unknown): unknown {
  if (error instanceof TransportError || !(error instanceof Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isNamed = code === undefined || message.includes(code);
  return new TransportError("network", isNamed ? message : `${code}: ${message}`, error);
}
