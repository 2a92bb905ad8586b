// What is new, as it happens: server-sent events (WHATWG HTML 9.2), and the same events over a WebSocket.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import { isStillAllowed } from "../auth.ts";
import type { EventSink, StreamEvent } from "../events.ts";
import type { KeyInfo } from "../keys.ts";
import type { ResolvedServerOptions } from "../options.ts";
import { answers } from "../schemas.ts";
import type { Services } from "../services.ts";
import type { TicketOffice } from "../tickets.ts";

const RETRY_MS = 3000;

/** What a ticket is for, in the parameters of both streams. */
export const ticketParameter = z
  .string()
  .max(64)
  .optional()
  .describe("Instead of a key, from POST /api/v1/stream/tickets: for clients that cannot send headers");

/** Registers the routes of server-sent events and of tickets. */
export function registerStream(
  app: ApiServer,
  services: Services,
  tickets: TicketOffice,
  settings: ResolvedServerOptions,
): void {
  const { events, keys } = services;
  app.post(
    "/api/v1/stream/tickets",
    {
      config: { scope: "read" },
      schema: {
        summary: "A ticket that opens one stream, once",
        description: "For ?ticket= of /api/v1/stream and /api/v1/ws, where a browser cannot send a key.",
        tags: ["stream"],
        response: answers({ 201: z.object({ ticket: z.string(), expiresInMs: z.number() }) }),
      },
    },
    async (request, reply) => reply.code(201).send(tickets.issue(request.key?.id ?? null)),
  );
  app.get(
    "/api/v1/stream",
    {
      config: { scope: "read", isStream: true },
      exposeHeadRoute: false,
      schema: {
        summary: "Ticks, alerts and scores as server-sent events",
        description:
          "With Last-Event-ID what was missed is sent first, or `reset` when it is no longer known. `dropped` says how many events a slow client has lost.",
        tags: ["stream"],
        querystring: z.strictObject({
          types: z.string().max(200).optional().describe("Types, separated by commas"),
          ticket: ticketParameter,
        }),
        response: answers({ 200: z.string().describe("text/event-stream") }),
      },
    },
    (request, reply) => {
      if (services.status().stopping) throw new ForewarnError("not_ready", "daemon: it is stopping");
      assertRoom(services, settings, request.key);
      reply.hijack();
      const { raw } = reply;
      const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no", connection: "keep-alive" };
      raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
      raw.write(`retry: ${RETRY_MS}\nevent: status\ndata: ${statusText(services)}\n\n`);
      const isWanted = typeFilter(request.query.types?.split(","));
      const sink: EventSink = {
        send: (event) => !isWanted(event) || raw.write(eventText(event)),
        ping: () => void raw.write(": awake\n\n"),
        isAllowed: () => isStillAllowed(keys, request.key),
        end: (reason) => (reason === "slow" ? raw.destroy() : raw.end("event: bye\ndata: {}\n\n")),
      };
      const lastEventId = request.headers["last-event-id"];
      const seen = Array.isArray(lastEventId) ? lastEventId[0] : lastEventId;
      const subscription = events.subscribe(sink, seen, request.key?.id);
      raw.on("drain", subscription.drained);
      raw.on("close", subscription.close);
      raw.on("error", subscription.close);
    },
  );
}

/** An event on the wire; JSON text has no line feeds. */
function eventText({ id, type, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}

/** The first message of a stream: whether there are forecasts at all. */
export function statusText({ models }: Services): string {
  const serving = models.serving();
  if (serving !== null) return JSON.stringify({ modelId: serving.modelId });
  return JSON.stringify({ modelId: null, code: "model_unavailable", message: models.missing() });
}

/** Events that a client asked for; those about the stream itself always pass. */
export function typeFilter(types: readonly string[] | undefined): (event: StreamEvent) => boolean {
  const wanted = new Set([...(types ?? []), "reset", "dropped"]);
  return ({ type }) => types === undefined || wanted.has(type);
}

/** @throws ForewarnError `overloaded` when there are too many streams, `too_many_streams` when this key has. */
export function assertRoom(
  { events }: Services,
  { maxStreams, streamsPerKey }: ResolvedServerOptions,
  key: KeyInfo | null,
): void {
  if (events.status().listeners >= maxStreams) {
    throw new ForewarnError("overloaded", `streams: Expected at most ${maxStreams}, got one more`);
  }
  if (key === null || events.listenersOf(key.id) < streamsPerKey) return;
  throw new ForewarnError(
    "too_many_streams",
    `key ${key.name}: Expected at most ${streamsPerKey} open streams, got one more`,
  );
}
