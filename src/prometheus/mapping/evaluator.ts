// What a mapping asks of whoever answers queries: a database over HTTP, or the promql room over series received.
import { type QueryOptions, type QueryRange, rangeQuery, type SeriesSource } from "../../promql/index.ts";
import { parseValue } from "../value.ts";

/** One series of a range query: its value at every step, NaN where it has none. */
export interface StepSeries {
  labels: Readonly<Record<string, string>>;
  values: Float64Array;
}

/** Answers a query at every step of a range, the end included. */
export type Evaluate = (query: string, range: QueryRange) => Promise<readonly StepSeries[]>;

/** Evaluates over any source of series, in this process. */
export function sourceEvaluator(source: SeriesSource, options: Partial<QueryOptions> = {}): Evaluate {
  return async (query, range) => {
    const { result } = await rangeQuery(query, source, range, options);
    return result.map(({ metric, values }) => {
      const column = emptyColumn(range);
      for (const [seconds, value] of values) column[stepAt(range, seconds * 1000)!] = parseValue(value);
      return { labels: metric, values: column };
    });
  };
}

/** How many steps a range has. */
export function stepCount({ startMs, endMs, stepMs }: QueryRange): number {
  return Math.floor((endMs - startMs) / stepMs) + 1;
}

/** A column without a value. */
export function emptyColumn(range: QueryRange): Float64Array {
  return new Float64Array(stepCount(range)).fill(Number.NaN);
}

/** The step at a time, or null if there is none within a millisecond: times travel as decimal seconds. */
export function stepAt(range: QueryRange, timeMs: number): number | null {
  const step = Math.round((timeMs - range.startMs) / range.stepMs);
  const isThere = step >= 0 && step < stepCount(range) && Math.abs(range.startMs + step * range.stepMs - timeMs) <= 1;
  return isThere ? step : null;
}
