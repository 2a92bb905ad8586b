// What is new, told to every listener: ticks, alerts, scores. Events have increasing identifiers and the newest stay in a
// ring, so that a listener who was away can go on where it stopped. A slow listener loses its oldest events, not the daemon
// its memory.

/** One event as it is sent. */
export interface StreamEvent {
  id: number;
  type: string;
  /** JSON text. */
  data: string;
}

/** Where the events of one listener go. */
export interface EventSink {
  /** Sends an event. @returns False when the connection is full: then nothing follows before {@link Subscription.drained}. */
  send(event: StreamEvent): boolean;
  /** Keeps the connection awake. */
  ping(): void;
  /** Whether it may still listen; asked with every {@link EventHub.sweep}. */
  isAllowed(): boolean;
  /** Ends the connection. */
  end(reason: EndReason): void;
}

/** slow: it did not read for too long. revoked: its key ended. stopping: the daemon ends. */
export type EndReason = "slow" | "revoked" | "stopping";

/** One listener. */
export interface Subscription {
  /** The connection takes more. */
  drained(): void;
  /** The connection is gone. */
  close(): void;
}

/** See {@link createEventHub}. */
export interface EventHub {
  /** Sends an event to every listener. @returns Its identifier. */
  publish(type: string, data: unknown): number;
  /**
   * Adds a listener. With the identifier of the last event that it saw, those since then are sent first, or `reset` when
   * they are no longer known: then it must read everything anew. The owner is the key that it came with.
   */
  subscribe(sink: EventSink, lastEventId?: string, owner?: string): Subscription;
  /** Listeners of one owner. */
  listenersOf(owner: string): number;
  /** Ends who is stuck or no longer allowed; pings the others when it is time. Called every second. */
  sweep(): void;
  /** Ends every connection. */
  close(): void;
  status(): { listeners: number; published: number; dropped: number; ended: Record<EndReason, number> };
}

const RING_EVENTS = 1024;
const QUEUE_EVENTS = 256;
const QUEUE_CHARACTERS = 1 << 20;
const STUCK_MS = 30_000;
const PING_MS = 15_000;

interface Listener {
  sink: EventSink;
  owner: string | undefined;
  queue: StreamEvent[];
  queuedCharacters: number;
  dropped: number;
  /** Since when the connection is full; null while it is not. */
  fullSinceMs: number | null;
}

/**
 * Makes a hub whose identifiers begin at the present time in milliseconds, so that those of an earlier process are
 * smaller and are answered with `reset`.
 */
export function createEventHub(now: () => number): EventHub {
  const listeners = new Set<Listener>();
  const ended: Record<EndReason, number> = { slow: 0, revoked: 0, stopping: 0 };
  const firstId = now();
  let ring: StreamEvent[] = [];
  let [lastId, published, dropped] = [firstId, 0, 0];
  let pingedMs = now();

  const offer = (listener: Listener, event: StreamEvent): void => {
    listener.queue.push(event);
    listener.queuedCharacters += event.data.length;
    if (listener.fullSinceMs === null) flush(listener);
    while (listener.queue.length > QUEUE_EVENTS || listener.queuedCharacters > QUEUE_CHARACTERS) {
      listener.queuedCharacters -= listener.queue.shift()!.data.length;
      listener.dropped++;
      dropped++;
    }
  };
  const flush = (listener: Listener): void => {
    listener.fullSinceMs = null;
    while (listener.fullSinceMs === null && (listener.dropped > 0 || listener.queue.length > 0)) {
      const event = listener.dropped > 0 ? droppedNote(listener) : listener.queue.shift()!;
      if (event.type !== "dropped") listener.queuedCharacters -= event.data.length;
      if (!listener.sink.send(event)) listener.fullSinceMs = now();
    }
  };
  /** Goes ahead of what follows the gap, under the identifier before it, so that identifiers still increase. */
  const droppedNote = (listener: Listener): StreamEvent => {
    const id = (listener.queue[0]?.id ?? lastId + 1) - 1;
    const note = { id, type: "dropped", data: JSON.stringify({ events: listener.dropped }) };
    listener.dropped = 0;
    return note;
  };
  const end = (listener: Listener, reason: EndReason): void => {
    if (!listeners.delete(listener)) return;
    ended[reason]++;
    listener.sink.end(reason);
  };
  const replay = (listener: Listener, lastEventId: string): void => {
    const seen = Number(lastEventId);
    const isKnown = /^\d{1,16}$/.test(lastEventId) && seen >= (ring[0]?.id ?? firstId + 1) - 1 && seen <= lastId;
    if (!isKnown) offer(listener, { id: lastId, type: "reset", data: "{}" });
    else for (const event of ring) if (event.id > seen) offer(listener, event);
  };

  return {
    publish(type, data) {
      const event = { id: ++lastId, type, data: JSON.stringify(data) };
      published++;
      ring.push(event);
      if (ring.length >= 2 * RING_EVENTS) ring = ring.slice(-RING_EVENTS);
      for (const listener of listeners) offer(listener, event);
      return event.id;
    },
    listenersOf: (owner) => [...listeners].filter((listener) => listener.owner === owner).length,
    subscribe(sink, lastEventId, owner) {
      const listener: Listener = { sink, owner, queue: [], queuedCharacters: 0, dropped: 0, fullSinceMs: null };
      listeners.add(listener);
      if (lastEventId !== undefined) replay(listener, lastEventId);
      return { drained: () => flush(listener), close: () => void listeners.delete(listener) };
    },
    sweep() {
      const isPingTime = now() - pingedMs >= PING_MS;
      if (isPingTime) pingedMs = now();
      for (const listener of [...listeners]) {
        const { sink, fullSinceMs } = listener;
        if (fullSinceMs !== null && now() - fullSinceMs >= STUCK_MS) end(listener, "slow");
        else if (!sink.isAllowed()) end(listener, "revoked");
        else if (isPingTime && fullSinceMs === null) sink.ping();
      }
    },
    close() {
      for (const listener of [...listeners]) end(listener, "stopping");
    },
    status: () => ({ listeners: listeners.size, published, dropped, ended: { ...ended } }),
  };
}
