// Webhooks: the body that Alertmanager sends (version "4"), one for each group, signed as Standard Webhooks.
import { createHmac } from "node:crypto";
import { sha256 } from "../../base/index.ts";
import type { Labels } from "../labels.ts";
import type { Notification } from "../notification.ts";
import type { Destination } from "../schema.ts";
import { type Channel, chunked, MOST_ALERTS } from "./channel.ts";
import type { Post } from "./post.ts";

/** A destination of kind webhook. */
export type WebhookDestination = Extract<Destination, { kind: "webhook" }>;

const SECRET_PREFIX = "whsec_";
const LONGEST_PAUSE_MS = 300_000;

/** Makes the channel of a webhook. Each state of an alert is sent until it is taken, and then no more. */
export function webhookChannel(destination: WebhookDestination, externalUrl: string, post: Post): Channel {
  const { name, secret, authorization } = destination;
  return {
    name,
    longestPauseMs: LONGEST_PAUSE_MS,
    dueMs: ({ silencedAtMs }) => (silencedAtMs === null ? -Infinity : Infinity),
    keeps: () => false,
    batches(items) {
      const groups = new Map<string, typeof items>();
      for (const item of items) {
        const { key } = item.notification.group;
        groups.set(key, [...(groups.get(key) ?? []), item]);
      }
      return [...groups.values()].flatMap((group) => chunked(group, MOST_ALERTS));
    },
    send(batch, nowMs) {
      const notifications = batch.map(({ notification }) => notification);
      const body = JSON.stringify(webhookBody(name, notifications, externalUrl));
      const headers = signatureHeaders(secret, messageId(notifications), Math.floor(nowMs / 1000), body);
      return post(destination, authorization === undefined ? headers : { ...headers, authorization }, body);
    },
  };
}

/** Idempotency key of a message: that of its only alert, or a hash of those of all. */
export function messageId(notifications: readonly Notification[]): string {
  const ids = notifications.map(({ id }) => id).sort();
  return ids.length === 1 ? ids[0]! : sha256(ids.join("\n"));
}

/**
 * Headers of a signed message: HMAC-SHA256 of "id.timestamp.body" (standard-webhooks/standard-webhooks).
 * @param secret `whsec_` and the key in base64, or the key as text.
 */
export function signatureHeaders(
  secret: string,
  id: string,
  timestampSeconds: number,
  body: string,
): Record<string, string> {
  const key = secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), "base64")
    : Buffer.from(secret);
  const signature = createHmac("sha256", key).update(`${id}.${timestampSeconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": `${timestampSeconds}`, "webhook-signature": `v1,${signature}` };
}

/** The body of Alertmanager's webhook; an alert that stands has the zero time for an end. */
export function webhookBody(receiver: string, notifications: readonly Notification[], externalUrl: string) {
  const [first] = notifications;
  return {
    version: "4",
    groupKey: first!.group.key,
    truncatedAlerts: 0,
    status: notifications.some(({ endsAtMs }) => endsAtMs === null) ? "firing" : "resolved",
    receiver,
    groupLabels: first!.group.labels,
    commonLabels: common(notifications.map(({ labels }) => labels)),
    commonAnnotations: common(notifications.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: notifications.map(({ labels, annotations, startsAtMs, endsAtMs, fingerprint }) => ({
      status: endsAtMs === null ? "firing" : "resolved",
      labels,
      annotations,
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: endsAtMs === null ? "0001-01-01T00:00:00Z" : new Date(endsAtMs).toISOString(),
      generatorURL: externalUrl,
      fingerprint,
    })),
  };
}

function common([first, ...rest]: readonly Labels[]): Labels {
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) => rest.every((other) => other[name] === value)),
  );
}
