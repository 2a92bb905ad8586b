// server: the HTTP API. Rows and samples in; forecasts, alerts, scores and events out; keys, limits, metrics and the audit log.
export { createApp } from "./app.ts";
export { type AuditEntry, type AuditLog, openAuditLog } from "./audit.ts";
export { assertBindAllowed } from "./auth.ts";
export type { DemoDesk, DemoIncident, DemoStory } from "./demo-desk.ts";
export { createEventHub, type EventHub, type EventSink, type StreamEvent, type Subscription } from "./events.ts";
export {
  hasScope,
  type KeyInfo,
  type KeyLimits,
  type KeyRing,
  mayWriteServer,
  openKeyRing,
  SCOPES,
  type Scope,
} from "./keys.ts";
export {
  type Counter,
  createMetricsRegistry,
  type Gauge,
  type Histogram,
  type MetricsRegistry,
} from "./metrics-registry.ts";
export type { ServerOptions } from "./options.ts";
export type {
  ReplayAnswer,
  ReplayDesk,
  ReplayedInForce,
  ReplayedThreshold,
  ReplayQuestion,
} from "./replay-desk.ts";
export { listenBeside, type SecondListener } from "./second-listener.ts";
export { alertingRules } from "./series/alerting-rules.ts";
export { aheadSamples, type IssuedSample, probabilitySamples, validSamples } from "./series/issued.ts";
export { scoreSamples } from "./series/scores.ts";
export type {
  AheadPoint,
  AheadRecord,
  AlertDesk,
  DaemonStatus,
  ForecastBook,
  IngestLimits,
  ModelDesk,
  ModelEntry,
  RefusedServer,
  ServedExplanation,
  ServedForecast,
  Services,
} from "./services.ts";
