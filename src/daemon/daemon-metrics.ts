// The daemon's own metrics. docs/operations.md says what each means.
import type { Shard } from "../prometheus/index.ts";
import type { ForecastBook, MetricsRegistry } from "../server/index.ts";
import type { LiveStore } from "../store/index.ts";
import type { OwnAlertDesk } from "./alert-desk.ts";
import type { OwnModelDesk } from "./model-desk.ts";
import type { ScoreDesk } from "./score-desk.ts";

/** What ticks count. */
export interface DaemonMetrics {
  /** The rows that came into the store from elsewhere were read. */
  refreshed(seconds: number): void;
  /** A tick is over. */
  ticked(seconds: number): void;
  overrun(skipped: number): void;
  forecasts(count: number): void;
  /** Servers without a forecast by code; codes that are gone are set to 0. */
  refused(counts: ReadonlyMap<string, number>): void;
  batchError(code: string): void;
  /** A part of a tick, or of what is done beside it, that failed. */
  failure(part: "store" | "records" | "scores" | "alerts" | "write_back" | "housekeeping"): void;
  /** Forecasts that the scoreboard did not take. */
  unscored(count: number): void;
  modelRefused(): void;
  /** What is read when it is scraped. */
  watch(parts: WatchedParts): void;
}

/** Parts whose own numbers are shown. */
export interface WatchedParts {
  store: LiveStore;
  models: OwnModelDesk;
  alerts: OwnAlertDesk;
  scores: ScoreDesk;
  forecasts: ForecastBook;
  now: () => number;
}

const TICK_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Registers the metrics. */
export function createDaemonMetrics(registry: MetricsRegistry, version: string, shard: Shard): DaemonMetrics {
  registry
    .gauge("forewarn_build_info", "Version of Forewarn and of Node; always 1")
    .set(1, { version, node: process.version });
  const tick = registry.histogram(
    "forewarn_tick_seconds",
    "Time from the beginning of a tick to its end",
    TICK_SECONDS,
  );
  registry.gauge("forewarn_shard_index", "Which of the daemons that share the fleet this is").set(shard.index);
  registry.gauge("forewarn_shard_count", "Daemons that share the fleet").set(shard.count);
  const refresh = registry.histogram(
    "forewarn_store_refresh_seconds",
    "Time to read what is new in the database before a tick",
    TICK_SECONDS,
  );
  const overruns = registry.counter(
    "forewarn_tick_overruns_total",
    "Ticks skipped because the one before took too long",
  );
  const forecasts = registry.counter("forewarn_forecasts_total", "Forecasts made");
  const refused = registry.gauge("forewarn_servers_refused", "Servers without a forecast, by reason");
  const batchErrors = registry.counter(
    "forewarn_forecast_batch_errors_total",
    "Batches that the network could not forecast",
  );
  const failures = registry.counter("forewarn_tick_failures_total", "Parts of ticks that failed");
  const unscored = registry.counter(
    "forewarn_forecasts_unscored_total",
    "Chosen forecasts that the scoreboard refused",
  );
  const modelsRefused = registry.counter(
    "forewarn_models_refused_total",
    "Models that could not be brought into service",
  );
  const codes = new Set<string>();
  for (const counter of [overruns, forecasts, unscored, modelsRefused]) counter.add(0);
  return {
    refreshed: (seconds) => refresh.observe(seconds),
    ticked: (seconds) => tick.observe(seconds),
    overrun: (skipped) => overruns.add(skipped),
    forecasts: (count) => forecasts.add(count),
    refused(counts) {
      for (const code of counts.keys()) codes.add(code);
      for (const code of codes) refused.set(counts.get(code) ?? 0, { code });
    },
    batchError: (code) => batchErrors.add(1, { code }),
    failure: (part) => failures.add(1, { part }),
    unscored: (count) => unscored.add(count),
    modelRefused: () => modelsRefused.add(1),
    watch: (parts) => watchParts(registry, parts),
  };
}

function watchParts(registry: MetricsRegistry, { store, models, alerts, scores, forecasts, now }: WatchedParts): void {
  const { gaugeFrom, counterFrom } = registry;
  const rows = (key: "accepted" | "duplicates" | "conflicts" | "rejected") => () => store.status().counts[key];
  counterFrom("forewarn_rows_accepted_total", "Rows stored", rows("accepted"));
  counterFrom("forewarn_rows_duplicate_total", "Rows that were there already", rows("duplicates"));
  counterFrom("forewarn_rows_conflict_total", "Rows whose time was taken by another row", rows("conflicts"));
  counterFrom("forewarn_rows_refused_total", "Rows of servers beyond the limit", rows("rejected"));
  gaugeFrom("forewarn_store_servers", "Servers in the hot window", () => store.status().servers);
  gaugeFrom("forewarn_store_queued_rows", "Rows that wait for their commit", () => store.status().queuedRows);
  gaugeFrom("forewarn_store_writable", "1 while rows are taken", () => Number(store.status().state === "ready"));
  gaugeFrom("forewarn_store_gaps", "Damaged parts of the store that were set aside", () => store.status().gaps.length);
  gaugeFrom("forewarn_model_serving", "1 while a model forecasts", () => Number(models.serving() !== null));
  gaugeFrom("forewarn_model_since_seconds", "Since when the model serves, Unix time", () => {
    const serving = models.serving();
    return serving === null ? undefined : serving.sinceMs / 1000;
  });
  gaugeFrom("forewarn_forecast_age_seconds", "Since the newest forecasts were issued", () => {
    const last = forecasts.lastTick();
    return last === null ? undefined : (now() - last.issuedAtMs) / 1000;
  });
  gaugeFrom("forewarn_servers_forecast", "Servers with a current forecast", () => forecasts.all().length);
  gaugeFrom("forewarn_scoreboard_open", "Forecasts that wait for their truth", () => scores.board().openForecasts());
  gaugeFrom("forewarn_outbox_pending", "Alert states that nobody has taken yet", () => alerts.outbox().pending);
  gaugeFrom("forewarn_outbox_oldest_seconds", "Age of the oldest of them", () => {
    const { oldestPendingMs } = alerts.outbox();
    return oldestPendingMs === null ? 0 : (now() - oldestPendingMs) / 1000;
  });
  const delivered = (key: "taken" | "refused" | "failedRequests") => () =>
    alerts.delivery().reduce((sum, one) => sum + one[key], 0);
  counterFrom("forewarn_alerts_delivered_total", "Alert states taken by destinations", delivered("taken"));
  counterFrom("forewarn_alerts_undeliverable_total", "Alert states refused by destinations", delivered("refused"));
  counterFrom(
    "forewarn_alert_requests_failed_total",
    "Requests to destinations that failed",
    delivered("failedRequests"),
  );
}
