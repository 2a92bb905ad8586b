// The durable outbox: a file of JSON lines, each synced before its call returns, and rewritten when it has grown. After
// a crash a line that was cut short is dropped: nobody was told that it was kept. Delivery is at least once, and never an
// older state of an alert after a newer one.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { ForewarnError, fileError, writeFileAtomic } from "../base/index.ts";
import type { Notification } from "./notification.ts";
import {
  applyRecord,
  destinationState,
  judgeOffer,
  type OutboxItem,
  type OutboxRecord,
  type OutboxState,
  snapshotOf,
  type WaitingItem,
} from "./outbox-state.ts";

/** See {@link openOutbox}. */
export interface Outbox {
  /**
   * Takes the alerts of one evaluation for every destination, and returns when they are on stable storage.
   * @throws ForewarnError `disk_full` and other file errors; then offer them again, what was kept already is not doubled.
   */
  put(notifications: readonly Notification[], evaluatedAtMs: number): void;
  /** What a destination must still get, in the order in which it came. */
  items(destination: string): WaitingItem[];
  /**
   * Names the alerts that stand but are silenced; those named before and not now count again. Not kept in the file: every
   * evaluation says it anew.
   * @param fingerprints Of all of them.
   */
  silence(fingerprints: readonly string[], atMs: number): void;
  /** Notes that a destination took these states; with `keep` they stay, to be sent again. */
  done(destination: string, items: readonly OutboxItem[], keep: boolean, atMs: number): void;
  /** When the oldest state that a destination never took was put; null without one. What is silenced does not count. */
  oldestPendingMs(destination: string): number | null;
  /** The last evaluation of this process; null before the first. */
  evaluatedAtMs(): number | null;
  close(): void;
}

const SMALLEST_REWRITE_BYTES = 1 << 20;
const GROWTH = 4;
const FORGET_MS = 86_400_000;

/**
 * Opens the outbox in the file `path`, or starts one there.
 * @param destinations Names of all destinations; what waits for others is dropped.
 * @throws ForewarnError `alert_state_invalid` for a damaged file, and file errors.
 */
export function openOutbox(path: string, destinations: readonly string[], nowMs: number): Outbox {
  const state: OutboxState = new Map();
  if (existsSync(path)) readRecords(path, state);
  for (const name of state.keys()) if (!destinations.includes(name)) state.delete(name);
  for (const name of destinations) destinationState(state, name);
  let evaluatedAtMs: number | null = null;
  let silencedSince = new Map<string, number>();
  let log = rewrite(path, state, nowMs);

  const write = (record: OutboxRecord, atMs: number): void => {
    append(path, log, record);
    applyRecord(state, record);
    if (log.bytes < Math.max(SMALLEST_REWRITE_BYTES, GROWTH * log.startBytes)) return;
    const old = log;
    log = rewrite(path, state, atMs);
    closeSync(old.file);
  };

  const items = (name: string): WaitingItem[] => {
    const { items: waiting, delivered } = destinationState(state, name);
    return [...waiting].map(([fingerprint, item]) => {
      const stands = item.notification.endsAtMs === null;
      const silencedAtMs = stands ? (silencedSince.get(fingerprint) ?? null) : null;
      return { ...item, silencedAtMs, isKnown: delivered.has(fingerprint) };
    });
  };

  return {
    put(notifications, atMs) {
      for (const to of destinations) {
        const destination = destinationState(state, to);
        const fresh: Notification[] = [];
        for (const notification of notifications) {
          const { fingerprint } = notification;
          const offer = judgeOffer(destination, notification);
          if (offer === "new") fresh.push(notification);
          // Newer words and times of a state that is kept are worth no write: the next evaluation brings them again.
          const item = destination.items.get(fingerprint);
          if (offer === "refresh" && item) item.notification = notification;
          const delivered = destination.delivered.get(fingerprint);
          if (offer !== "stale" && delivered) delivered.seenMs = atMs;
        }
        if (fresh.length > 0) write({ type: "put", atMs, to, notifications: fresh }, atMs);
      }
      evaluatedAtMs = atMs;
    },
    items,
    silence(fingerprints, atMs) {
      silencedSince = new Map(fingerprints.map((print) => [print, silencedSince.get(print) ?? atMs]));
    },
    done(to, items, keep, atMs) {
      const ids = items
        .filter(({ deliveredAtMs }) => !keep || deliveredAtMs === null)
        .map(({ notification }): [string, string] => [notification.fingerprint, notification.id]);
      if (ids.length > 0) write({ type: "done", atMs, to, ids, keep }, atMs);
    },
    oldestPendingMs(name) {
      const waiting = items(name).filter((item) => item.deliveredAtMs === null && item.silencedAtMs === null);
      return waiting.reduce<number | null>(
        (oldest, { enqueuedAtMs }) => Math.min(oldest ?? Infinity, enqueuedAtMs),
        null,
      );
    },
    evaluatedAtMs: () => evaluatedAtMs,
    close: () => closeSync(log.file),
  };
}

interface Log {
  file: number;
  bytes: number;
  /** When it was rewritten. */
  startBytes: number;
}

function rewrite(path: string, state: OutboxState, nowMs: number): Log {
  const text = `${JSON.stringify(snapshotOf(state, nowMs - FORGET_MS))}\n`;
  writeFileAtomic(path, text);
  const bytes = Buffer.byteLength(text);
  return { file: openSync(path, "r+"), bytes, startBytes: bytes };
}

/** Writes at a known place, so that what a failed write left is written over by the next. */
function append(path: string, log: Log, record: OutboxRecord): void {
  const line = Buffer.from(`${JSON.stringify(record)}\n`);
  try {
    for (let offset = 0; offset < line.length; ) {
      offset += writeSync(log.file, line, offset, line.length - offset, log.bytes + offset);
    }
    fsyncSync(log.file);
  } catch (error) {
    ftruncateSync(log.file, log.bytes);
    throw fileError(error, path);
  }
  log.bytes += line.length;
}

function readRecords(path: string, state: OutboxState): void {
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop(); // empty, or a line that was cut short
  for (const [i, line] of lines.entries()) {
    try {
      applyRecord(state, JSON.parse(line) as OutboxRecord);
    } catch (cause) {
      const where = `${path} line ${i + 1}`;
      throw new ForewarnError("alert_state_invalid", `${where}: Expected a record of the outbox, got something else`, {
        hint: "move the file away to start with an empty outbox; alerts that stand are then sent again",
        cause,
      });
    }
  }
}
