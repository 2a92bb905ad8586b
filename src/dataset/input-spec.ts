// What a model reads, in order. One InputSpec is made from a contract when training starts, stored in config.json, and
// drives the feature builder in training, verification and forecasting alike, so that they cannot drift apart.

/** A model input: a small vector per step (past, known) or per window (static). */
export interface VariableSpec {
  name: string;
  /** Numbers per step, or per window for static variables. */
  channels: number;
}

/** A static category with its vocabulary; index 0 of the one-hot vector is "unknown", value i is index i + 1. */
export interface CategorySpec {
  name: string;
  vocabulary: string[];
}

/** Everything about a breach rule that features and labels need, in steps of the grid. */
export interface BreachRuleSpec {
  id: string;
  metric: string;
  op: ">=" | "<=";
  threshold: number;
  forSteps: number;
  clearSteps: number;
}

/** The model's inputs and outputs; plain JSON. */
export interface InputSpec {
  intervalMs: number;
  /** Past steps the model reads as tokens (288 = 24 h). */
  contextSteps: number;
  /** Steps forecast (96 = 8 h). */
  horizonSteps: number;
  /** Steps before the origin used for scaling, lags and candidates when they are there (2,016 = 7 days). */
  historySteps: number;
  /** Steps per token; divides contextSteps and horizonSteps. */
  patchSteps: number;
  /** All metrics that are read, in contract order. */
  metrics: string[];
  /** Position of each metric among the metrics of the contract (the order of a series' columns), parallel to `metrics`. */
  metricColumns: number[];
  /** Metrics of the contract without a single value in the training rows: neither read nor forecast. */
  absentMetrics: string[];
  /** The metrics that are forecast, a subset of `metrics` in the same order. */
  targets: string[];
  /** Transform of each metric, parallel to `metrics`. */
  transforms: ("identity" | "log1p" | "logit")[];
  /** Legal range of each metric, parallel to `metrics`. */
  ranges: { min: number | null; max: number | null }[];
  /** Smallest allowed scale of each metric in transformed space, learned from the training rows. */
  scaleFloors: number[];
  /** Typical scale of each metric in transformed space (median over training windows). */
  typicalScales: number[];
  labels: CategorySpec[];
  /** One-hot server names; empty unless server embedding is on. */
  serverVocabulary: string[];
  /** Observed in the past only. */
  past: VariableSpec[];
  /** Known for past and future. */
  known: VariableSpec[];
  static: VariableSpec[];
  /** Names of the candidate values of a target, in order. */
  candidates: string[];
  /**
   * Unit of learned offsets from the candidates and of calibration shifts: the window's scale, or the mean deviation of
   * its history, so that a history that never moved is forecast exactly.
   */
  offsetUnit: "scale" | "deviation";
  breachRules: BreachRuleSpec[];
  /** Last step of each group of the breach head, increasing: 6, 12, 24, 48, 96 = 30 m, 1, 2, 4, 8 h. */
  breachGroupEnds: number[];
  /** Whether the network reads hazards from its states alone or also linearly from the inputs of the breach head. */
  breachReadings: "deep" | "both";
  /** Names of the inputs of the breach head for each rule and group, in order. */
  breachFeatures: string[];
}

/**
 * Inputs of a batch. B windows, P = patchSteps, Tp = contextSteps / P, Tf = horizonSteps / P, T targets, K candidates,
 * R breach rules, G groups. A variable with c channels fills P * c numbers of a token, step by step.
 */
export interface InputBatch {
  size: number;
  /** Past-only variables, then known variables.                   [B, Tp, P * channels] */
  past: Float32Array;
  /** Known variables.                                             [B, Tf, P * channels] */
  future: Float32Array;
  /** Static variables.                                            [B, channels] */
  static: Float32Array;
  /** Candidate values in scaled space.                            [B, Tf, T, K, P] */
  candidates: Float32Array;
  /** Inputs of the breach head.                                   [B, R, G, F] */
  breachFeatures: Float32Array;
  /** Location of each target in transformed space.                [B, T] */
  location: Float32Array;
  /** Scale of each target in transformed space.                   [B, T] */
  scale: Float32Array;
  /** The spec's offsetUnit in scales: 1, or the share of the scale that is deviation, 0 to 1.  [B, T] */
  offsetUnit: Float32Array;
}

/** What a training batch has beside its inputs. */
export interface TargetBatch {
  /** Truth in scaled space, 0 where missing.                      [B, Tf, T, P] */
  target: Float32Array;
  /** Loss weight, 0 where the truth is missing.                   [B, Tf, T, P] */
  weight: Float32Array;
  /** 1 where a breach began in this group.                        [B, R, G] */
  breachEvent: Float32Array;
  /** 1 where a breach could have begun and would have been seen.  [B, R, G] */
  breachAtRisk: Float32Array;
}

/** Sum of channels of a list of variables. */
export function totalChannels(variables: readonly VariableSpec[]): number {
  return variables.reduce((sum, variable) => sum + variable.channels, 0);
}
