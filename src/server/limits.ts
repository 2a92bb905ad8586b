// How much one key, or one address without a key, may ask for: requests at the same time, and requests a minute.
import type { FastifyReply, FastifyRequest } from "fastify";
import { ForewarnError } from "../base/index.ts";
import type { ApiServer } from "./api-server.ts";
import type { ResolvedServerOptions } from "./options.ts";

/** Requests of one caller that may wait for their turn. */
const MOST_WAITING = 64;

/**
 * Makes the hook that lets so many requests of a caller run at the same time, counted apart for ingestion and everything
 * else; a page of many panels waits for its turn, before any body is read. Beyond that the answer is 503 and not 429:
 * senders repeat the one and drop the data of the other.
 */
export function createParallelHook({ parallelIngest, parallelQueries }: ResolvedServerOptions) {
  const gates = new Map<string, Gate>();
  return async (request: FastifyRequest, { raw }: FastifyReply): Promise<void> => {
    const { scope, isStream } = request.routeOptions.config;
    if (scope === undefined || scope === "public" || isStream) return;
    const isIngest = scope === "ingest";
    const caller = `${isIngest ? "ingest" : "query"} ${callerOf(request)}`;
    const gate = gates.get(caller) ?? createGate(isIngest ? parallelIngest : parallelQueries);
    gates.set(caller, gate);
    let [isInside, isOver] = [false, false];
    const leave = (): void => {
      if (isInside && !isOver && gate.leave() === 0) gates.delete(caller);
      isOver = true;
    };
    // A connection that breaks closes without finishing.
    raw.once("finish", leave);
    raw.once("close", leave);
    await gate.enter();
    isInside = true;
    if (!isOver) return;
    // It closed while it waited.
    isOver = false;
    leave();
    throw overloaded("as many requests as it waits for");
  };
}

interface Gate {
  /** Resolves when it is the caller's turn. @throws ForewarnError `overloaded` when too many wait. */
  enter(): Promise<void>;
  /** Hands the place on. @returns How many are inside. */
  leave(): number;
}

function createGate(most: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (inside < most) inside++;
      else if (waiting.length >= MOST_WAITING) throw overloaded(`${most} requests at a time`);
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) inside--;
      else next();
      return inside;
    },
  };
}

/** Limits the requests of a minute on every route that comes after, but for those with `rateLimit: false`. */
export async function limitRate(app: ApiServer, { requestsPerMinute }: ResolvedServerOptions): Promise<void> {
  const { default: rateLimit } = await import("@fastify/rate-limit");
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: callerOf,
    errorResponseBuilder: () => overloaded(`${requestsPerMinute} requests a minute`),
  });
}

function callerOf({ key, socket }: FastifyRequest): string {
  return key?.id ?? socket.remoteAddress ?? "local";
}

function overloaded(limit: string): ForewarnError {
  return new ForewarnError("overloaded", `requests: Expected at most ${limit} of one caller, got more`);
}
