// Alerts about Forewarn itself, such as that nobody forecasts any more. They go the way of all others: the book, the
// outbox, the receivers; but no forecast is behind them, and no claim.
import { fingerprint, idempotencyId, type Labels } from "./labels.ts";
import type { Notification } from "./notification.ts";
import { isQuietAt, type QuietTime } from "./quiet.ts";

/** What is wrong with Forewarn itself. */
export interface OwnFault {
  /** Name of its alert; it begins with a capital, so that no rule has it. */
  alertname: string;
  /** Labels beside the name; they are its identity and stay the same while it lasts. */
  labels: Labels;
  summary: string;
  description: string;
}

/** A fault that lasts: plain data. */
export interface OwnAlert {
  labels: Labels;
  annotations: Labels;
  startsAtMs: number;
  /** Whether receivers know it. */
  isTold: boolean;
}

/**
 * Goes from the faults of the last report to those of this one. What lasts is told again with every report, since the
 * outbox knows what was sent; what is over is told once, if its beginning was.
 */
export function reportFaults(
  before: readonly OwnAlert[],
  faults: readonly OwnFault[],
  quietTimes: readonly QuietTime[],
  nowMs: number,
): { alerts: OwnAlert[]; notifications: Notification[] } {
  const known = new Map(before.map((alert) => [fingerprint(alert.labels), alert]));
  const notifications: Notification[] = [];
  const alerts = faults.map(({ alertname, labels: own, summary, description }): OwnAlert => {
    const labels = { ...own, alertname };
    const print = fingerprint(labels);
    const { startsAtMs = nowMs, isTold = false } = known.get(print) ?? {};
    known.delete(print);
    const alert = { labels, annotations: { summary, description, status: "firing" }, startsAtMs, isTold };
    if (isQuietAt(quietTimes, labels, nowMs)) return alert;
    notifications.push(notificationOfOwn(alert, null));
    return { ...alert, isTold: true };
  });
  for (const alert of known.values()) if (alert.isTold) notifications.push(notificationOfOwn(alert, nowMs));
  return { alerts, notifications };
}

function notificationOfOwn({ labels, annotations, startsAtMs }: OwnAlert, endsAtMs: number | null): Notification {
  const print = fingerprint(labels);
  const alertname = labels["alertname"]!;
  const state = endsAtMs === null ? "firing" : "resolved";
  return {
    id: idempotencyId(print, startsAtMs, state),
    fingerprint: print,
    labels,
    annotations: { ...annotations, status: state },
    state,
    startsAtMs,
    endsAtMs,
    changedAtMs: endsAtMs ?? startsAtMs,
    group: { key: `{alertname=${JSON.stringify(alertname)}}:${startsAtMs}`, labels: { alertname } },
  };
}
