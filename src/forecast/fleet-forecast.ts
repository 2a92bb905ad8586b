// What a forecast says: plain JSON, values in the metrics' own units, times as ISO 8601 in UTC.
import type { ErrorCode } from "../base/index.ts";

/** A forecast of all servers of a data set from one model. */
export interface FleetForecast {
  modelId: string;
  /** SHA-256 of the contract that model and data share. */
  contractHash: string;
  /** End of the newest step that any forecast read. */
  issuedAt: string;
  intervalMs: number;
  /** Levels of the quantiles, increasing, each in (0, 1). */
  quantileLevels: number[];
  forecasts: ServerForecast[];
  /** Servers without a forecast, and why; nothing is guessed for them. */
  refused: Refusal[];
}

/** A forecast of one server. */
export interface ServerForecast {
  server: string;
  labels: Record<string, string | null>;
  /** Start of the first and end of the last step of the context; the forecast begins at `contextEnd`. */
  contextStart: string;
  contextEnd: string;
  /** Share of the context steps without a value, by target. */
  missingShare: Record<string, number>;
  /** Start of each forecast step. */
  timestamps: string[];
  targets: TargetForecast[];
  breaches: BreachForecast[];
}

/** A forecast of one metric. */
export interface TargetForecast {
  metric: string;
  unit: string;
  /** Ascending along the levels.   [step][level] */
  quantiles: number[][];
  /** Measured values of the last 24 h up to `contextEnd`, oldest first; NaN is missing. */
  history: number[];
}

/** The probability that an incident begins. */
export interface BreachForecast {
  rule: string;
  metric: string;
  threshold: number;
  /** P(an incident begins within this time of `contextEnd`), by duration ("30m"), shortest first; never falls. */
  within: Record<string, number>;
}

/** Why a server has no forecast. */
export interface Refusal {
  server: string;
  code: ErrorCode;
  message: string;
}
