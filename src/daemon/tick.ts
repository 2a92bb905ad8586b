// One tick: forecast the fleet, publish, score, warn, store. A part that fails is counted and told, and the others go on;
// a fault of the program ends the daemon, whose state is on the disk.
import { type Notification, readForecast } from "../alert/index.ts";
import { ForewarnError } from "../base/index.ts";
import type { EventHub, ServedForecast } from "../server/index.ts";
import type { LiveStore } from "../store/index.ts";
import type { OwnAlertDesk } from "./alert-desk.ts";
import { createBreather } from "./breather.ts";
import type { DaemonMetrics } from "./daemon-metrics.ts";
import type { OwnForecastBook } from "./forecast-book.ts";
import type { ForecastFiles } from "./forecast-files.ts";
import { forecastPass, type PassResult } from "./forecast-pass.ts";
import type { LeadFiles } from "./lead-files.ts";
import type { Log } from "./log.ts";
import type { OwnModelDesk } from "./model-desk.ts";
import type { PredictorWatch, TickOutcome } from "./predictor-watch.ts";
import type { ScoreDesk } from "./score-desk.ts";
import type { PlannedTick } from "./tick-schedule.ts";

/** What a tick works with. */
export interface TickParts {
  store: LiveStore;
  models: OwnModelDesk;
  forecasts: OwnForecastBook;
  files: ForecastFiles;
  leads: LeadFiles;
  scores: ScoreDesk;
  alerts: OwnAlertDesk;
  predictor: PredictorWatch;
  events: EventHub;
  metrics: DaemonMetrics;
  batchSize: number;
  /** Ends a tick between two batches; nothing of it is published. */
  signal: AbortSignal;
  now: () => number;
  log: Log;
}

/** Makes one tick. @throws Faults of the program only. */
export async function makeTick(parts: TickParts, { boundaryMs }: PlannedTick): Promise<void> {
  const { store, forecasts, scores, alerts, events, metrics, now, log } = parts;
  const startedMs = performance.now();
  const guard = guardFor(parts);
  await guard("store", () => store.refresh(boundaryMs, parts.signal));
  metrics.refreshed((performance.now() - startedMs) / 1000);
  const issuedAtMs = now();
  const { result, modelId, outcome } = await passOver(parts, boundaryMs, issuedAtMs);
  if (outcome === null) return;
  const faults = parts.predictor.judge(outcome);
  if (result === null) {
    await guard("alerts", async () => publishAlerts(events, await alerts.report(faults), issuedAtMs));
    return;
  }
  if (modelId === null) forecasts.clear();
  const fresh = modelId === null ? [] : withoutRepeats(result, forecasts);
  const durationMs = performance.now() - startedMs;
  if (modelId !== null)
    forecasts.publish(result, { issuedAtMs, modelId, servers: result.forecasts.length, durationMs });
  metrics.forecasts(fresh.length);
  metrics.refused(countBy(result.refused.map(({ code }) => code)));

  const servers = store.servers().length;
  const stored = fresh.map(({ record, dataMs }) => {
    return { record, dataMs, withQuantiles: scores.isScored(record.server, boundaryMs, servers) };
  });
  // Forecasts are on the disk before they are scored, so that a crash between the two loses none.
  await guard("records", () => parts.files.append(issuedAtMs, stored, createBreather()));
  await guard("scores", async () => {
    const scored = stored.filter(({ withQuantiles }) => withQuantiles).map(({ record }) => record);
    const { closed, refused } = scores.advance(boundaryMs, scored);
    metrics.unscored(refused);
    if (closed.length > 0) events.publish("score", { at: isoTime(boundaryMs), closed });
  });
  await guard("alerts", async () => {
    const { notifications, closed } = await alerts.evaluate(boundaryMs, fresh, faults);
    publishAlerts(events, notifications, issuedAtMs);
    if (closed.length > 0)
      log("info", "claims closed", { outcomes: Object.fromEntries(countBy(closed.map(({ outcome }) => outcome))) });
    await alerts.deliver();
  });
  const tookMs = performance.now() - startedMs;
  metrics.ticked(tookMs / 1000);
  const counts = { forecasts: result.forecasts.length, refused: result.refused.length, failed: result.failed.length };
  events.publish("forecast", { boundary: isoTime(boundaryMs), issuedAt: isoTime(issuedAtMs), modelId, ...counts });
  log("info", "tick", { boundary: isoTime(boundaryMs), modelId, ...counts, tookMs: Math.round(tookMs) });
  // Nothing waits for the record of the servers' pages.
  const records = fresh.map(({ record }) => record);
  await guard("records", () => parts.leads.append(issuedAtMs, records, createBreather()));
}

