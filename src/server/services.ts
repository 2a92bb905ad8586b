// What the HTTP server asks of the daemon behind it. The daemon implements it; tests of routes implement it too.
import type { AlertBook, AlertRule } from "../alert/index.ts";
import type { Contract } from "../contract/index.ts";
import type { ForecastRecord, Scoreboard } from "../evaluate/index.ts";
import type { ForecastExplanation } from "../forecast/index.ts";
import type { SampleReceiver } from "../receive/index.ts";
import type { LiveStore } from "../store/index.ts";
import type { AuditLog } from "./audit.ts";
import type { DemoDesk } from "./demo-desk.ts";
import type { EventHub } from "./events.ts";
import type { KeyRing } from "./keys.ts";
import type { MetricsRegistry } from "./metrics-registry.ts";
import type { ReplayDesk } from "./replay-desk.ts";

/** Everything a route may use. Times are epoch milliseconds. */
export interface Services {
  /** Version of Forewarn. */
  version: string;
  contract: Contract;
  contractHash: string;
  store: LiveStore;
  /** Takes samples of Prometheus and OpenTelemetry; null unless a mapping is configured (`receive.mapping`). */
  receiver: SampleReceiver | null;
  /** Length of the store's hot window. */
  hotWindowMs: number;
  forecasts: ForecastBook;
  /** Distance of forecasts. */
  forecastEveryMs: number;
  /**
   * Explains a current forecast: its model reads its window once more. Kept for as long as the forecast is current.
   * @throws ForewarnError `overloaded` when too many wait; `model_unavailable` when another model serves by now.
   */
  explain(served: ServedForecast): Promise<ServedExplanation>;
  models: ModelDesk;
  alerts: AlertDesk;
  replay: ReplayDesk;
  /** The simulated feed of `forewarn demo`; null everywhere else. */
  demo: DemoDesk | null;
  scoreboard: Scoreboard;
  events: EventHub;
  keys: KeyRing;
  audit: AuditLog;
  metrics: MetricsRegistry;
  limits: IngestLimits;
  status(): DaemonStatus;
  /**
   * Reads the configuration and the models directory anew, for POST /-/reload.
   * @throws ForewarnError for an invalid configuration; the old one stays.
   */
  reload(): Promise<void>;
  /**
   * Copies the stored rows while the daemon runs, for POST /-/backup: every row acknowledged before is in the copy, and
   * every sample is there or in a second copy with `-received` behind its name.
   * @returns Name of the copy, below backups/ of the data directory.
   */
  backup(): Promise<string>;
  now(): number;
}

/** Bounds on what a sender may send. */
export interface IngestLimits {
  /** Rows older than the retention, or later than now by more than this, are refused. */
  retentionMs: number;
  maxAheadMs: number;
  maxRowsPerRequest: number;
  maxBodyBytes: number;
  maxDecodedBytes: number;
}

/** Forecasts as they were last served. */
export interface ForecastBook {
  /** End of the last finished tick, and when its forecasts were issued; null before the first. */
  lastTick(): { issuedAtMs: number; modelId: string; servers: number; durationMs: number } | null;
  /** The current forecast of a server. */
  current(server: string): ServedForecast | undefined;
  /** All current forecasts, sorted by server. */
  all(): readonly ServedForecast[];
  /** Servers without a forecast: warming up, stale, and why. */
  refused(): readonly RefusedServer[];
  /** Stored forecasts of a server issued in [fromMs, toMs), oldest first. */
  history(server: string, fromMs: number, toMs: number): Promise<ServedForecast[]>;
  /** What was forecast for a server `leadMs` ahead of each instant in [fromMs, toMs). */
  ahead(ask: { server: string; leadMs: number; fromMs: number; toMs: number }): Promise<AheadRecord>;
}

/** What was forecast so long ahead. */
export interface AheadRecord {
  /** Leads that are kept, increasing. */
  leadsMs: readonly number[];
  /** Levels of the quantiles, increasing. */
  levels: readonly number[];
  /** Oldest first. */
  points: readonly AheadPoint[];
}

/** What was forecast for one instant. */
export interface AheadPoint {
  /** Start of the step that was forecast. */
  timeMs: number;
  issuedAtMs: number;
  modelId: string;
  /** One value a level, by metric. */
  quantiles: ReadonlyMap<string, readonly number[]>;
}

/** A forecast with what was known when it was made. */
export interface ServedForecast {
  record: ForecastRecord;
  /** Timestamp of the newest row that the forecast read. */
  dataMs: number;
  /** What the network read of the past, heaviest first; known for forecasts that raise an alert. */
  variableWeights?: readonly (readonly [variable: string, share: number])[];
}

/** What the network looked at for a served forecast. */
export interface ServedExplanation extends Omit<ForecastExplanation, "forecast"> {
  /**
   * Whether the run that is explained gave the served forecast. Otherwise rows of the window came late: it explains what
   * the forecast would be with them.
   */
  isExact: boolean;
}

/** A server without a forecast. */
export interface RefusedServer {
  server: string;
  code: string;
  message: string;
  /** Steps of history that it has and needs, when that is what it lacks. */
  historySteps: { has: number; needs: number } | null;
}

/** A model directory as the daemon sees it. */
export interface ModelEntry {
  modelId: string;
  directory: string;
  createdAt: string | null;
  contractHash: string | null;
  /** serving: makes the forecasts; standby: kept for rollback; available: on disk; refused: cannot be served. */
  state: "serving" | "standby" | "available" | "refused";
  /** Why it is refused. */
  reason: string | null;
}

/** What a model directory tells about its model. */
export interface ModelDocuments {
  evaluation: unknown;
  /** Report of a backtest that was attached to it. */
  backtest: unknown;
  trainingMetadata: unknown;
  /** Markdown. */
  modelCard: string | null;
}

/** The models and which of them serves. */
export interface ModelDesk {
  /** The model that makes the forecasts; null when there is none, and `missing` says why. */
  serving(): { modelId: string; directory: string; sinceMs: number } | null;
  missing(): string | null;
  list(): Promise<ModelEntry[]>;
  /**
   * Loads, verifies and warms up a model beside the serving one and makes it serve from the next tick on.
   * @throws ForewarnError `model_unavailable` for an unknown one; what verification throws, and the old one serves on.
   */
  activate(modelId: string): Promise<ModelEntry>;
  /** Makes the model serve that served before. @throws ForewarnError `model_unavailable` when there is none. */
  rollback(): Promise<ModelEntry>;
  /** Documents of a model directory; null for one that it does not have. */
  documents(modelId: string): Promise<ModelDocuments>;
}

/** The alert book and what the operator changes in it. */
export interface AlertDesk {
  book: AlertBook;
  /** The rules in force. */
  rules(): readonly AlertRule[];
  /** Saves the book after a change that came by HTTP; resolves when it is on stable storage. */
  save(): Promise<void>;
  /** Counts and oldest age of what could not be delivered yet. */
  outbox(): { pending: number; oldestPendingMs: number | null };
}

/** How the daemon is doing. */
export interface DaemonStatus {
  startedAtMs: number;
  /** Which of the daemons that share a fleet this is, from 0. */
  shard: { index: number; count: number };
  /** Ready to take rows and to answer. A missing model does not make it unready unless one is configured. */
  ready: boolean;
  /** Why it is not ready. */
  reasons: string[];
  stopping: boolean;
  nextTickMs: number | null;
  /** Ticks that began late because the one before took too long. */
  overruns: number;
  /** Whether the daemon plays a simulated feed (forewarn demo). */
  demo: { speed: number; scenario: string | null } | null;
}
