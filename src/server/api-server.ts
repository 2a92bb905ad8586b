// The type of the server that routes register on, and what the project adds to fastify's own types.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { KeyInfo, Scope } from "./keys.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a key must be allowed for this route; the server does not start when a route says nothing. */
    scope?: Scope | "public";
    /** The route answers with an endless stream: limits of parallel requests do not apply. */
    isStream?: boolean;
  }
  interface FastifyRequest {
    /** The key of the caller; null on public routes and on an open daemon. */
    key: KeyInfo | null;
  }
}

/** A fastify instance whose schemas are zod's. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
