// Alertmanager's API v2: a standing alert is sent every minute with an end that runs ahead of it, a resolved one for 15
// minutes, so that an Alertmanager that was away catches up by itself. An alert that is silenced here ends there: it
// would expire all the same when it is no longer sent, only later and at a time that nobody expects.
import type { WaitingItem } from "../outbox-state.ts";
import type { Destination } from "../schema.ts";
import { type Channel, chunked, MOST_ALERTS } from "./channel.ts";
import type { Post } from "./post.ts";

/** A destination of kind alertmanager: one peer; every peer gets every alert. */
export type AlertmanagerDestination = Extract<Destination, { kind: "alertmanager" }>;

const RESEND_MS = 60_000;
const RESOLVED_MS = 15 * 60_000;
/** A standing alert ends so many evaluations after the last one (prometheus, rules/alerting.go). */
const END_FACTOR = 4;

/**
 * Makes the channel of an Alertmanager.
 * @param intervalMs Distance of evaluations.
 */
export function alertmanagerChannel(
  destination: AlertmanagerDestination,
  externalUrl: string,
  intervalMs: number,
  post: Post,
): Channel {
  const target = { ...destination, url: `${destination.url.replace(/\/+$/, "")}/api/v2/alerts` };
  const { authorization } = destination;
  const endMs = ({ notification, silencedAtMs }: WaitingItem, evaluatedAtMs: number): number =>
    notification.endsAtMs ?? silencedAtMs ?? evaluatedAtMs + END_FACTOR * Math.max(intervalMs, RESEND_MS);
  return {
    name: destination.name,
    // Back from an outage it knows no alert any more: it must not wait for them longer than it ever does.
    longestPauseMs: RESEND_MS,
    dueMs(item, sentMs, evaluatedAtMs, nowMs) {
      if (item.silencedAtMs !== null) return silencedDueMs(item.silencedAtMs, item.isKnown, sentMs, nowMs);
      // Before the first evaluation after a start, or when evaluations have stopped, nobody knows whether it stands.
      const stands = item.notification.endsAtMs === null;
      if (stands && (evaluatedAtMs === null || endMs(item, evaluatedAtMs) <= nowMs)) return Infinity;
      return sentMs === null ? -Infinity : sentMs + RESEND_MS;
    },
    keeps: ({ notification: { endsAtMs } }, nowMs) => endsAtMs === null || nowMs < endsAtMs + RESOLVED_MS,
    batches: (items) => chunked(items, MOST_ALERTS),
    send(batch, _nowMs, evaluatedAtMs) {
      const alerts = batch.map((item) => {
        const { labels, annotations, startsAtMs } = item.notification;
        return {
          labels,
          annotations,
          startsAt: new Date(startsAtMs).toISOString(),
          endsAt: new Date(endMs(item, evaluatedAtMs ?? 0)).toISOString(),
          generatorURL: externalUrl,
        };
      });
      return post(target, authorization === undefined ? {} : { authorization }, JSON.stringify(alerts));
    },
  };
}

/** The end of an alert that is known there is told at once and then as that of any other; one that is not waits. */
function silencedDueMs(silencedAtMs: number, isKnown: boolean, sentMs: number | null, nowMs: number): number {
  if (!isKnown || nowMs >= silencedAtMs + RESOLVED_MS) return Infinity;
  return sentMs === null || sentMs < silencedAtMs ? -Infinity : sentMs + RESEND_MS;
}
