// One alert as it is told to receivers. Its identity is its label set; what changes is in the annotations.
import { fingerprint, idempotencyId, type Labels } from "./labels.ts";
import type { AlertRule } from "./rules.ts";
import { type AlertFacts, alertDescription, alertSummary } from "./text.ts";
import type { ShownAlert } from "./track.ts";

/** One state of one alert: plain data. */
export interface Notification {
  /** Idempotency key: fingerprint, beginning and state. */
  id: string;
  fingerprint: string;
  labels: Labels;
  annotations: Labels;
  /** `firing` for the alerts about Forewarn itself. */
  state: ShownAlert["status"] | "firing";
  startsAtMs: number;
  /** When it was resolved; null while it stands. */
  endsAtMs: number | null;
  /** When the state was taken; a later one replaces an earlier one. */
  changedAtMs: number;
  group: { key: string; labels: Labels };
}

/** The labels of a rule's alert on a server. */
export function alertLabels(rule: AlertRule, server: string, serverLabels: Labels): Labels {
  return { ...serverLabels, ...rule.labels, alertname: rule.id, server, severity: rule.severity };
}

/** Makes the notification of an alert's present state. */
export function notificationOf(
  shown: ShownAlert,
  labels: Labels,
  group: Notification["group"],
  facts: AlertFacts | null,
): Notification {
  const print = fingerprint(labels);
  return {
    id: idempotencyId(print, shown.startsAtMs, shown.status),
    fingerprint: print,
    labels,
    annotations: facts === null ? {} : annotationsOf(facts),
    state: shown.status,
    startsAtMs: shown.startsAtMs,
    endsAtMs: shown.status === "resolved" ? shown.changedAtMs : null,
    changedAtMs: shown.changedAtMs,
    group,
  };
}

function annotationsOf(facts: AlertFacts): Labels {
  const { reading, status } = facts;
  const { p10Ms, p50Ms, p90Ms } = reading.timeToBreach;
  const time = (ms: number | null) => (ms === null ? "" : new Date(reading.originMs + ms).toISOString());
  return {
    summary: alertSummary(facts),
    description: alertDescription(facts),
    status,
    ...(reading.probability === null ? {} : { probability: reading.probability.toFixed(3) }),
    breach_p10: time(p10Ms),
    breach_p50: time(p50Ms),
    breach_p90: time(p90Ms),
    model_id: reading.modelId,
    forecast_id: reading.forecastId,
    issued_at: new Date(reading.issuedAtMs).toISOString(),
  };
}
