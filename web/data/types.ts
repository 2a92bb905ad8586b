// What the API answers, as far as the page reads it. docs/openapi.json describes all of it.
import type { Contract } from "../../src/contract/schema.ts";

export type { Contract };

/** Probabilities that an incident of a rule begins within so many milliseconds. */
export interface Breach {
  rule: string;
  withinMs: number[];
  probabilities: number[];
}

/** Who made a forecast and from what. */
export interface ForecastHead {
  server: string;
  labels: Record<string, string>;
  forecastId: string;
  modelId: string;
  contractHash: string;
  issuedAt: string;
  dataAt: string;
  dataAgeMs: number;
  originAt: string;
  intervalMs: number;
}

export interface Refusal {
  code: string;
  message: string;
  historySteps: { has: number; needs: number } | null;
}

/** GET /servers and /servers/:server. */
export interface ServerItem {
  server: string;
  labels: Record<string, string | null>;
  state: string | null;
  firstSeenAt: string;
  lastSeenAt: string;
  prediction?: ForecastHead & { breaches: Breach[] };
  refused?: Refusal;
}

/** GET /fleet. */
export interface Fleet {
  contract: string;
  contractHash: string;
  model: { modelId: string; since: string } | null;
  tick?: { issuedAt: string; modelId: string; servers: number; durationMs: number };
  servers: { known: number; forecast?: number; refused: number };
  alerts: { pending: number; predicted: number; confirmed: number };
}

/** GET /status. */
export interface Status {
  version: string;
  startedAt: string;
  ready: boolean;
  reasons: string[];
  nextTickAt: string | null;
  modelMissing: string | null;
  demo: { speed: number; scenario: string | null } | null;
  store: { state: string; reason: string | null };
}

/** GET /servers/:server/forecast. Quantiles by level, each `[steps]`. */
export interface Forecast extends ForecastHead {
  targets: { metric: string; unit: string | null; quantiles: Record<string, number[]> }[];
  breaches: Breach[];
}

/** GET /servers/:server/history. */
export interface History {
  startAt: string;
  intervalMs: number;
  steps: number;
  metrics: Record<string, (number | null)[]>;
}

/** GET /servers/:server/forecasts: what was served before. */
export interface PastForecast {
  forecastId: string;
  modelId: string;
  issuedAt: string;
  breaches: Breach[];
}

/** GET /alerts. */
export interface Alert {
  id: string;
  rule: string;
  server: string;
  labels: Record<string, string>;
  phase: "inactive" | "pending" | "predicted" | "confirmed";
  startsAt: string | null;
  changedAt: string | null;
  incidentSince: string | null;
  deadlineAt: string | null;
  acknowledgement: { author: string; at: string; note: string } | null;
  prediction?: {
    modelId: string;
    issuedAt: string;
    ageMs: number;
    probability: number | null;
    timeToBreach: TimeToBreach;
    topInputs: { variable: string; share: number }[];
  };
}

/** Time from the origin by which the breach has come with probability 0.1, 0.5, 0.9; null beyond the farthest horizon. */
export interface TimeToBreach {
  p10Ms: number | null;
  p50Ms: number | null;
  p90Ms: number | null;
}

/** GET /alerts/closed. */
export interface ClosedAlert {
  rule: string;
  server: string;
  outcome: "confirmed" | "averted" | "expired" | "missed";
  closedAt: string;
  onsetAt: string | null;
  leadMs: number | null;
  maintenance: boolean;
}

/** GET /quiet-times. */
export interface QuietTime {
  id: string;
  kind: "silence" | "maintenance";
  matchers: { name: string; isEqual: boolean; value: string }[];
  comment: string;
  from: string;
  until: string;
  author: string;
  isActive: boolean;
}

export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  meanProbability: number | null;
  eventShare: number | null;
  eventShareLow: number | null;
  eventShareHigh: number | null;
}

/** GET /scoreboard. Null is not defined yet. */
export interface Scores {
  metrics: {
    metric: string;
    scores: {
      count: number | null;
      weightedQuantileLoss: number | null;
      meanAbsoluteError: number | null;
      meanAbsoluteScaledError: number | null;
      coverage: number | null;
      width: number | null;
      pit: (number | null)[];
    };
  }[];
  rules: {
    rule: string;
    breachScores: {
      count: number | null;
      events: number | null;
      brierScore: number | null;
      brierSkill: number | null;
      expectedCalibrationError: number | null;
      reliability: ReliabilityBin[];
    };
    claims: Record<"true" | "late" | "false" | "missed" | "recall" | "precision", number | null>;
  }[];
  open: number;
}

/** GET /models. */
export interface Model {
  modelId: string;
  createdAt: string | null;
  contractHash: string | null;
  state: "serving" | "standby" | "available" | "refused";
  reason: string | null;
}

export interface ModelDetail extends Model {
  evaluation: unknown;
  trainingMetadata: unknown;
  modelCard: string | null;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** The metric of a server that a small chart shows. */
export interface RankedTarget {
  server: string;
  metric: string;
  threshold: number;
  issuedAt: string;
}
