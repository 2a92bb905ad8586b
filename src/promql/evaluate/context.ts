// What every part of an evaluation needs: the fetched series, the clock, and how to evaluate parts of an expression.
import type { Labels } from "../labels.ts";
import type { QueryOptions } from "../options.ts";
import type { Expression, VectorSelector } from "../syntax/ast.ts";
import type { Budget } from "./budget.ts";
import type { Grid, QueryTimes } from "./grid.ts";
import type { Value } from "./values.ts";

/** A fetched series. */
export interface SelectedSeries {
  labels: Labels;
  timesMs: Float64Array;
  values: Float64Array;
  lookbackMs: number;
}

/** The state of one evaluation. */
export interface EvaluationContext {
  options: QueryOptions;
  budget: Budget;
  query: QueryTimes;
  /** Series of every selector, sorted by labels. */
  selected: ReadonlyMap<VectorSelector, readonly SelectedSeries[]>;
  /** Line and column of a part, for messages. */
  positionOf: (part: { start: number }) => string;
  /** Evaluates a part that is no range vector at every step of `grid`. */
  evaluate: (expression: Expression, grid: Grid) => Promise<Value>;
}
