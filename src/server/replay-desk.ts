// "Would have fired" as the HTTP server asks for it: an alert rule that is not in force, on forecasts that were stored.
import type { LedgerEntry, ThresholdScores } from "../alert/index.ts";

/** A breach rule with its thresholds still open. */
export interface ReplayQuestion {
  /** Breach rule of the contract. */
  rule: string;
  withinMs: number;
  /** How long the rule must be active before it fires, and clear before it goes off. */
  forMs: number;
  clearForMs: number;
  /** The rule is clear below this share of its threshold. */
  clearShare: number;
  /** How far back. */
  spanMs: number;
  /** A threshold of which examples are wanted. */
  probability: number | null;
}

/** How a threshold would have done. */
export interface ReplayedThreshold extends ThresholdScores {
  probability: number;
  clearProbability: number;
}

/** A rule in force for the same event; `scores` is null when stored forecasts do not have its horizon. */
export interface ReplayedInForce {
  id: string;
  withinMs: number;
  forMs: number;
  clearForMs: number;
  probability: number;
  clearProbability: number;
  scores: ThresholdScores | null;
}

/** What stored forecasts tell. */
export interface ReplayAnswer {
  fromMs: number;
  toMs: number;
  /** What is predicted, for people. */
  event: string;
  /** Horizons that can be asked for. */
  withinMs: readonly number[];
  forecasts: number;
  servers: { replayed: number; known: number };
  models: readonly { modelId: string; forecasts: number }[];
  /** Incidents of the event that began in that time. */
  incidents: number;
  /** Why the figures may be chance; empty when there is enough. */
  tooLittle: readonly string[];
  /** By increasing threshold. */
  curve: readonly ReplayedThreshold[];
  inForce: readonly ReplayedInForce[];
  /** The threshold that was asked for, with the newest entries of each outcome. */
  chosen: (ReplayedThreshold & { examples: readonly LedgerEntry[] }) | null;
}

/** Answers one question at a time. */
export interface ReplayDesk {
  /**
   * @param signal Ends the work when nobody waits for the answer any more.
   * @throws ForewarnError `request_invalid` for an unknown rule or horizon; `overloaded` when too many wait.
   */
  ask(question: ReplayQuestion, signal: AbortSignal): Promise<ReplayAnswer>;
}
