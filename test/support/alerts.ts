// Hand-made forecasts and books for the tests of the alert room.
import {
  type AlertBookOptions,
  type AlertForecast,
  type AlertRule,
  type Notification,
  parseAlertRules,
} from "../../src/alert/index.ts";
import { notificationOf } from "../../src/alert/notification.ts";
import type { ShownAlert } from "../../src/alert/track.ts";
import { fleetContract } from "../../src/contract/index.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** The steps of forecasts made here. */
export const INTERVAL = 5 * MINUTE;
/** Horizons of breach probabilities: 30 m, 1, 2, 4 and 8 h. */
export const WITHIN_STEPS = [6, 12, 24, 48, 96] as const;
export const LEVELS = [0.1, 0.5, 0.9] as const;

/** A cpu_high forecast issued at its origin; the probabilities are those of `WITHIN_STEPS`, one number is for all. */
export function forecast(server: string, originMs: number, probability: number | readonly number[]): AlertForecast {
  const probabilities = typeof probability === "number" ? WITHIN_STEPS.map(() => probability) : probability;
  return {
    record: {
      forecastId: `${server}@${originMs}`,
      modelId: "model-a",
      contractHash: "hash",
      issuedAtMs: originMs,
      server,
      labels: { profile: "database" },
      intervalMs: INTERVAL,
      originMs,
      levels: LEVELS,
      targets: [],
      breaches: [{ rule: "cpu_high", withinSteps: WITHIN_STEPS, probabilities }],
    },
  };
}

/** Rules of the built-in contract. */
export function alertRules(...documents: unknown[]): AlertRule[] {
  return parseAlertRules(documents, fleetContract, "test");
}

/** cpu_high within 4 h at 0.5 for 10 m, off below 0.3 for 15 m. */
export const CPU_RULE = {
  id: "cpu_soon",
  when: "breach",
  rule: "cpu_high",
  within: "4h",
  probability: 0.5,
  for: "10m",
  clear: { probability: 0.3, for: "15m" },
} as const;

/** Book settings with groups of one profile and 10 minutes. */
export function bookOptions(rules: readonly AlertRule[]): AlertBookOptions {
  return {
    rules,
    intervalMs: INTERVAL,
    group: { by: ["profile"], windowMs: 10 * MINUTE },
    graceMs: INTERVAL,
    usefulLeadMs: 30 * MINUTE,
    ledgerEntries: 1000,
  };
}

/** A notification of one alert of `server`. */
export function notification(
  server: string,
  state: ShownAlert["status"],
  startsAtMs: number,
  changedAtMs: number,
): Notification {
  const shown = { status: state, startsAtMs, changedAtMs };
  const labels = { alertname: "cpu_soon", server, severity: "page" };
  return notificationOf(shown, labels, { key: "{}:0", labels: { alertname: "cpu_soon" } }, null);
}
