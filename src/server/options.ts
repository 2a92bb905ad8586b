// Settings of the HTTP server that do not depend on the daemon behind it.
import type { FastifyServerOptions } from "fastify";

/** Options of {@link createApp}. */
export interface ServerOptions {
  /** Where structured logs go; none by default. Keys are redacted. */
  logger?: FastifyServerOptions["logger"];
  /** Told of every error that is a fault of Forewarn itself; the client sees only the request's identifier. */
  onInternalError?: (error: unknown, request: { id: string; method: string; route: string }) => void;
  /** Foreign origins whose pages may change things and open a WebSocket, such as `https://ops.example`. */
  allowedOrigins?: readonly string[];
  /** Requests of one key, or of one address without a key, in a minute. */
  requestsPerMinute?: number;
  /** Requests of one key, or address, that may run at the same time; some more wait. */
  parallelIngest?: number;
  parallelQueries?: number;
  /** Attributes of OTLP's resources that become labels of every series, by their OTLP names. */
  promote?: readonly string[];
  /** Streams in all, SSE and WebSocket. */
  maxStreams?: number;
  /** Streams of one key; without keys only {@link maxStreams} counts. */
  streamsPerKey?: number;
  /** Checks every answer against its schema; for tests. */
  validateResponses?: boolean;
}

/** Options with their defaults. */
export type ResolvedServerOptions = Required<ServerOptions>;

/** Fills in the defaults. */
export function resolveOptions(options: ServerOptions): ResolvedServerOptions {
  return {
    logger: false,
    onInternalError: () => undefined,
    allowedOrigins: [],
    requestsPerMinute: 60_000,
    parallelIngest: 32,
    parallelQueries: 8,
    promote: [],
    maxStreams: 500,
    streamsPerKey: 20,
    validateResponses: false,
    ...options,
  };
}

/** Limits of connections and requests, against clients that are slow or send too much. */
export const HTTP_LIMITS = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxConnections: 2000,
  maxHeaderBytes: 16 * 1024,
  /** Of every route but ingestion. */
  maxBodyBytes: 64 * 1024,
  maxParameterLength: 512,
} as const;
