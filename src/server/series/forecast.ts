// What is forecast: the quantiles of the current forecasts at the times that they are for, and the probabilities of
// incidents at the time of issue. Without a model there are none.
import type { Contract } from "../../contract/index.ts";
import type { ForecastRecord } from "../../evaluate/index.ts";
import { roundingScale } from "../payload/numbers.ts";
import { currentForecasts } from "../served.ts";
import type { ServedForecast, Services } from "../services.ts";
import { type LabelRecord, type SeriesFamily, type Subject, seriesLabels, wantedValue } from "./family.ts";
import { lookbackOf } from "./grid-times.ts";

/** Names of the series. */
export const FORECAST = "forewarn_forecast";
export const BREACH_PROBABILITY = "forewarn_breach_probability";

/** A server with its current forecast. */
interface ForecastSubject extends Subject {
  record: ForecastRecord;
}

/**
 * `forewarn_forecast{server, metric, quantile}`: the value of the interval that ends at the sample's time, as measured
 * series have it. A sample at or before the time of issue is left out, so that no plot shows hindsight.
 */
export function forecastFamily(services: Services): SeriesFamily<ForecastSubject> {
  const shapes = shapesOf(services, ({ targets, levels }) =>
    targets.flatMap(({ metric }) => levels.map((level) => ({ __name__: FORECAST, metric, quantile: String(level) }))),
  );
  const longest = Math.max(0, ...firstOfModels(services).map(({ targets, levels }) => steps(targets[0], levels)));
  return {
    shapeNames: ["__name__", "metric", "quantile"],
    shapes,
    subjects: (matchers) => subjectsOf(services, wantedValue(matchers, "server")),
    samplesWithin: () => longest,
    read: (subjects, chosen) =>
      subjects.flatMap((subject) =>
        chosen.flatMap((shape) => {
          const { record } = subject;
          const target = record.targets.find(({ metric }) => metric === shape["metric"]);
          const level = record.levels.findIndex((one) => String(one) === shape["quantile"]);
          if (target === undefined || level < 0) return [];
          const { originMs, intervalMs, issuedAtMs, levels } = record;
          const scale = roundingScale(target.quantiles);
          const first = Math.max(0, Math.floor((issuedAtMs - originMs) / intervalMs));
          const count = Math.max(0, steps(target, levels) - first);
          return {
            labels: seriesLabels(subject, shape),
            timesMs: Float64Array.from({ length: count }, (_, at) => originMs + (first + at + 1) * intervalMs),
            values: Float64Array.from({ length: count }, (_, at) => {
              return Math.round(target.quantiles[(first + at) * levels.length + level]! * scale) / scale;
            }),
            lookbackMs: lookbackOf(intervalMs),
          };
        }),
      ),
  };
}

/**
 * `forewarn_breach_probability{server, rule, metric, threshold, horizon_seconds}`: that an incident of the breach rule
 * begins within the horizon; one sample, at the time of issue.
 */
export function probabilityFamily(services: Services): SeriesFamily<ForecastSubject> {
  const shapes = shapesOf(services, (record) =>
    probabilitiesOf(record, services.contract).map(({ labels }) => ({ __name__: BREACH_PROBABILITY, ...labels })),
  );
  return {
    shapeNames: ["__name__", "rule", "metric", "threshold", "horizon_seconds"],
    shapes,
    subjects: (matchers) => subjectsOf(services, wantedValue(matchers, "server")),
    samplesWithin: () => 1,
    read: (subjects, chosen) =>
      subjects.flatMap((subject) =>
        chosen.flatMap((shape) => {
          const probability = probabilityOf(subject.record, shape);
          if (probability === undefined) return [];
          return {
            labels: seriesLabels(subject, shape),
            timesMs: Float64Array.of(subject.record.issuedAtMs),
            values: Float64Array.of(probability),
            lookbackMs: lookbackOf(subject.record.intervalMs),
          };
        }),
      ),
  };
}

/** The breach probabilities of a forecast, each with the labels that tell them apart. */
export function probabilitiesOf({ breaches, intervalMs }: ForecastRecord, contract: Contract) {
  return breaches.flatMap(({ rule, withinSteps, probabilities }) => {
    const breachRule = contract.breachRules.find(({ id }) => id === rule);
    if (breachRule === undefined) return [];
    const { metric, threshold } = breachRule;
    return withinSteps.map((steps, group) => ({
      labels: { rule, metric, threshold: String(threshold), horizon_seconds: horizonSeconds(steps, intervalMs) },
      probability: roundProbability(probabilities[group]!),
    }));
  });
}

/** Steps as a label in seconds. */
export function horizonSeconds(steps: number, intervalMs: number): string {
  return String((steps * intervalMs) / 1000);
}

function probabilityOf({ breaches, intervalMs }: ForecastRecord, shape: LabelRecord): number | undefined {
  const breach = breaches.find(({ rule }) => rule === shape["rule"]);
  const within = breach?.withinSteps.indexOf((Number(shape["horizon_seconds"]) * 1000) / intervalMs) ?? -1;
  const probability = breach?.probabilities[within];
  return probability === undefined ? undefined : roundProbability(probability);
}

function roundProbability(probability: number): number {
  return Math.round(probability * 1e6) / 1e6;
}

/** Forecasts of one model are alike, so one of them tells which series there are. */
function firstOfModels(services: Services): ForecastRecord[] {
  const first = new Map<string, ForecastRecord>();
  for (const { record } of currentForecasts(services))
    if (!first.has(record.modelId)) first.set(record.modelId, record);
  return [...first.values()];
}

function shapesOf<T extends LabelRecord>(services: Services, shapes: (record: ForecastRecord) => T[]): T[] {
  const all = firstOfModels(services).flatMap(shapes);
  return [...new Map(all.map((shape) => [JSON.stringify(shape), shape])).values()];
}

function subjectsOf(services: Services, wanted: string | undefined): ForecastSubject[] {
  if (wanted === undefined) return currentForecasts(services).map(subjectOf);
  const one = services.models.serving() === null ? undefined : services.forecasts.current(wanted);
  return one === undefined ? [] : [subjectOf(one)];
}

function subjectOf({ record }: ServedForecast): ForecastSubject {
  return { record, labels: { ...record.labels, server: record.server } };
}

function steps(target: ForecastRecord["targets"][number] | undefined, levels: readonly number[]): number {
  return target === undefined ? 0 : target.quantiles.length / levels.length;
}
