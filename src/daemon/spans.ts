// Lengths of time that follow from configuration, contract and models.
import { ForewarnError, formatDuration, parseDuration } from "../base/index.ts";
import { newestModel } from "./alert-rules.ts";
import type { DaemonConfig } from "./config-schema.ts";
import type { TickSchedule } from "./tick-schedule.ts";

const DAY_MS = 86_400_000;
/** What models read by default, and a day on top. */
const DEFAULT_WINDOW_MS = 8 * DAY_MS;

/** @throws ForewarnError `config_invalid` for a distance of forecasts that is no multiple of the contract's interval. */
export function scheduleOf({ forecast }: Pick<DaemonConfig, "forecast">, intervalMs: number): TickSchedule {
  const everyMs = forecast.every === null ? intervalMs : parseDuration(forecast.every, "forecast.every");
  const delayMs = parseDuration(forecast.delay, "forecast.delay");
  if (everyMs % intervalMs !== 0) {
    const expected = `a multiple of the contract's interval ${formatDuration(intervalMs)}`;
    throw new ForewarnError("config_invalid", `forecast.every: Expected ${expected}, got ${formatDuration(everyMs)}`);
  }
  if (delayMs < everyMs) return { everyMs, delayMs };
  throw new ForewarnError(
    "config_invalid",
    `forecast.delay: Expected less than ${formatDuration(everyMs)}, got ${formatDuration(delayMs)}`,
  );
}

/** Length of the hot window: the configured one, or what the newest model reads and a day, in whole intervals. */
export function windowMsOf({ store, models }: Pick<DaemonConfig, "store" | "models">, intervalMs: number): number {
  const windowMs = store.window === null ? readByModel(models.directory) : parseDuration(store.window, "store.window");
  return Math.ceil(windowMs / intervalMs) * intervalMs;
}

function readByModel(root: string): number {
  const inputs = newestModel(root)?.config.inputs;
  if (inputs === undefined) return DEFAULT_WINDOW_MS;
  return Math.max(inputs.contextSteps, inputs.historySteps) * inputs.intervalMs + DAY_MS;
}
