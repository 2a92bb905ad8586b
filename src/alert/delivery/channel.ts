// How one destination wants its alerts: which go together, when they are due, and how long they are repeated.
import type { WaitingItem } from "../outbox-state.ts";
import type { PostOutcome } from "./post.ts";

/** One destination. */
export interface Channel {
  name: string;
  /** Longest pause after failures, if the destination does not ask for a longer one. */
  longestPauseMs: number;
  /** When an item is to be sent: long ago for "now". `sentMs` is the last time that it was taken, null before. */
  dueMs(item: WaitingItem, sentMs: number | null, evaluatedAtMs: number | null, nowMs: number): number;
  /** Divides items into requests. */
  batches(items: WaitingItem[]): WaitingItem[][];
  send(batch: WaitingItem[], nowMs: number, evaluatedAtMs: number | null): Promise<PostOutcome>;
  /** Whether an item that was taken is to be sent again later. */
  keeps(item: WaitingItem, nowMs: number): boolean;
}

/** Alerts in one request, at most. */
export const MOST_ALERTS = 256;

/** Cuts a list into parts of at most `size`. */
export function chunked<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
