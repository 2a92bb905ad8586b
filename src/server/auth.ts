// Who may call what: one hook for every route. Each route declares the scope that it needs.
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { ForewarnError } from "../base/index.ts";
import { hasScope, type KeyInfo, type KeyRing } from "./keys.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { TicketOffice } from "./tickets.ts";

const LONGEST_AUTHORIZATION = 512;
const REFRESH_MS = 500;

/** Stops the start of a server with a route that does not say who may call it. */
export function requireDeclaredScope({ method, url, config }: RouteOptions): void {
  if (config?.scope === undefined) throw new Error(`route ${String(method)} ${url}: Expected config.scope, got none`);
}

/**
 * Makes the hook that lets a request through or throws `unauthenticated`, `forbidden` or `origin_refused`. Without any
 * key the daemon is open, but only to callers from this machine that call it by a name of this machine, so that no web
 * page can reach it by a name of its own.
 */
export function createAuthHook(
  keys: KeyRing,
  tickets: TicketOffice,
  { allowedOrigins }: ResolvedServerOptions,
  now: () => number,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  let refreshedMs = Number.NEGATIVE_INFINITY;
  return async (request) => {
    request.key = null;
    const scope = request.routeOptions.config.scope;
    // Unknown paths are answered with 404 to everyone.
    if (scope === "public" || scope === undefined) return;
    if (now() - refreshedMs >= REFRESH_MS || now() < refreshedMs) {
      keys.refresh();
      refreshedMs = now();
    }
    const ticket = request.routeOptions.config.isStream ? ticketOf(request) : undefined;
    const issued = ticket === undefined ? undefined : tickets.redeem(ticket);
    if (keys.isEmpty()) assertLocal(request);
    else {
      request.key =
        ticket === undefined ? identify(keys, request.headers.authorization) : holderOf(keys, issued?.keyId ?? null);
      if (!hasScope(request.key, scope)) {
        throw new ForewarnError("forbidden", `key ${request.key.name}: Expected the scope ${scope}, got others`);
      }
    }
    if (!isSafe(request.method) || request.headers.upgrade !== undefined) assertOrigin(request, allowedOrigins);
  };
}

/** Whether the key of a stream may still be used. */
export function isStillAllowed(keys: KeyRing, key: KeyInfo | null): boolean {
  return key === null ? keys.isEmpty() : keys.isUsable(key.id);
}

/** @throws ForewarnError `usage_invalid` for an address beyond this machine while there is no key. */
export function assertBindAllowed(host: string, keys: KeyRing): void {
  if (isLoopback(host) || keys.hasUsable()) return;
  throw new ForewarnError("usage_invalid", `host: Expected an address of this machine without API keys, got ${host}`, {
    hint: "make a key with `forewarn keys add`, or bind to 127.0.0.1",
  });
}

function identify(keys: KeyRing, authorization: string | undefined): KeyInfo {
  const key = authorization === undefined ? null : keys.find(keyOf(authorization));
  if (key !== null) return key;
  const got = authorization === undefined ? "none" : "one that is unknown, expired or revoked";
  throw new ForewarnError("unauthenticated", `authorization: Expected an API key, got ${got}`);
}

/** The ticket in the URL; empty for what cannot be one. */
function ticketOf({ query }: FastifyRequest): string | undefined {
  const { ticket } = query as Record<string, unknown>;
  return ticket === undefined || typeof ticket === "string" ? ticket : "";
}

/** The key that a ticket was issued to. */
function holderOf(keys: KeyRing, keyId: string | null): KeyInfo {
  const key = keys.list().find(({ id }) => id === keyId);
  if (key !== undefined && keys.isUsable(key.id)) return key;
  throw new ForewarnError("unauthenticated", "ticket: Expected a new one, got one that is unknown, spent or too old", {
    hint: "get one with POST /api/v1/stream/tickets",
  });
}

/** The key in `Bearer KEY`, or the password in `Basic base64(USER:KEY)`. */
function keyOf(authorization: string): string {
  if (authorization.length > LONGEST_AUTHORIZATION) return "";
  const [scheme, value = ""] = authorization.split(/ +/, 2);
  if (/^bearer$/i.test(scheme!)) return value;
  if (!/^basic$/i.test(scheme!)) return "";
  const text = Buffer.from(value, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

function assertLocal({ socket, headers }: FastifyRequest): void {
  const isLocalName = isLoopback(hostName(headers.host ?? ""));
  if (isLoopback(socket.remoteAddress ?? "127.0.0.1") && isLocalName) return;
  throw new ForewarnError("unauthenticated", "a daemon without API keys answers only on this machine", {
    hint: "make a key with `forewarn keys add`",
  });
}

function assertOrigin({ headers, protocol }: FastifyRequest, allowed: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined) {
    const site = headers["sec-fetch-site"];
    if (site === undefined || site === "same-origin" || site === "none") return;
  } else if (origin === `${protocol}://${headers.host}` || allowed.includes(origin)) return;
  throw new ForewarnError("origin_refused", "origin: Expected the daemon's own, got a foreign page's");
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function hostName(host: string): string {
  return host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d+$/, "");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(host);
}
