// A receiver of alerts that can be away: it keeps what it has taken, in order.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { idempotencyId } from "../../src/alert/labels.ts";

/** One alert of one message that was answered with 200. */
export interface TakenAlert {
  /** Idempotency key of the message. */
  messageId: string;
  fingerprint: string;
  startsAtMs: number;
  /** predicted, confirmed or resolved; null in a message of several alerts, whose key does not tell. */
  state: string | null;
  isResolved: boolean;
}

/** A receiver on the loopback. */
export interface AlertReceiver {
  url: string;
  taken: TakenAlert[];
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  /** Listens again at the same address. */
  comeUp(): Promise<void>;
}

const STATES = ["predicted", "confirmed", "resolved"] as const;

/** Starts a receiver. */
export async function startReceiver(): Promise<AlertReceiver> {
  const taken: TakenAlert[] = [];
  let port = 0;
  let server: Server | null = null;
  const receiver = {
    url: "",
    taken,
    async goDown() {
      const old = server;
      server = null;
      old?.closeAllConnections();
      await new Promise<void>((resolve) => (old === null ? resolve() : old.close(() => resolve())));
    },
    async comeUp() {
      server = createServer(async (request, response) => {
        let body = "";
        for await (const bytes of request) body += String(bytes);
        const messageId = String(request.headers["webhook-id"]);
        const { alerts } = JSON.parse(body) as { alerts: { fingerprint: string; startsAt: string; status: string }[] };
        for (const { fingerprint, startsAt, status } of alerts) {
          const startsAtMs = Date.parse(startsAt);
          const state = STATES.find((one) => idempotencyId(fingerprint, startsAtMs, one) === messageId) ?? null;
          taken.push({ messageId, fingerprint, startsAtMs, state, isResolved: status === "resolved" });
        }
        response.writeHead(200).end();
      });
      await new Promise<void>((resolve) => server!.listen(port, "127.0.0.1", resolve));
      ({ port } = server.address() as AddressInfo);
      receiver.url = `http://127.0.0.1:${port}/hook`;
    },
  };
  await receiver.comeUp();
  return receiver;
}

/** What is wrong with a list of alerts that were taken one by one: repeated keys, and states that came after later ones. */
export function faultsOf(taken: readonly TakenAlert[]): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const newest = new Map<string, number>();
  for (const { messageId, fingerprint, startsAtMs, state } of taken) {
    if (state === null) faults.push(`${messageId}: several alerts`);
    if (ids.has(messageId)) faults.push(`${fingerprint} ${state} of ${startsAtMs}: taken twice`);
    ids.add(messageId);
    const order = startsAtMs * 4 + STATES.indexOf(state as (typeof STATES)[number]);
    if (order < (newest.get(fingerprint) ?? 0))
      faults.push(`${fingerprint} ${state} of ${startsAtMs}: after a later one`);
    newest.set(fingerprint, order);
  }
  return faults;
}
