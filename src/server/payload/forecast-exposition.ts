// The current forecasts as gauges, for Prometheus to scrape: what is forecast for fixed times ahead, and how likely
// incidents are. Their time is that of the scrape, so that every database takes them.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Contract } from "../../contract/index.ts";
import type { ForecastRecord } from "../../evaluate/index.ts";
import { type ExpositionFamily, type ExpositionSample, writeExposition } from "../../wire/index.ts";
import { BREACH_PROBABILITY, horizonSeconds, probabilitiesOf } from "../series/forecast.ts";

/** Name of the gauge of values. */
export const FORECAST_AHEAD = "forewarn_forecast_ahead";

/** Forecasts written between two turns of the event loop. */
const SLICE_FORECASTS = 50;
const QUANTILES: readonly number[] = [0.1, 0.5, 0.9];

/**
 * Writes forecasts in the exposition format: `forewarn_forecast_ahead{server, metric, quantile, horizon_seconds}` for
 * three quantiles at the horizons of the breach probabilities, and `forewarn_breach_probability{server, rule, metric,
 * threshold, horizon_seconds}`. A horizon is counted from the origin of the forecast; the value is that of the interval
 * that ends there. Without forecasts there is nothing.
 */
export async function* forecastExposition(
  records: readonly ForecastRecord[],
  contract: Contract,
): AsyncGenerator<string, void> {
  // Untyped, because a label `quantile` on a gauge is a fault to Prometheus' linter.
  yield* writeFamily(records, aheadSamples, {
    ...{ name: FORECAST_AHEAD, type: "untyped" },
    help: "Quantile of the forecast so long ahead, in the unit of the metric: select by metric.",
  });
  yield* writeFamily(records, (record) => probabilitySamples(record, contract), {
    ...{ name: BREACH_PROBABILITY, type: "gauge" },
    help: "Probability that an incident of the breach rule begins within the horizon.",
  });
}

async function* writeFamily(
  records: readonly ForecastRecord[],
  samplesOf: (record: ForecastRecord) => ExpositionSample[],
  family: Omit<ExpositionFamily, "samples">,
): AsyncGenerator<string, void> {
  for (let at = 0; at < records.length; at += SLICE_FORECASTS) {
    const samples = records.slice(at, at + SLICE_FORECASTS).flatMap(samplesOf);
    const text = writeExposition([{ ...family, samples }]);
    yield at === 0 ? text : text.replace(/^(#.*\n)+/, "");
    await nextTurn();
  }
}

function aheadSamples(record: ForecastRecord): ExpositionSample[] {
  const { levels, intervalMs, targets, breaches } = record;
  const horizons = [...new Set(breaches.flatMap(({ withinSteps }) => withinSteps))].sort((a, b) => a - b);
  return targets.flatMap(({ metric, quantiles }) =>
    chosenLevels(levels).flatMap((level) =>
      horizons
        .filter((steps) => steps * levels.length <= quantiles.length)
        .map((steps) => ({
          labels: Object.entries({
            ...{ ...record.labels, server: record.server, metric, quantile: String(level) },
            horizon_seconds: horizonSeconds(steps, intervalMs),
          }),
          value: Number(quantiles[(steps - 1) * levels.length + levels.indexOf(level)]!.toPrecision(7)),
        })),
    ),
  );
}

function probabilitySamples(record: ForecastRecord, contract: Contract): ExpositionSample[] {
  return probabilitiesOf(record, contract).map(({ labels, probability }) => ({
    labels: Object.entries({ ...record.labels, server: record.server, ...labels }),
    value: probability,
  }));
}

/** The band of 80 % and its middle where the model has them, else its lowest, middle and highest level. */
function chosenLevels(levels: readonly number[]): readonly number[] {
  if (QUANTILES.every((level) => levels.includes(level))) return QUANTILES;
  return [...new Set([levels[0]!, levels[Math.floor(levels.length / 2)]!, levels.at(-1)!])];
}
