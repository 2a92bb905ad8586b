// Queries as the Prometheus HTTP API answers them: at one instant, or at every step of a range.
import { queryInvalid } from "./errors.ts";
import { openEvaluation } from "./evaluate/evaluate.ts";
import type { Grid } from "./evaluate/grid.ts";
import { evaluateRange, samplesAt } from "./evaluate/ranges.ts";
import type { StepSeries, Value } from "./evaluate/values.ts";
import { formatValue } from "./format-value.ts";
import { compareLabels, labelRecord } from "./labels.ts";
import { DEFAULT_QUERY_OPTIONS, type QueryOptions } from "./options.ts";
import type { SeriesSource } from "./source.ts";
import type { Expression } from "./syntax/ast.ts";
import { typeOf } from "./syntax/check-types.ts";
import { parseQuery } from "./syntax/parser.ts";

/** Unix seconds with decimals, and the value as text: "NaN", "+Inf", "-Inf" included. */
export type ResultPoint = [seconds: number, value: string];

/** One series of a result at one instant. */
export interface VectorItem {
  metric: Record<string, string>;
  value: ResultPoint;
}

/** One series of a result over time. */
export interface MatrixItem {
  metric: Record<string, string>;
  values: ResultPoint[];
}

/** The `data` of the HTTP API's answer. */
export type QueryData =
  | { resultType: "vector"; result: VectorItem[] }
  | { resultType: "matrix"; result: MatrixItem[] }
  | { resultType: "scalar"; result: ResultPoint }
  | { resultType: "string"; result: ResultPoint };

/** The instants of a range query; the end is included where a step falls on it. */
export interface QueryRange {
  startMs: number;
  endMs: number;
  stepMs: number;
}

/**
 * Answers a query at one instant.
 * @throws ForewarnError `query_invalid`, `query_failed`, `query_timeout` or `query_canceled`; what the source throws.
 */
export async function instantQuery(
  query: string,
  source: SeriesSource,
  timeMs: number,
  options: Partial<QueryOptions> = {},
): Promise<QueryData> {
  const expression = parseQuery(query);
  const grid: Grid = { startMs: timeMs, stepMs: 1, count: 1 };
  const context = await openEvaluation(expression, query, source, grid, timeMs, {
    ...DEFAULT_QUERY_OPTIONS,
    ...options,
  });
  if (typeOf(expression) !== "matrix") return instantData(await context.evaluate(expression, grid), timeMs);
  const range = await evaluateRange(expression, grid, context);
  const result = range.series.map((series) => {
    const { timesMs, values } = samplesAt(series, range, timeMs, context);
    context.budget.takePoints(values.length);
    return { metric: labelRecord(series.labels), values: Array.from(values, (value, i) => point(timesMs[i]!, value)) };
  });
  return { resultType: "matrix", result: result.filter(({ values }) => values.length > 0) };
}

/**
 * Answers a query at every step of a range; series are sorted by labels.
 * @throws ForewarnError As {@link instantQuery}; `query_invalid` also for more than `maxSteps` steps, or a range vector.
 */
export async function rangeQuery(
  query: string,
  source: SeriesSource,
  range: QueryRange,
  options: Partial<QueryOptions> = {},
): Promise<Extract<QueryData, { resultType: "matrix" }>> {
  const expression = parseQuery(query);
  const complete = { ...DEFAULT_QUERY_OPTIONS, ...options };
  const grid = gridOf(range, complete.maxSteps);
  checkSteps(expression);
  const context = await openEvaluation(expression, query, source, grid, range.endMs, complete);
  const value = await context.evaluate(expression, grid);
  const series = seriesOf(value, grid.count).toSorted((a, b) => compareLabels(a.labels, b.labels));
  const result: MatrixItem[] = [];
  for (const { labels, values, present } of series) {
    const points: ResultPoint[] = [];
    for (let step = 0; step < grid.count; step++) {
      if (present[step] === 1) points.push(point(grid.startMs + step * grid.stepMs, values[step]!));
    }
    if (points.length > 0) result.push({ metric: labelRecord(labels), values: points });
    await context.budget.pause();
  }
  return { resultType: "matrix", result };
}

/** The grid of a range. @throws ForewarnError `query_invalid` for a step or range that is none, or too many steps. */
export function gridOf({ startMs, endMs, stepMs }: QueryRange, maxSteps: number): Grid {
  if (!(stepMs > 0)) throw queryInvalid("a step longer than zero", String(stepMs), "");
  if (!(endMs >= startMs)) throw queryInvalid("an end at or after the start", "one before", "");
  const count = Math.floor((endMs - startMs) / stepMs) + 1;
  if (count > maxSteps) throw queryInvalid(`at most ${maxSteps} points a series`, `${count}: use a longer step`, "");
  return { startMs, stepMs, count };
}

/** Only scalars and instant vectors have a value at every step. */
export function checkSteps(expression: Expression): void {
  const type = typeOf(expression);
  if (type === "matrix" || type === "string") {
    throw queryInvalid(
      "a scalar or an instant vector at every step",
      type === "matrix" ? "a range vector" : "a string",
      "1:1",
    );
  }
}

/** The series of a value; a scalar is one without labels. */
export function seriesOf(value: Value, steps: number): readonly StepSeries[] {
  if (value.kind === "vector") return value.series;
  if (value.kind === "string") return [];
  return [{ labels: [], values: value.values, present: new Uint8Array(steps).fill(1) }];
}

function instantData(value: Value, timeMs: number): QueryData {
  if (value.kind === "scalar") return { resultType: "scalar", result: point(timeMs, value.values[0]!) };
  if (value.kind === "string") return { resultType: "string", result: [timeMs / 1000, value.text] };
  const result = value.series
    .filter(({ present }) => present[0] === 1)
    .map(({ labels, values }) => ({ metric: labelRecord(labels), value: point(timeMs, values[0]!) }));
  return { resultType: "vector", result };
}

function point(timeMs: number, value: number): ResultPoint {
  return [timeMs / 1000, formatValue(value)];
}
