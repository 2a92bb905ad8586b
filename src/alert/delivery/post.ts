// One POST to a target that is not trusted: a checked address, short time limits, no redirects, no proxy, and nothing of
// the answer but its status and Retry-After. Its body is not read at all.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { checkTarget, guardedLookup, type ResolveHost } from "./target.ts";

/** taken: 2xx. refused: it will never take this. failed: try again, not before `retryAfterMs` if given. */
export type PostOutcome =
  | { kind: "taken" }
  | { kind: "refused"; reason: string }
  | { kind: "failed"; reason: string; retryAfterMs: number | null };

/** Where and how one destination is called. */
export interface PostTarget {
  /** Name of the destination, for messages. */
  name: string;
  url: string;
  allowPrivate: boolean;
  /** Sent with every request, unless a header of the same name is ours. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Certificates (PEM) of the authorities to trust for https instead of the usual ones. */
  ca?: string | undefined;
}

/** Sends a JSON body and says how that went; it never throws. */
export type Post = (
  target: PostTarget,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<PostOutcome>;

/** What {@link createPost} needs of the world. */
export interface PostOptions {
  resolve: ResolveHost;
  /** Epoch milliseconds, for dates in Retry-After. */
  now: () => number;
  connectTimeoutMs?: number;
  totalTimeoutMs?: number;
}

const RETRIED_STATUSES = [408, 429];

/** Makes the real {@link Post}. Every call resolves the name anew and opens a connection of its own. */
export function createPost(options: PostOptions): Post {
  return async (target, headers, body) => {
    try {
      const response = await answerOf(target, headers, body, options);
      return outcomeOf(response, options.now());
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return {
        kind: "failed",
        reason: code === undefined || code === "target_refused" ? message : code,
        retryAfterMs: null,
      };
    }
  };
}

/** The status line and headers of the answer. */
function answerOf(
  { name, url, allowPrivate, headers: common = {}, ca }: PostTarget,
  headers: Readonly<Record<string, string>>,
  body: string,
  { resolve, connectTimeoutMs = 2000, totalTimeoutMs = 5000 }: PostOptions,
): Promise<Pick<IncomingMessage, "statusCode" | "headers">> {
  const target = checkTarget(name, url, allowPrivate);
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((answered, failed) => {
    const request = send(target, {
      method: "POST",
      agent: false,
      lookup: guardedLookup(resolve, allowPrivate),
      ...(ca !== undefined && { ca }),
      headers: {
        ...lowerCased(common),
        ...headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    const stop = (what: string, ms: number) =>
      setTimeout(() => request.destroy(new Error(`${what} within ${ms} ms`)), ms);
    const total = stop("no answer", totalTimeoutMs);
    const connecting = stop("no connection", connectTimeoutMs);
    const connected = target.protocol === "https:" ? "secureConnect" : "connect";
    request.on("socket", (socket) => socket.once(connected, () => clearTimeout(connecting)));
    request.on("response", (response) => {
      answered({ statusCode: response.statusCode, headers: response.headers });
      response.destroy();
    });
    request.on("error", failed);
    request.on("close", () => {
      clearTimeout(total);
      clearTimeout(connecting);
    });
    request.end(body);
  });
}

/** Names in lower case, so that one of ours takes the place of the same name. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function outcomeOf(
  { statusCode = 0, headers }: Pick<IncomingMessage, "statusCode" | "headers">,
  nowMs: number,
): PostOutcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: "taken" };
  const reason = statusCode >= 300 && statusCode < 400 ? `${statusCode} (redirects are not followed)` : `${statusCode}`;
  const isRefused = statusCode >= 400 && statusCode < 500 && !RETRIED_STATUSES.includes(statusCode);
  if (isRefused) return { kind: "refused", reason };
  return { kind: "failed", reason, retryAfterMs: parseRetryAfter(headers["retry-after"], nowMs) };
}

/** Retry-After in seconds or as a date, as a delay; null without one that can be read. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.max(0, delayMs) : null;
}
