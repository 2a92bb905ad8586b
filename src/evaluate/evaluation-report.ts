// The report of a backtest: one JSON document that holds every figure that a person is shown. Tables, HTML and the model
// card are drawn from it alone. Shares lie in [0, 1]; times are epoch milliseconds; null stands where a score is not
// defined (no truth, a constant series, no onset), never for 0.
import { z } from "zod";
import { ForewarnError } from "../base/index.ts";
import {
  breachScoresSchema,
  coldStartSchema,
  comparisonSchema,
  count,
  fanChartSchema,
  type methodScoresSchema,
  pairedDifferenceSchema,
  score,
  serverScoreSchema,
  timeMs,
} from "./report-scores.ts";
import { type claimScoresSchema, earlyWarningSchema } from "./report-warnings.ts";

/** A model and the span of forecast times that it was scored on. */
const foldSchema = z.strictObject({
  modelId: z.string(),
  /** End of the rows that training, validation included, has seen. */
  trainedUntilMs: timeMs,
  fromMs: timeMs,
  toMs: timeMs,
});

/** A rule of the contract: a breach is this condition, kept up for `forMs`. */
const breachRuleSchema = z.strictObject({
  id: z.string(),
  metric: z.string(),
  op: z.enum([">=", "<="]),
  /** In the metric's unit. */
  threshold: z.number(),
  forMs: timeMs,
});

/** Zod schema of the report. */
export const evaluationReportSchema = z.strictObject({
  /** 1 is the short evaluation that training writes. */
  formatVersion: z.literal(2),
  kind: z.literal("backtest"),
  forewarnVersion: z.string(),
  contract: z.strictObject({ id: z.string(), hash: z.string() }),
  breachRules: z.array(breachRuleSchema),
  data: z.strictObject({ fingerprint: z.string(), servers: count, rows: count, startMs: timeMs, endMs: timeMs }),
  /** One for a given model, one per fold with retraining. */
  folds: z.array(foldSchema).min(1),
  /**
   * Whether scored truth lay in rows that training had seen: the scores then prove nothing. "possibly": the time overlaps
   * that of the training data, but the data set is another one.
   */
  seenInTraining: z.enum(["no", "possibly", "yes"]),
  intervalMs: timeMs,
  horizonMs: timeMs,
  strideMs: timeMs,
  seed: count,
  /** Increasing; the coverage of tables belongs to the band from the first to the last. */
  quantileLevels: z.array(z.number()),
  /** Forecast times asked for (null: all) and scored. A window is one server at one forecast time. */
  times: z.strictObject({ asked: count.nullable(), scored: count, fromMs: timeMs, toMs: timeMs }),
  windows: z.strictObject({
    scored: count,
    /** Without any truth in the horizon. */
    withoutTruth: count,
    /** Refused as production would, by error code. */
    refused: z.record(z.string(), count),
  }),
  /** "model", then the baselines. */
  methods: z.array(z.string()),
  /** The result in words, one sentence each, worst news included. */
  verdict: z.array(z.string()),
  /** What a reader must know beside the figures: fewer windows than asked, constant series, ... */
  notes: z.array(z.string()),
  /** Geometric mean over series (server and metric) of pinball / pinball of the seasonal naive; by method. */
  relativeToSeasonalNaive: z.array(z.strictObject({ method: z.string(), ratio: score, series: count })),
  byMetric: z.array(comparisonSchema.extend({ unit: z.string() })),
  /** By value of every label of the contract; value null where a server has none. */
  byProfile: z.array(
    comparisonSchema.extend({ label: z.string(), value: z.string().nullable(), servers: count, windows: count }),
  ),
  /** Steps later than `fromMs` and up to `toMs` after the origin. */
  byLeadTime: z.array(comparisonSchema.extend({ fromMs: timeMs, toMs: timeMs })),
  /** PIT of the model: how often the truth fell below the first level, between levels, above the last; expected shares. */
  pit: z.array(z.strictObject({ metric: z.string(), expected: z.array(z.number()), observed: z.array(score), count })),
  differences: z.array(pairedDifferenceSchema),
  /** The worst tenth of the servers by ratioToBest, worst first. */
  worstServers: z.array(serverScoreSchema),
  fanCharts: z.array(fanChartSchema),
  breaches: z.array(breachScoresSchema),
  /** By rule; empty when the scored time is too short to choose a threshold on its first part. */
  earlyWarning: z.array(earlyWarningSchema),
  /** Null unless asked for. */
  coldStart: z.array(coldStartSchema).nullable(),
});

/** The report of a backtest. */
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;
/** Scores of one method over one group of forecasts. */
export type MethodScores = z.infer<typeof methodScoresSchema>;
/** The same group of forecasts by every method. */
export type Comparison = z.infer<typeof comparisonSchema>;
/** A paired difference with its interval. */
export type PairedDifference = z.infer<typeof pairedDifferenceSchema>;
/** Scores of the breach probabilities of one rule and time. */
export type BreachScores = z.infer<typeof breachScoresSchema>;
/** Early warning of one breach rule. */
export type EarlyWarning = z.infer<typeof earlyWarningSchema>;
/** Claims of one warner, scored. */
export type ClaimScores = z.infer<typeof claimScoresSchema>;
/** A forecast beside what came. */
export type FanChart = z.infer<typeof fanChartSchema>;
/** A server of the worst tenth. */
export type ServerScore = z.infer<typeof serverScoreSchema>;
/** Scores of servers with little history. */
export type ColdStart = z.infer<typeof coldStartSchema>;

/**
 * Validates a report.
 * @throws ForewarnError `file_unreadable` naming the first wrong field.
 */
export function parseEvaluationReport(document: unknown, where: string): EvaluationReport {
  const parsed = evaluationReportSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ForewarnError("file_unreadable", `${where}: ${path.join(".")}: ${message}`, {
    hint: "make it anew with `forewarn backtest`",
  });
}
