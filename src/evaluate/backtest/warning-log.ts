// What the model and the trivial rules say at every decision of a server: the claims of early warning are made of it.
import { type InputSpec, inverseTransform, type PreparedSeries } from "../../dataset/index.ts";
import type { RawForecast } from "../../forecast/index.ts";
import { WARNING_BASELINES } from "../early-warning/baselines.ts";
import type { WarningOptions, WarningSeries, WarningTask } from "../early-warning/warning-series.ts";
import type { CauseOf } from "./causes.ts";

/** Decisions of the whole fleet so far. */
export interface WarningLog {
  /** Opens the decisions of a server, one at each origin; the model's forecasts answer them in order. */
  open(series: PreparedSeries, origins: readonly number[]): { add(forecast: RawForecast): void };
  /**
   * The decisions from `fromMs` to `toMs`, both included, by rule, then by method (the model, then the trivial rules): one
   * series per server.
   */
  series(fromMs: number, toMs: number): WarningSeries[][][];
}

/** Names of the methods, in the order of {@link WarningLog.series}. */
export const WARNING_METHODS: readonly string[] = ["model", ...Object.keys(WARNING_BASELINES)];

/** The answers of every method to the decisions of a server under one rule. */
interface Answers {
  task: WarningTask;
  startMs: number;
  /** By method.   [decisions] */
  probabilities: Float32Array[];
}

/** Makes an empty log. `causeOf` is null without a truth. */
export function createWarningLog(
  spec: InputSpec,
  strideSteps: number,
  options: WarningOptions,
  causeOf: CauseOf | null,
): WarningLog {
  const groups = spec.breachGroupEnds.length;
  /** By rule and server: one entry per fold. */
  const answered = spec.breachRules.map(() => new Map<string, Answers[]>());
  return {
    open(series, origins) {
      const models = answered.map((servers, rule) => {
        const task = warningTask(spec, series, rule, origins, strideSteps, causeOf);
        const model = new Float32Array(origins.length).fill(Number.NaN);
        const trivial = Object.values(WARNING_BASELINES).map((baseline) => baseline(task, options)!);
        const answers = {
          task: { ...task, signal: null }, // its values must not outlive their group of servers
          startMs: series.startMs,
          probabilities: [model, ...trivial],
        };
        servers.set(series.server, [...(servers.get(series.server) ?? []), answers]);
        return model;
      });
      let decision = 0;
      return {
        add({ breaches }) {
          for (const [rule, probability] of models.entries())
            probability[decision] = breaches[(rule + 1) * groups - 1]!;
          decision++;
        },
      };
    },
    series: (fromMs, toMs) =>
      answered.map((servers) =>
        WARNING_METHODS.map((_, method) =>
          Array.from(servers.values(), (folds) => decisionsWithin(folds, method, fromMs, toMs)),
        ),
      ),
  };
}

function decisionsWithin(folds: readonly Answers[], method: number, fromMs: number, toMs: number): WarningSeries {
  const { task } = folds[0]!;
  const decisions = folds.flatMap(({ task: { decisionSteps, intervalMs }, startMs, probabilities }) =>
    Array.from(decisionSteps, (step, i) => ({ step, probability: probabilities[method]![i]! })).filter(({ step }) => {
      const timeMs = startMs + (step + 1) * intervalMs;
      return timeMs >= fromMs && timeMs <= toMs;
    }),
  );
  return {
    ...task,
    decisionSteps: Int32Array.from(decisions, ({ step }) => step),
    probability: Float32Array.from(decisions, ({ probability }) => probability),
  };
}

function warningTask(
  spec: InputSpec,
  series: PreparedSeries,
  rule: number,
  origins: readonly number[],
  strideSteps: number,
  causeOf: CauseOf | null,
): WarningTask {
  const { id, metric, op, threshold, forSteps } = spec.breachRules[rule]!;
  const { onsets } = series.breaches[rule]!;
  const m = spec.metrics.indexOf(metric);
  const transform = spec.transforms[m]!;
  const toUnit = (x: number) => inverseTransform(transform, spec.ranges[m]!, x);
  const values = transform === "identity" ? series.values[m]! : series.values[m]!.map(toUnit);
  const onsetMs = (step: number) => series.startMs + step * spec.intervalMs;
  return {
    server: series.server,
    rule: id,
    intervalMs: spec.intervalMs,
    steps: series.steps,
    onsets,
    knownAfterSteps: forSteps - 1,
    causes: causeOf && Array.from(onsets, (step) => causeOf(series.server, id, onsetMs(step))),
    decisionSteps: Int32Array.from(origins),
    decisionEverySteps: strideSteps,
    signal: { values, op, threshold },
  };
}
