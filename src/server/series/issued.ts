// What a forecast says at its time of issue, as samples: quantiles so long ahead, and probabilities of incidents. They are
// what is scraped and what is written into other databases.
import type { Contract } from "../../contract/index.ts";
import type { ForecastRecord } from "../../evaluate/index.ts";
import { roundingScale } from "../payload/numbers.ts";
import type { LabelRecord } from "./family.ts";
import { BREACH_PROBABILITY, horizonSeconds, probabilitiesOf } from "./forecast.ts";

/** Quantiles at the time of issue. */
export const FORECAST_AHEAD = "forewarn_forecast_ahead";
/** The same at the time that they are for, which is ahead of now. */
export const FORECAST_VALID = "forewarn_forecast_valid";

/** Levels of the quantiles where the model has them: the band of 80 % and its middle. */
export const AHEAD_LEVELS: readonly number[] = [0.1, 0.5, 0.9];

/** A value with its series and time. */
export interface IssuedSample {
  /** With `__name__`. */
  labels: LabelRecord;
  /** Epoch milliseconds. */
  timestampMs: number;
  value: number;
}

/**
 * `forewarn_forecast_ahead{server, metric, quantile, horizon_seconds}` for three quantiles at the horizons of the breach
 * probabilities. A horizon is counted from the origin of the forecast; the value is that of the interval that ends there.
 */
export function aheadSamples(record: ForecastRecord): IssuedSample[] {
  return quantilesAhead(record, FORECAST_AHEAD, () => record.issuedAtMs);
}

/** `forewarn_forecast_valid`: as {@link aheadSamples}, each at the end of the interval that it is for. */
export function validSamples(record: ForecastRecord): IssuedSample[] {
  const { originMs, intervalMs } = record;
  return quantilesAhead(record, FORECAST_VALID, (steps) => originMs + steps * intervalMs);
}

/** `forewarn_breach_probability{server, rule, metric, threshold, horizon_seconds}`. */
export function probabilitySamples(record: ForecastRecord, contract: Contract): IssuedSample[] {
  const own = { ...record.labels, server: record.server, __name__: BREACH_PROBABILITY };
  return probabilitiesOf(record, contract).map(({ labels, probability }) => ({
    labels: { ...own, ...labels },
    timestampMs: record.issuedAtMs,
    value: probability,
  }));
}

function quantilesAhead(record: ForecastRecord, name: string, timeOf: (steps: number) => number): IssuedSample[] {
  const { levels, intervalMs, targets, breaches } = record;
  const horizons = [...new Set(breaches.flatMap(({ withinSteps }) => withinSteps))]
    .sort((a, b) => a - b)
    .map((steps) => ({ steps, text: horizonSeconds(steps, intervalMs), timestampMs: timeOf(steps) }));
  const own = { ...record.labels, server: record.server, __name__: name };
  return targets.flatMap(({ metric, quantiles }) => {
    const scale = roundingScale(quantiles);
    const reached = horizons.filter(({ steps }) => steps * levels.length <= quantiles.length);
    return chosenLevels(levels).flatMap((level) => {
      const [quantile, column] = [String(level), levels.indexOf(level)];
      return reached.map(({ steps, text, timestampMs }) => ({
        labels: { ...own, metric, quantile, horizon_seconds: text },
        timestampMs,
        value: Math.round(quantiles[(steps - 1) * levels.length + column]! * scale) / scale,
      }));
    });
  });
}

/** {@link AHEAD_LEVELS} where the model has them, else its lowest, middle and highest level. */
function chosenLevels(levels: readonly number[]): readonly number[] {
  if (AHEAD_LEVELS.every((level) => levels.includes(level))) return AHEAD_LEVELS;
  return [...new Set([levels[0]!, levels[Math.floor(levels.length / 2)]!, levels.at(-1)!])];
}
