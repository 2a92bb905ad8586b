// Forecasts as JSON text, column by column. The text of a column is made once per forecast and kept with it.
import type { RecordedTarget } from "../../evaluate/index.ts";
import type { ServedForecast, Services } from "../services.ts";
import { numbersText } from "./numbers.ts";

/** Which part of forecasts is asked for; all of it without. */
export interface ForecastSelection {
  metrics?: readonly string[] | undefined;
  levels?: readonly number[] | undefined;
}

const columnTexts = new WeakMap<RecordedTarget, string[]>();

/**
 * One forecast: who made it, when, from how old data; then per metric one list per quantile level `[steps]`, and the
 * breach probabilities.
 */
export function forecastText(served: ServedForecast, services: Services, selection: ForecastSelection = {}): string {
  const { record } = served;
  const targets = record.targets
    .filter(({ metric }) => selection.metrics?.includes(metric) ?? true)
    .map((target) => targetText(target, record.levels, services, selection.levels));
  const head = JSON.stringify(forecastHead(served, services.now()));
  const breaches = JSON.stringify(breachesOf(served));
  return `${head.slice(0, -1)},"targets":[${targets.join(",")}],"breaches":${breaches}}`;
}

/** What every answer with a forecast carries. */
export function forecastHead({ record, dataMs }: ServedForecast, nowMs: number) {
  return {
    server: record.server,
    labels: record.labels,
    forecastId: record.forecastId,
    modelId: record.modelId,
    contractHash: record.contractHash,
    issuedAt: new Date(record.issuedAtMs).toISOString(),
    dataAt: new Date(dataMs).toISOString(),
    dataAgeMs: Math.max(0, nowMs - dataMs),
    originAt: new Date(record.originMs).toISOString(),
    intervalMs: record.intervalMs,
  };
}

/** Probabilities that an incident begins within so many milliseconds of the origin, per breach rule. */
export function breachesOf({ record }: ServedForecast) {
  return record.breaches.map(({ rule, withinSteps, probabilities }) => ({
    rule,
    withinMs: withinSteps.map((steps) => steps * record.intervalMs),
    probabilities: probabilities.map((probability) => Math.round(probability * 1e6) / 1e6),
  }));
}

function targetText(
  target: RecordedTarget,
  levels: readonly number[],
  { contract }: Services,
  selected: readonly number[] | undefined,
): string {
  const columns = columnTexts.get(target) ?? levels.map((_, q) => numbersText(target.quantiles, q, levels.length));
  columnTexts.set(target, columns);
  const unit = contract.metrics.find(({ name }) => name === target.metric)?.unit ?? null;
  const chosen = levels.flatMap((level, q) =>
    (selected?.includes(level) ?? true) ? [`"${level}":${columns[q]}`] : [],
  );
  return `{"metric":${JSON.stringify(target.metric)},"unit":${JSON.stringify(unit)},"quantiles":{${chosen.join(",")}}}`;
}
