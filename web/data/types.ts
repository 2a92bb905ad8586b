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

/** A model's input and its share of a selection. */
export interface WeighedVariable {
  variable: string;
  kind: "observed" | "lags" | "statistics" | "calendar" | "label" | "server";
  subject: string | null;
  share: number;
}

/** GET /servers/:server/explanation. */
export interface Explanation extends ForecastHead {
  isExact: boolean;
  past: WeighedVariable[];
  future: WeighedVariable[];
  static: WeighedVariable[];
  attention: { startAt: string; spanMs: number; horizons: { withinMs: number; past: number[]; future: number }[] };
}

/** GET /servers/:server/ahead: what was forecast so long before. Lists are `[steps]`. */
export interface AheadRecord {
  leadMs: number;
  leadsMs: number[];
  startAt: string;
  intervalMs: number;
  models: { modelId: string; points: number }[];
  metrics: {
    metric: string;
    unit: string | null;
    quantiles: Record<string, (number | null)[]>;
    scored: number;
    inside: number;
  }[];
}

/** GET /servers/:server/events. */
export interface ServerEvent {
  at: string;
  until: string | null;
  kind:
    | ("predicted" | "confirmed" | "averted" | "expired" | "missed" | "incident")
    | ("acknowledged" | "silence" | "maintenance" | "state");
  rule: string | null;
  leadMs: number | null;
  note: string;
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
  hasReport: boolean;
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
  /** Of the forecast: with another one it is read anew. */
  issuedAtMs: number;
}

/** How a threshold would have done. Null is not defined. */
export interface ReplayScores {
  alerts: number;
  true: number;
  late: number;
  false: number;
  missed: number;
  open: number;
  precision: number | null;
  recall: number | null;
  leadMs: { p10: number | null; p50: number | null; p90: number | null };
  falsePerServerWeek: number | null;
}

export interface ReplayedThreshold extends ReplayScores {
  probability: number;
  clearProbability: number;
}

/** GET /alerts/replay. */
export interface Replay {
  from: string;
  to: string;
  event: string;
  withinMs: number[];
  forecasts: number;
  servers: { replayed: number; known: number };
  models: { modelId: string; forecasts: number }[];
  incidents: number;
  tooLittle: string[];
  curve: ReplayedThreshold[];
  inForce: {
    id: string;
    withinMs: number;
    forMs: number;
    clearForMs: number;
    probability: number;
    clearProbability: number;
    scores: ReplayScores | null;
  }[];
  chosen: (ReplayedThreshold & { examples: ReplayExample[] }) | null;
}

export interface ReplayExample {
  server: string;
  outcome: ClosedAlert["outcome"];
  openedAt: string | null;
  onsetAt: string | null;
  leadMs: number | null;
}

/** GET /demo. */
export interface Demo {
  speed: number;
  now: string;
  scenarios: string[];
  scenario: string;
  startedAt: string;
  endsAt: string;
  incidents: DemoIncident[];
  counts: { confirmed: number; expired: number; missed: number };
}

/** What is planned, and what the alerts made of it. */
export interface DemoIncident {
  server: string;
  rule: string | null;
  sign: string;
  cause: string;
  isForeseeable: boolean;
  course: "breaches" | "recovers" | "repaired";
  startsAt: string;
  peaksAt: string;
  endsAt: string;
  predictedAt: string | null;
  predictBy: string;
  beganAt: string | null;
  outcome: "confirmed" | "missed" | null;
  leadMs: number | null;
}
