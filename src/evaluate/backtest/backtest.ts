// A backtest: every window scored for the model and all baselines, and the report made of it.

import { ForewarnError } from "../../base/index.ts";
import { assertSameContract, contractHash, contractId } from "../../contract/index.ts";
import { BASELINES } from "../../measure/index.ts";
import type { DataSet } from "../../store/index.ts";
import type { AlertContract } from "../early-warning/alert-contract.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { createBreachLog } from "./breach-log.ts";
import type { CauseOf } from "./causes.ts";
import { scoreColdStart } from "./cold-start.ts";
import { pairedDifferences } from "./differences.ts";
import { drawFanCharts } from "./fan-charts.ts";
import { createFleetScores } from "./fleet-scores.ts";
import { seenInTraining, trainedUntil } from "./forecast-times.ts";
import { noWindows } from "./open-places.ts";
import { type Fold, type Resources, scoreFold } from "./score-fold.ts";
import { rankServers, relativeToSeasonalNaive, worstDecile } from "./server-ranking.ts";
import { scoreTables } from "./tables.ts";
import { createWarningLog } from "./warning-log.ts";
import { scoreWarnings } from "./warning-scores.ts";
import { notesOf, verdictOf } from "./words.ts";

/** A warning comes in time when this long is left. */
const USEFUL_MS = 1_800_000;

/** How a backtest is made. */
export interface BacktestOptions extends Resources {
  strideMs: number;
  /** Forecast times asked for, for the record; null is all. */
  windowsAsked: number | null;
  /** What the thresholds of early warning are chosen for. */
  alert: AlertContract;
  /** Tells which incidents could be foreseen; null without a truth. */
  causeOf: CauseOf | null;
  /** Seed of the bootstrap. */
  seed: number;
  /** Also score servers with 1 h, 6 h and 24 h of history: the model of this fold on these servers. */
  coldStart: { fold: Fold; servers: readonly string[] } | null;
  forewarnVersion: string;
}

/**
 * Scores the models of the folds on their forecast times.
 * @param folds In time order; at least one, all with the same inputs and outputs.
 * @throws ForewarnError `contract_mismatch`; `insufficient_data` when no window at all can be scored.
 */
export async function backtest(
  dataSet: DataSet,
  folds: readonly Fold[],
  options: BacktestOptions,
): Promise<EvaluationReport> {
  const { meta } = dataSet;
  for (const { model } of folds) assertSameContract(model.contract, meta.contract, `data set ${dataSet.directory}`);
  const { contract } = meta;
  const { inputs: spec, architecture } = folds[0]!.model.config;
  const levels = architecture.quantiles;
  const baselines = Object.values(BASELINES);
  const methods = ["model", ...Object.keys(BASELINES)];
  const context = { contract, spec, levels, methods };
  const shape = { targets: spec.targets.length, methods: methods.length, bands: spec.breachGroupEnds.length };
  const fleet = createFleetScores(levels, shape);
  const breaches = createBreachLog(spec);
  const counts = noWindows();
  const warningOptions = {
    horizonSteps: spec.horizonSteps,
    usefulSteps: Math.min(spec.horizonSteps, Math.round(USEFUL_MS / spec.intervalMs)),
  };
  const strideSteps = options.strideMs / spec.intervalMs;
  const warnings = createWarningLog(spec, strideSteps, warningOptions, options.causeOf);

  for (const fold of folds) {
    await scoreFold(dataSet, fold, baselines, options, { fleet, counts, breaches, warnings });
  }
  if (counts.scored === 0) throw nothingScored(dataSet, counts.refused);

  const servers = fleet.servers();
  const ranked = rankServers(servers);
  const times = folds.flatMap((fold) => fold.times);
  const horizonMs = spec.horizonSteps * spec.intervalMs;
  const endOf = (fold: Fold) => fold.times.at(-1)! + horizonMs;
  const { coldStart } = options;
  const facts = {
    formatVersion: 2,
    kind: "backtest",
    forewarnVersion: options.forewarnVersion,
    contract: { id: contractId(contract), hash: contractHash(contract) },
    breachRules: spec.breachRules.map(({ id, metric, op, threshold, forSteps }) => ({
      id,
      metric,
      op,
      threshold,
      forMs: forSteps * spec.intervalMs,
    })),
    data: pick(meta),
    folds: folds.map((fold) => ({
      modelId: fold.model.modelId,
      trainedUntilMs: trainedUntil(fold.model),
      fromMs: fold.times[0]!,
      toMs: endOf(fold),
    })),
    seenInTraining: worst(folds.map((fold) => seenInTraining(fold.model, meta, fold.times[0]!, endOf(fold)))),
    intervalMs: spec.intervalMs,
    horizonMs,
    strideMs: options.strideMs,
    seed: options.seed,
    quantileLevels: levels,
    times: { asked: options.windowsAsked, scored: times.length, fromMs: times[0]!, toMs: times.at(-1)! + horizonMs },
    windows: counts,
    methods,
    relativeToSeasonalNaive: relativeToSeasonalNaive(methods, servers),
    ...scoreTables(context, fleet),
    differences: pairedDifferences(spec.targets, methods, servers, options.seed),
    worstServers: worstDecile(ranked),
    fanCharts: await drawFanCharts(dataSet, folds.at(-1)!, ranked),
    breaches: breaches.scores(),
    earlyWarning: scoreWarnings(warnings, times, {
      alert: options.alert,
      options: warningOptions,
      intervalMs: spec.intervalMs,
      truthKnown: options.causeOf !== null,
    }),
    coldStart:
      coldStart &&
      (await scoreColdStart(dataSet, coldStart.fold, coldStart.servers, baselines, context, options.threads)),
  } satisfies Omit<EvaluationReport, "verdict" | "notes">;
  return { ...facts, verdict: verdictOf(facts), notes: notesOf(facts, fleet) };
}

function pick({ fingerprint, servers, rows, startMs, endMs }: DataSet["meta"]): EvaluationReport["data"] {
  return { fingerprint, servers, rows, startMs, endMs };
}

function worst(seen: readonly EvaluationReport["seenInTraining"][]): EvaluationReport["seenInTraining"] {
  return (["yes", "possibly"] as const).find((value) => seen.includes(value)) ?? "no";
}

function nothingScored({ directory }: DataSet, refused: Record<string, number>): ForewarnError {
  const reasons = Object.entries(refused).map(([code, count]) => `${count} refused with ${code}`);
  const got = reasons.length > 0 ? reasons.join(", ") : "none with a value in its horizon";
  return new ForewarnError("insufficient_data", `${directory}: Expected windows to score, got ${got}`, {
    hint: "choose a span in which servers have values and a full context before it",
  });
}
