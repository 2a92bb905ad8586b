// The stream of events over a WebSocket (RFC 6455). Clients may say which types they want: {"subscribe": ["alert"]}.
import type {} from "@fastify/websocket";
import type { WebSocket } from "ws";
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import { isStillAllowed } from "../auth.ts";
import type { EndReason, EventSink } from "../events.ts";
import { parseJson } from "../json-body.ts";
import type { ResolvedServerOptions } from "../options.ts";
import type { Services } from "../services.ts";
import { assertRoom, statusText, ticketParameter, typeFilter } from "./stream.ts";

/** Options of the WebSocket server. */
export const SOCKET_LIMITS = { maxPayload: 64 * 1024, perMessageDeflate: false } as const;

const CLOSE_CODES: Readonly<Record<EndReason, number>> = { slow: 1013, revoked: 1008, stopping: 1001 };
const BAD_MESSAGE = 1008;
const FULL_BYTES = 256 * 1024;
const MESSAGES_PER_SECOND = 30;

const messageSchema = z.strictObject({ subscribe: z.array(z.string().max(64)).max(20).nullable() });

/** Registers the route. Origin and key were checked before the upgrade, like those of any request. */
export function registerSocket(app: ApiServer, services: Services, settings: ResolvedServerOptions): void {
  const { events, keys, now } = services;
  app.addHook("onResponse", async (request, reply) => {
    // Nobody else ends the connection of an upgrade that was refused.
    if (request.headers.upgrade !== undefined && reply.statusCode >= 400) request.raw.socket.end();
  });
  app.get(
    "/api/v1/ws",
    {
      config: { scope: "read", isStream: true },
      websocket: true,
      exposeHeadRoute: false,
      preHandler: async ({ key }) => assertRoom(services, settings, key),
      schema: {
        ...{ summary: "The stream over a WebSocket", tags: ["stream"] },
        description:
          'Messages are {"id", "type", "data"}. Close codes: 1001 stopping, 1008 key or message refused, 1013 too slow.',
        querystring: z.strictObject({ lastEventId: z.string().max(20).optional(), ticket: ticketParameter }),
      },
    },
    (socket: WebSocket, request) => {
      let isWanted = typeFilter(undefined);
      let isAwake = true;
      const sink: EventSink = {
        send(event) {
          if (isWanted(event)) {
            const text = `{"id":${event.id},"type":"${event.type}","data":${event.data}}`;
            socket.send(text, () => {
              if (socket.bufferedAmount < FULL_BYTES) subscription?.drained();
            });
          }
          return socket.bufferedAmount < FULL_BYTES;
        },
        ping() {
          if (!isAwake) socket.terminate();
          isAwake = false;
          socket.ping();
        },
        isAllowed: () => isStillAllowed(keys, request.key),
        end(reason) {
          socket.close(CLOSE_CODES[reason], reason);
          if (reason === "slow") socket.terminate();
        },
      };
      socket.send(`{"type":"status","data":${statusText(services)}}`);
      // Sending may already call back while this is not set.
      let subscription: ReturnType<typeof events.subscribe> | undefined;
      const { lastEventId } = request.query as { lastEventId?: string };
      subscription = events.subscribe(sink, lastEventId, request.key?.id);
      const isSlowEnough = messageLimit(now);
      socket.on("pong", () => {
        isAwake = true;
      });
      socket.on("message", (bytes, isBinary) => {
        const message = isBinary ? null : parseMessage(String(bytes));
        if (message === null || !isSlowEnough()) return socket.close(BAD_MESSAGE, "message refused");
        isWanted = typeFilter(message.subscribe ?? undefined);
      });
      socket.on("close", () => subscription?.close());
      socket.on("error", () => subscription?.close());
    },
  );
}

function parseMessage(text: string): z.infer<typeof messageSchema> | null {
  try {
    return messageSchema.parse(parseJson(text));
  } catch (error) {
    if (error instanceof ForewarnError || error instanceof z.ZodError) return null;
    throw error;
  }
}

function messageLimit(now: () => number): () => boolean {
  let [second, count] = [0, 0];
  return () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) [second, count] = [current, 0];
    count++;
    return count <= MESSAGES_PER_SECOND;
  };
}
