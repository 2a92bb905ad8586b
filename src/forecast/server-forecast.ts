// From the numbers of a forecast to what it says about a server.

import type { ModelDirectory } from "../artifact/index.ts";
import { formatDuration } from "../base/index.ts";
import { stepsPerDay, summarizeContext, targetMetricIndices } from "../dataset/index.ts";
import type { Series } from "../store/index.ts";
import type { BreachForecast, ServerForecast, TargetForecast } from "./fleet-forecast.ts";
import type { ForecastPlace } from "./forecaster.ts";
import type { RawForecast } from "./raw-forecast.ts";

/** A server's series, as stored and as prepared, with the last step that its forecast reads. */
export interface ForecastWindow extends ForecastPlace {
  series: Series;
}

/** A model, reduced to what a description needs. */
type Describer = Pick<ModelDirectory, "config" | "contract">;

/** Describes the first `horizonSteps` steps of the forecast of a window. */
export function describeForecast(
  model: Describer,
  window: ForecastWindow,
  { quantiles, breaches }: RawForecast,
  horizonSteps: number,
): ServerForecast {
  const { inputs } = model.config;
  const { series, prepared, origin } = window;
  const context = summarizeContext(inputs, prepared, origin);
  return {
    server: series.server,
    labels: series.labels,
    contextStart: toIso(context.startMs),
    contextEnd: toIso(context.endMs),
    missingShare: Object.fromEntries(inputs.targets.map((metric, t) => [metric, context.missingShares[t]!])),
    timestamps: Array.from({ length: horizonSteps }, (_, step) => toIso(context.endMs + step * inputs.intervalMs)),
    targets: targetForecasts(model, window, quantiles, horizonSteps),
    breaches: breachForecasts(model, breaches, horizonSteps),
  };
}

/** @param quantiles [all horizon steps, T, Q] */
function targetForecasts(
  { config, contract }: Describer,
  { series, origin }: ForecastWindow,
  quantiles: Float32Array,
  horizonSteps: number,
): TargetForecast[] {
  const { inputs, architecture } = config;
  const levels = architecture.quantiles.length;
  const historyStart = Math.max(0, origin + 1 - stepsPerDay(inputs));
  return targetMetricIndices(inputs).map((metric, target) => {
    const column = inputs.metricColumns[metric]!;
    return {
      metric: inputs.targets[target]!,
      unit: contract.metrics[column]!.unit,
      quantiles: Array.from({ length: horizonSteps }, (_, step) => {
        const at = (step * inputs.targets.length + target) * levels;
        return [...quantiles.subarray(at, at + levels)];
      }),
      history: [...series.values[column]!.subarray(historyStart, origin + 1)],
    };
  });
}

/** @param probabilities [R, G] */
function breachForecasts({ config }: Describer, probabilities: Float32Array, horizonSteps: number): BreachForecast[] {
  const { breachRules, breachGroupEnds, intervalMs } = config.inputs;
  return breachRules.map(({ id, metric, threshold }, rule) => {
    const within = breachGroupEnds.flatMap((end, group): [string, number][] => {
      const probability = probabilities[rule * breachGroupEnds.length + group]!;
      return end <= horizonSteps ? [[formatDuration(end * intervalMs), probability]] : [];
    });
    return { rule: id, metric, threshold, within: Object.fromEntries(within) };
  });
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
