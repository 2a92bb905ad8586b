// Tickets: EventSource and WebSocket of a browser cannot send a key, and a key has no place in a URL. A request with a key
// gets a ticket, which opens one stream, once, within half a minute. Only hashes of tickets are kept.
import { randomBytes } from "node:crypto";
import { sha256 } from "../base/index.ts";

/** See {@link createTicketOffice}. */
export interface TicketOffice {
  /** Makes a ticket. @param keyId Of the key that asks; null on an open daemon. */
  issue(keyId: string | null): { ticket: string; expiresInMs: number };
  /** Spends a ticket. @returns What it was issued to; undefined for one that is unknown, spent or too old. */
  redeem(ticket: string): { keyId: string | null } | undefined;
}

const LIFE_MS = 30_000;
/** Tickets of one key that wait for their use; a further one takes the place of the oldest. */
const MOST_OPEN = 32;

/** Opens an office. @param nowMs A clock that never jumps. */
export function createTicketOffice(nowMs: () => number): TicketOffice {
  /** By hash, oldest first. */
  const open = new Map<string, { keyId: string | null; untilMs: number }>();
  return {
    issue(keyId) {
      for (const [hash, { untilMs }] of open) if (untilMs <= nowMs()) open.delete(hash);
      const own = [...open].filter(([, one]) => one.keyId === keyId);
      if (own.length >= MOST_OPEN) open.delete(own[0]![0]);
      const ticket = randomBytes(32).toString("base64url");
      open.set(sha256(ticket), { keyId, untilMs: nowMs() + LIFE_MS });
      return { ticket, expiresInMs: LIFE_MS };
    },
    redeem(ticket) {
      const hash = sha256(ticket);
      const found = open.get(hash);
      open.delete(hash);
      return found !== undefined && nowMs() < found.untilMs ? { keyId: found.keyId } : undefined;
    },
  };
}
