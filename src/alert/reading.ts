// What a forecast says about one alert rule: whether it is active, clear or between, how likely, when and why.
import { breachProbability, type ForecastRecord } from "../evaluate/index.ts";
import type { AlertRule, BreachAlertRule, QuantileAlertRule, WatchedEvent } from "./rules.ts";
import { type TimeToBreach, timeToBreach } from "./time-to-breach.ts";

/** A forecast as the alerts see it. */
export interface AlertForecast {
  record: ForecastRecord;
  /** Variable-selection weights of this very pass, as [variable, share]; in any order. */
  variableWeights?: readonly (readonly [variable: string, share: number])[];
}

/** What one forecast says about one rule: plain data. */
export interface Reading {
  /** on: the condition holds. clear: it is on the clear side. between: neither, so nothing changes. */
  level: "on" | "between" | "clear";
  forecastId: string;
  modelId: string;
  issuedAtMs: number;
  originMs: number;
  /** Probability of an onset within the rule's horizon; null for quantile rules. */
  probability: number | null;
  /** Of the onset, from the origin; for quantile rules the crossings of the quantile lines. */
  timeToBreach: TimeToBreach;
  /** The heaviest inputs, heaviest first. */
  topInputs: [variable: string, share: number][];
}

const TOP_INPUTS = 3;

/** Reads a rule off a forecast; null when the forecast does not say enough: no such rule, horizon, metric or level. */
export function readForecast(rule: AlertRule, { record, variableWeights = [] }: AlertForecast): Reading | null {
  const answer = rule.when === "breach" ? readBreach(rule, record) : readQuantile(rule, record);
  if (answer === null) return null;
  const { forecastId, modelId, issuedAtMs, originMs } = record;
  const topInputs = [...variableWeights]
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP_INPUTS)
    .map(([variable, share]): [string, number] => [variable, share]);
  return { ...answer, forecastId, modelId, issuedAtMs, originMs, topInputs };
}

type Answer = Pick<Reading, "level" | "probability" | "timeToBreach">;

function readBreach(rule: BreachAlertRule, record: ForecastRecord): Answer | null {
  const { intervalMs } = record;
  const probability = breachProbability(record, rule.event.id, rule.withinMs / intervalMs);
  const breach = record.breaches.find((recorded) => recorded.rule === rule.event.id);
  if (probability === undefined || breach === undefined) return null;
  const isClear = probability < rule.clearProbability;
  return {
    level: probability >= rule.probability ? "on" : isClear ? "clear" : "between",
    probability,
    timeToBreach: timeToBreach(
      breach.withinSteps.map((steps) => steps * intervalMs),
      breach.probabilities,
    ),
  };
}

function readQuantile(rule: QuantileAlertRule, record: ForecastRecord): Answer | null {
  const { event, quantile, clearThreshold } = rule;
  const target = record.targets.find(({ metric }) => metric === event.metric);
  if (target === undefined || !record.levels.includes(quantile)) return null;
  const crossing = (level: number, threshold: number): number | null => {
    const column = record.levels.indexOf(level);
    if (column < 0) return null;
    const steps = Math.floor(rule.withinMs / record.intervalMs);
    const step = firstRun(target.quantiles, record.levels.length, column, { ...event, threshold }, steps);
    return step === null ? null : step * record.intervalMs;
  };
  const isOn = crossing(quantile, event.threshold) !== null;
  // The upper line reaches a threshold from below first, the lower one a threshold from above.
  const [early, late] = event.op === ">=" ? [0.9, 0.1] : [0.1, 0.9];
  return {
    level: isOn ? "on" : crossing(quantile, clearThreshold) === null ? "clear" : "between",
    probability: null,
    timeToBreach: {
      p10Ms: crossing(early, event.threshold),
      p50Ms: crossing(0.5, event.threshold),
      p90Ms: crossing(late, event.threshold),
    },
  };
}

/** First step of a run of `forSteps` steps that meet the condition and begin within `steps`; null without one. */
function firstRun(
  quantiles: Float32Array,
  levels: number,
  column: number,
  { op, threshold, forSteps }: WatchedEvent,
  steps: number,
): number | null {
  let run = 0;
  for (let step = 0; step * levels < quantiles.length; step++) {
    const value = quantiles[step * levels + column]!;
    run = (op === ">=" ? value >= threshold : value <= threshold) ? run + 1 : 0;
    const begin = step - forSteps + 1;
    if (run >= forSteps) return begin < steps ? begin : null;
  }
  return null;
}
