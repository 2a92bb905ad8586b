// What receivers are told about a tracked alert after a tick.
import type { TrackedAlert } from "./book-state.ts";
import { type AlertGroup, type GroupOptions, joinGroup } from "./groups.ts";
import type { TrackRecord } from "./ledger.ts";
import { type Notification, notificationOf } from "./notification.ts";
import type { AlertRule } from "./rules.ts";

/** What the notifications of one rule share in one tick. */
export interface NotifyContext {
  /** Null for a rule that was taken out of the configuration. */
  rule: AlertRule | null;
  /** The rule's record so far. */
  record: TrackRecord;
  /** Open groups; a new one is added here. */
  groups: AlertGroup[];
  group: GroupOptions;
  nowMs: number;
}

/**
 * The notification of an alert that stands, or that was told and is newly resolved; null without anything to tell. An
 * alert in a quiet time is not told; its end is, if its beginning was.
 */
export function dueNotification(tracked: TrackedAlert, isQuiet: boolean, context: NotifyContext): Notification | null {
  const { server, serverLabels: labels, reading, track } = tracked;
  const { shown } = track;
  const isTold = tracked.notifiedId !== null;
  if (shown === null) return null;
  const stands = shown.status !== "resolved";
  if (stands ? isQuiet : !isTold) return null;
  const { rule, record, groups, nowMs } = context;
  if (!isTold || tracked.group === null) {
    const { key, labels } = joinGroup(groups, tracked.rule, tracked.labels, context.group, nowMs);
    tracked.group = { key, labels };
  }
  const facts = rule &&
    reading && {
      rule,
      server,
      labels,
      status: shown.status,
      reading,
      record,
      onsetMs: track.incident?.onsetMs ?? null,
      acknowledgement: track.claim?.acknowledgement ?? null,
      nowMs,
    };
  const notification = notificationOf(shown, tracked.labels, tracked.group, facts);
  tracked.notifiedId = stands ? notification.id : null;
  return notification;
}
