// What bounds a query, and how far it looks back.

/** Settings of a query; every one has a default. */
export interface QueryOptions {
  /** Age from which a sample is no longer the value of its series. */
  lookbackMs: number;
  /** Step of subqueries that name none. */
  subqueryStepMs: number;
  /** Time after which the query fails. */
  timeoutMs: number;
  /** Most steps of a range query. */
  maxSteps: number;
  /** Most series of one selector. */
  maxSeries: number;
  /** Most samples read from the source by all selectors. */
  maxSamples: number;
  /** Most values computed in all, over every part of the expression, series and step. */
  maxPoints: number;
  /** Aborts the query. */
  signal: AbortSignal | undefined;
  /** A clock in milliseconds that never jumps. */
  now: () => number;
}

/** Prometheus' lookback, subquery step and limit of steps; deadline and samples are Forewarn's. */
export const DEFAULT_QUERY_OPTIONS: QueryOptions = {
  lookbackMs: 300_000,
  subqueryStepMs: 60_000,
  timeoutMs: 10_000,
  maxSteps: 11_000,
  maxSeries: 100_000,
  maxSamples: 10_000_000,
  maxPoints: 20_000_000,
  signal: undefined,
  now: () => performance.now(),
};
