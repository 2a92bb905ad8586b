// Empties the outbox: every destination for itself, one request at a time and the oldest first, with growing pauses
// after failures. What a destination refuses is counted and told, never dropped in silence.
import type { Rng } from "../../base/index.ts";
import type { Outbox } from "../outbox.ts";
import type { WaitingItem } from "../outbox-state.ts";
import type { Channel } from "./channel.ts";

/** What {@link createDispatcher} needs. */
export interface DispatcherOptions {
  channels: readonly Channel[];
  outbox: Outbox;
  now: () => number;
  /** For the jitter of pauses. */
  rng: Rng;
  /** Called for every request that failed or was refused. */
  onProblem: (problem: DeliveryProblem) => void;
}

/** A request that was not taken. */
export interface DeliveryProblem {
  destination: string;
  kind: "failed" | "refused";
  reason: string;
  alerts: number;
  /** Until the next try; null when there is none. */
  delayMs: number | null;
}

/** Counts of one destination, for metrics. */
export interface DeliveryStatus {
  destination: string;
  /** Alert states, repeats included. */
  taken: number;
  refused: number;
  failedRequests: number;
  /** When the oldest state that it never took was put; null without one. */
  oldestPendingMs: number | null;
}

/** See {@link createDispatcher}. */
export interface Dispatcher {
  /** Sends what is due, to all destinations at once. A destination that is still busy is left alone. It never throws for their sake. */
  run(): Promise<void>;
  /** When there is something to do next; Infinity without anything. */
  nextDueMs(): number;
  status(): DeliveryStatus[];
}

const FIRST_DELAY_MS = 1000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Makes the dispatcher of an outbox; the daemon calls `run` after every evaluation and when `nextDueMs` has come. */
export function createDispatcher({ channels, outbox, now, rng, onProblem }: DispatcherOptions): Dispatcher {
  const lanes = channels.map((channel) => createLane(channel));
  const run = async (lane: Lane): Promise<void> => {
    if (lane.isBusy || now() < lane.pausedUntilMs) return;
    lane.isBusy = true;
    forgetSuperseded(lane, outbox);
    try {
      for (const batch of lane.channel.batches(dueItems(lane, outbox, now())).sort(byTries(lane))) {
        if (!(await sendBatch(lane, batch))) return;
      }
    } finally {
      lane.isBusy = false;
    }
  };

  /** @returns Whether to go on with the next batch. */
  const sendBatch = async (lane: Lane, batch: WaitingItem[]): Promise<boolean> => {
    const { channel, counts } = lane;
    const destination = channel.name;
    const outcome = await channel.send(batch, now(), outbox.evaluatedAtMs());
    if (outcome.kind === "failed") {
      lane.failures++;
      counts.failedRequests++;
      for (const { notification } of batch) lane.tries.set(notification.id, (lane.tries.get(notification.id) ?? 0) + 1);
      const backoffMs =
        Math.min(channel.longestPauseMs, FIRST_DELAY_MS * 2 ** (lane.failures - 1)) * (0.5 + 0.5 * rng.uniform());
      const delayMs = Math.max(backoffMs, Math.min(outcome.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
      lane.pausedUntilMs = now() + delayMs;
      onProblem({ destination, kind: "failed", reason: outcome.reason, alerts: batch.length, delayMs });
      return false;
    }
    lane.failures = 0;
    counts[outcome.kind] += batch.length;
    if (outcome.kind === "refused") {
      onProblem({ destination, kind: "refused", reason: outcome.reason, alerts: batch.length, delayMs: null });
    }
    const nowMs = now();
    const isKept = (item: WaitingItem) => channel.keeps(item, nowMs);
    for (const { notification } of batch) {
      lane.tries.delete(notification.id);
      lane.sentMs.set(notification.id, nowMs);
    }
    outbox.done(destination, batch.filter(isKept), true, nowMs);
    const finished = batch.filter((item) => !isKept(item));
    outbox.done(destination, finished, false, nowMs);
    return true;
  };

  return {
    async run() {
      await Promise.all(lanes.map(run));
    },
    nextDueMs: () => Math.min(Infinity, ...lanes.map((lane) => laneDueMs(lane, outbox, now()))),
    status: () =>
      lanes.map(({ channel: { name }, counts }) => ({
        destination: name,
        ...counts,
        oldestPendingMs: outbox.oldestPendingMs(name),
      })),
  };
}

/** One destination at work; none of this must outlive the process. */
interface Lane {
  channel: Channel;
  isBusy: boolean;
  failures: number;
  pausedUntilMs: number;
  /** Failed tries by notification, so that one which always fails does not hold up the others. */
  tries: Map<string, number>;
  /** When a notification was last taken. */
  sentMs: Map<string, number>;
  counts: Pick<DeliveryStatus, "taken" | "refused" | "failedRequests">;
}

function createLane(channel: Channel): Lane {
  const counts = { taken: 0, refused: 0, failedRequests: 0 };
  return { channel, isBusy: false, failures: 0, pausedUntilMs: 0, tries: new Map(), sentMs: new Map(), counts };
}

/** Drops what is remembered of states that a newer one has replaced. */
function forgetSuperseded({ channel, tries, sentMs }: Lane, outbox: Outbox): void {
  const waiting = new Set(outbox.items(channel.name).map(({ notification }) => notification.id));
  for (const memory of [tries, sentMs]) for (const id of memory.keys()) if (!waiting.has(id)) memory.delete(id);
}

function itemDueMs({ channel, sentMs }: Lane, item: WaitingItem, outbox: Outbox, nowMs: number): number {
  return channel.dueMs(item, sentMs.get(item.notification.id) ?? null, outbox.evaluatedAtMs(), nowMs);
}

function dueItems(lane: Lane, outbox: Outbox, nowMs: number): WaitingItem[] {
  return outbox.items(lane.channel.name).filter((item) => itemDueMs(lane, item, outbox, nowMs) <= nowMs);
}

function laneDueMs(lane: Lane, outbox: Outbox, nowMs: number): number {
  const due = outbox.items(lane.channel.name).map((item) => itemDueMs(lane, item, outbox, nowMs));
  return Math.max(
    lane.pausedUntilMs,
    due.reduce((first, dueMs) => Math.min(first, dueMs), Infinity),
  );
}

function byTries({ tries }: Lane): (a: WaitingItem[], b: WaitingItem[]) => number {
  const triesOf = (batch: WaitingItem[]) =>
    Math.max(...batch.map(({ notification }) => tries.get(notification.id) ?? 0));
  return (a, b) => triesOf(a) - triesOf(b);
}
