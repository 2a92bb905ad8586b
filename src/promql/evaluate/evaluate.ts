// Evaluates an expression at all steps at once: every part becomes a number or a set of series over the whole grid.
import { dropName } from "../labels.ts";
import type { QueryOptions } from "../options.ts";
import type { SeriesSource } from "../source.ts";
import type { Expression, Unary } from "../syntax/ast.ts";
import { positionAt } from "../syntax/lexer.ts";
import { aggregate } from "./aggregate.ts";
import { combine } from "./binary.ts";
import { openBudget } from "./budget.ts";
import { evaluateCall, evaluateScalar } from "./call.ts";
import type { EvaluationContext } from "./context.ts";
import { fetchSeries } from "./fetch.ts";
import type { Grid } from "./grid.ts";
import { selectInstants } from "./instants.ts";
import { mergeSeries, type Value } from "./values.ts";

/**
 * Reads what `expression` needs from `source`, all at once, and returns what evaluates it and its parts.
 * @param query The text of the expression, for positions in messages.
 * @param endMs The end of the query, which may lie after the last step.
 */
export async function openEvaluation(
  expression: Expression,
  query: string,
  source: SeriesSource,
  grid: Grid,
  endMs: number,
  options: QueryOptions,
): Promise<EvaluationContext> {
  const budget = openBudget(options);
  const times = { startMs: grid.startMs, endMs };
  const selected = await fetchSeries(expression, source, grid, times, options, budget);
  const context: EvaluationContext = {
    options,
    budget,
    query: times,
    selected,
    positionOf: ({ start }) => positionAt(query, start),
    evaluate: (part, on) => evaluate(part, on, context),
  };
  return context;
}

async function evaluate(expression: Expression, grid: Grid, context: EvaluationContext): Promise<Value> {
  switch (expression.kind) {
    case "number":
      return { kind: "scalar", values: new Float64Array(grid.count).fill(expression.value) };
    case "string":
      return { kind: "string", text: expression.value };
    case "parentheses":
      return await evaluate(expression.expression, grid, context);
    case "vectorSelector":
      return { kind: "vector", series: await selectInstants(expression, grid, context, "values") };
    case "unary":
      return await evaluateUnary(expression, grid, context);
    case "binary": {
      const left = await evaluate(expression.left, grid, context);
      const right = await evaluate(expression.right, grid, context);
      return await combine(expression, left, right, grid.count, context);
    }
    case "aggregation": {
      const value = await evaluate(expression.expression, grid, context);
      const { name, parameter } = expression;
      const hasNumber = parameter !== null && name !== "count_values";
      const parameters = hasNumber ? await evaluateScalar(parameter, grid, context) : null;
      const series = value.kind === "vector" ? value.series : [];
      return { kind: "vector", series: await aggregate(expression, series, parameters, grid.count, context) };
    }
    case "call":
      return await evaluateCall(expression, grid, context);
    case "matrixSelector":
    case "subquery":
      throw new Error(`${expression.kind}: a range vector has passed the type check where a value is needed`);
  }
}

async function evaluateUnary(unary: Unary, grid: Grid, context: EvaluationContext): Promise<Value> {
  const value = await evaluate(unary.expression, grid, context);
  if (unary.operator === "+") return value;
  const negate = (values: Float64Array) => values.map((one) => -one);
  if (value.kind === "scalar") return { kind: "scalar", values: negate(value.values) };
  if (value.kind === "string") throw new Error("unary minus: a string has passed the type check");
  const negated = value.series.map(({ labels, values, present }) => {
    context.budget.takePoints(grid.count);
    return { labels: dropName(labels), values: negate(values), present };
  });
  return { kind: "vector", series: mergeSeries(negated, context.positionOf(unary)) };
}
