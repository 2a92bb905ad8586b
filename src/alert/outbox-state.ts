// What the outbox holds and how its records change it: per destination the newest undelivered state of each alert.
import type { Notification } from "./notification.ts";

/** A state of an alert that a destination must still get, or get again. */
export interface OutboxItem {
  notification: Notification;
  enqueuedAtMs: number;
  /** When the destination first took it; null before. */
  deliveredAtMs: number | null;
}

/** An item with what the outbox knows of it beside its file. */
export interface WaitingItem extends OutboxItem {
  /** It stands, but is silenced since then; null otherwise. */
  silencedAtMs: number | null;
  /** Whether the destination has taken this state or another one of the alert. */
  isKnown: boolean;
}

/** The newest state of an alert that a destination has taken: later offers of it are not sent again. */
export interface Delivered {
  id: string;
  changedAtMs: number;
  /** When the alert book last offered it. */
  seenMs: number;
}

/** One destination, by fingerprint. */
export interface DestinationState {
  items: Map<string, OutboxItem>;
  delivered: Map<string, Delivered>;
}

/** The whole outbox, by destination. */
export type OutboxState = Map<string, DestinationState>;

/** One line of the file. A snapshot replaces everything before it. */
export type OutboxRecord =
  | { type: "put"; atMs: number; to: string; notifications: Notification[] }
  | { type: "done"; atMs: number; to: string; ids: [fingerprint: string, id: string][]; keep: boolean }
  | {
      type: "snapshot";
      version: 1;
      destinations: [name: string, items: OutboxItem[], delivered: [fingerprint: string, Delivered][]][];
    };

/** The destination of this name; an empty one is made where there is none. */
export function destinationState(state: OutboxState, name: string): DestinationState {
  const known = state.get(name);
  if (known) return known;
  const made: DestinationState = { items: new Map(), delivered: new Map() };
  state.set(name, made);
  return made;
}

/** stale: older than what is known. known: taken already. refresh: newer words for the same state. new: must be sent. */
export type Offer = "stale" | "known" | "refresh" | "new";

/** What an offered state is to a destination. */
export function judgeOffer(
  { items, delivered }: DestinationState,
  { fingerprint, id, changedAtMs }: Notification,
): Offer {
  const waiting = items.get(fingerprint)?.notification;
  const taken = delivered.get(fingerprint);
  const newestMs = Math.max(waiting?.changedAtMs ?? -Infinity, taken?.changedAtMs ?? -Infinity);
  if (changedAtMs < newestMs) return "stale";
  if (waiting) return waiting.id === id ? "refresh" : "new";
  return taken?.id === id ? "known" : "new";
}

/** Applies one record. */
export function applyRecord(state: OutboxState, record: OutboxRecord): void {
  switch (record.type) {
    case "put": {
      const destination = destinationState(state, record.to);
      for (const notification of record.notifications) {
        const item = { notification, enqueuedAtMs: record.atMs, deliveredAtMs: null };
        destination.items.set(notification.fingerprint, item);
      }
      return;
    }
    case "done": {
      const { items, delivered } = destinationState(state, record.to);
      for (const [fingerprint, id] of record.ids) {
        const item = items.get(fingerprint);
        // A newer state may have come while this one was sent.
        if (item?.notification.id !== id) continue;
        const { changedAtMs } = item.notification;
        delivered.set(fingerprint, { id, changedAtMs, seenMs: record.atMs });
        if (record.keep) item.deliveredAtMs ??= record.atMs;
        else items.delete(fingerprint);
      }
      return;
    }
    case "snapshot":
      state.clear();
      for (const [name, items, delivered] of record.destinations) {
        state.set(name, {
          items: new Map(items.map((item) => [item.notification.fingerprint, item])),
          delivered: new Map(delivered),
        });
      }
  }
}

/** The state as one record, without what was delivered and not offered again since `forgetBeforeMs`. */
export function snapshotOf(state: OutboxState, forgetBeforeMs: number): OutboxRecord {
  return {
    type: "snapshot",
    version: 1,
    destinations: [...state].map(([name, { items, delivered }]) => [
      name,
      [...items.values()],
      [...delivered].filter(([, { seenMs }]) => seenMs >= forgetBeforeMs),
    ]),
  };
}
