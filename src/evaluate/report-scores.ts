// Parts of a backtest's report: scores of forecasts and of breach probabilities, differences, servers, charts.
import { z } from "zod";

/** A score; null where it is not defined. */
export const score = z.number().nullable();
/** Epoch milliseconds, or a duration in milliseconds. */
export const timeMs = z.int();
/** How many. */
export const count = z.int().nonnegative();

/** Scores of one method over one group of forecasts. */
export const methodScoresSchema = z.strictObject({
  /** "model" or the name of a baseline. */
  method: z.string(),
  /** Observed steps. */
  count,
  /** Mean over levels of 2 * sum of pinball / sum of |truth|: the CRPS of GIFT-Eval. */
  weightedQuantileLoss: score,
  /** Mean absolute scaled error of the median, season 24 h; null when every series was constant. */
  meanAbsoluteScaledError: score,
  /** In the metric's unit. */
  meanAbsoluteError: score,
  pinball: score,
  /** Share of the truth inside the band from the lowest to the highest level, and the band's mean width in the unit. */
  coverage: score,
  width: score,
  /** Pairs of neighbouring quantiles in the wrong order. */
  crossings: count,
});

/** The same group of forecasts by every method, the model first. */
export const comparisonSchema = z.strictObject({
  metric: z.string(),
  methods: z.array(methodScoresSchema),
});

/** An estimate with its 95 % bootstrap interval over servers. */
const intervalSchema = z.strictObject({ estimate: score, low: score, high: score });

/** Difference of a score, model minus baseline, so that below 0 is better. */
export const pairedDifferenceSchema = z.strictObject({
  metric: z.string(),
  baseline: z.string(),
  /** Mean pinball loss in the metric's unit, or the mean absolute scaled error. */
  measure: z.enum(["pinball", "MASE"]),
  difference: intervalSchema,
  /** Score of the model / score of the baseline. */
  ratio: intervalSchema,
  /** Share of the servers on which the model is strictly better. */
  betterShare: score,
  servers: count,
  /** better or worse: the interval of the difference leaves out 0. */
  verdict: z.enum(["better", "worse", "no difference"]),
});

const reliabilityBinSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  count,
  meanProbability: score,
  eventShare: score,
  /** 95 % interval of the share, taking forecasts as independent. */
  eventShareLow: score,
  eventShareHigh: score,
});

/** P(an incident of `rule` begins within `withinMs`), on windows that are not in an incident. */
export const breachScoresSchema = z.strictObject({
  rule: z.string(),
  withinMs: timeMs,
  windows: count,
  events: count,
  brier: score,
  logScore: score,
  expectedCalibrationError: score,
  /** 1 - Brier / Brier of the share of events among these windows. */
  skill: score,
  /** The same against the base rate of each server's own past up to the forecast: a reference that could be had. */
  skillOverPast: score,
  areaUnderRoc: score,
  averagePrecision: score,
  reliability: z.array(reliabilityBinSchema),
});

/** How a server was forecast. */
export const serverScoreSchema = z.strictObject({
  server: z.string(),
  windows: count,
  /**
   * Geometric mean over metrics of pinball of the model / pinball of the baseline that is best on the fleet, each ratio
   * held in [0.1, 10]: above 1 loses.
   */
  ratioToBest: score,
  /** Mean over metrics. */
  meanAbsoluteScaledError: score,
});

/** A forecast beside what came, for a chart. Arrays are [step]; null is missing. */
export const fanChartSchema = z.strictObject({
  title: z.enum(["best", "median", "worst"]),
  server: z.string(),
  metric: z.string(),
  unit: z.string(),
  originMs: timeMs,
  /** The last 24 h up to the origin, then the horizon. */
  history: z.array(score),
  truth: z.array(score),
  lower: z.array(z.number()),
  middle: z.array(z.number()),
  upper: z.array(z.number()),
});

/** Scores of servers of which only this much history is known. */
export const coldStartSchema = z.strictObject({
  historyMs: timeMs,
  servers: count,
  windows: count,
  refused: count,
  /** Empty when all were refused. */
  comparisons: z.array(comparisonSchema),
});