/** Tells listeners of the alerts that have changed in this tick. */
function publishAlerts(events: EventHub, notifications: readonly Notification[], issuedAtMs: number): void {
  for (const notification of notifications.filter(({ changedAtMs }) => changedAtMs >= issuedAtMs)) {
    const { labels, annotations, state, startsAtMs, endsAtMs, fingerprint } = notification;
    const [startsAt, endsAt] = [isoTime(startsAtMs), endsAtMs === null ? null : isoTime(endsAtMs)];
    events.publish("alert", { fingerprint, state, labels, annotations, startsAt, endsAt });
  }
}

/**
 * The pass with the model that serves now; all batches of a tick come from one model. Without a result the tick could not
 * be made; without an outcome either, it was stopped.
 */
async function passOver(parts: TickParts, boundaryMs: number, issuedAtMs: number): Promise<PassedOver> {
  const { store, models, scores, alerts, metrics, batchSize, signal, log } = parts;
  const lease = models.lease();
  const rules = alerts.rules();
  let result: PassResult | null = null;
  let batchCode: string | null = null;
  try {
    result = await forecastPass({
      store,
      forecaster: lease?.forecaster ?? null,
      batchSize,
      boundaryMs,
      issuedAtMs,
      signal,
      breathe: createBreather(),
      visit(series) {
        scores.visit(series, boundaryMs);
        alerts.visit(series);
      },
      isExplained: (record) => rules.some((rule) => readForecast(rule, { record })?.level === "on"),
      onBatchError(error, servers) {
        const code = error instanceof ForewarnError ? error.code : "worker_failed";
        batchCode = code;
        metrics.batchError(code);
        log("error", "batch not forecast", {
          code,
          message: error.message,
          servers: servers.length,
          first: servers[0],
        });
      },
    });
    if (signal.aborted) return { result: null, modelId: null, outcome: null };
    const outcome = outcomeOf(result, lease === null ? (models.missing() ?? "none") : null, batchCode);
    return { result, modelId: lease?.model.modelId ?? null, outcome };
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    metrics.failure("store");
    log("error", "tick failed", { code: error.code, message: error.message });
    return { result: null, modelId: null, outcome: { kind: "failed", reason: error.code } };
  } finally {
    await lease?.release();
    if (result?.isBroken) await models.revive();
  }
}

/** What {@link passOver} gives. */
interface PassedOver {
  result: PassResult | null;
  modelId: string | null;
  outcome: TickOutcome | null;
}

/** @param missing Why there is no model; null with one. @param batchCode Of the last failed batch; null without one. */
function outcomeOf(result: PassResult, missing: string | null, batchCode: string | null): TickOutcome {
  if (missing !== null) return { kind: "no model", reason: missing };
  const isForecast = result.forecasts.length > 0 || result.failed.length === 0;
  return isForecast ? { kind: "forecast" } : { kind: "failed", reason: batchCode ?? "worker_failed" };
}

/** A forecast of the same model and the same origin says nothing new: the first one stays, with its time of issue. */
function withoutRepeats(result: PassResult, { current }: OwnForecastBook): ServedForecast[] {
  const fresh: ServedForecast[] = [];
  for (const [index, forecast] of result.forecasts.entries()) {
    const before = current(forecast.record.server);
    if (before?.record.forecastId === forecast.record.forecastId) result.forecasts[index] = before;
    else fresh.push(forecast);
  }
  return fresh;
}

/** Runs a part of a tick; a failure that an operator can act on is counted and told. */
export function guardFor({ metrics, log }: Pick<TickParts, "metrics" | "log">) {
  return async (part: Parameters<DaemonMetrics["failure"]>[0], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      metrics.failure(part);
      log("error", `${part} failed`, { code: error.code, message: error.message });
    }
  };
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
