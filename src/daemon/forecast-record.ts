// From the numbers of a forecast to the record that is served, stored and scored.
import type { ModelDirectory } from "../artifact/index.ts";
import { type InputSpec, stepsPerDay, targetMetricIndices } from "../dataset/index.ts";
import type { ForecastRecord, RecordedTarget } from "../evaluate/index.ts";
import type { ForecastPlace, RawForecast } from "../forecast/index.ts";
import { seasonalScale } from "../measure/index.ts";
import type { Series } from "../store/index.ts";

/** A server whose forecast is made: its series as stored and as prepared, and the last step that is read. */
export interface ForecastWindow extends ForecastPlace {
  series: Series;
}

/** Days over which the scale of errors is measured. */
const SCALE_DAYS = 8;

/** Makes the record of one forecast. Its identifier is the same whenever the same model reads the same server at the same origin. */
export function forecastRecord(
  model: Pick<ModelDirectory, "modelId" | "contractHash" | "config">,
  window: ForecastWindow,
  raw: RawForecast,
  issuedAtMs: number,
): ForecastRecord {
  const { inputs, architecture } = model.config;
  const { series, origin } = window;
  const originMs = series.startMs + (origin + 1) * inputs.intervalMs;
  const groups = inputs.breachGroupEnds.length;
  return {
    forecastId: `${model.modelId}/${series.server}/${originMs}`,
    modelId: model.modelId,
    contractHash: model.contractHash,
    issuedAtMs,
    server: series.server,
    labels: Object.fromEntries(
      Object.entries(series.labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    intervalMs: inputs.intervalMs,
    originMs,
    levels: architecture.quantiles,
    targets: recordedTargets(inputs, architecture.quantiles.length, window, raw.quantiles),
    breaches: inputs.breachRules.map(({ id }, rule) => ({
      rule: id,
      withinSteps: inputs.breachGroupEnds,
      probabilities: [...raw.breaches.subarray(rule * groups, (rule + 1) * groups)],
    })),
  };
}

/** @param quantiles [horizonSteps, T, Q] */
function recordedTargets(
  inputs: InputSpec,
  levels: number,
  { series, origin }: ForecastWindow,
  quantiles: Float32Array,
): RecordedTarget[] {
  const day = stepsPerDay(inputs);
  const width = inputs.targets.length * levels;
  return targetMetricIndices(inputs).map((metric, target) => {
    const column = new Float32Array(inputs.horizonSteps * levels);
    for (let step = 0; step < inputs.horizonSteps; step++) {
      const at = step * width + target * levels;
      column.set(quantiles.subarray(at, at + levels), step * levels);
    }
    const history = series.values[inputs.metricColumns[metric]!]!;
    const scale = seasonalScale(history.subarray(Math.max(0, origin + 1 - SCALE_DAYS * day), origin + 1), day);
    return { metric: inputs.targets[target]!, quantiles: column, scale };
  });
}
