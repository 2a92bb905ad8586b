// The syntax tree of a query. Every node knows where it stands in the text; times and durations are milliseconds.
import type { Matcher } from "../matchers.ts";

/** Where a node stands: offsets into the query in UTF-16 units, the end exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** What an expression evaluates to at one instant. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";

/** A number; durations outside of brackets are numbers of seconds. */
export interface NumberLiteral extends Span {
  kind: "number";
  value: number;
}

/** A string. */
export interface StringLiteral extends Span {
  kind: "string";
  value: string;
}

/** `@ 1609746000`, `@ start()`, `@ end()`: the instant that replaces the evaluation time. */
export type AtModifier = { kind: "time"; timeMs: number } | { kind: "start" } | { kind: "end" };

/** `offset 5m` and `@ ...` of a selector or subquery. */
export interface Modifiers {
  offsetMs: number;
  at: AtModifier | null;
}

/** `name{label="value"} offset 5m`: the newest sample of every series that fulfils all matchers. */
export interface VectorSelector extends Span, Modifiers {
  kind: "vectorSelector";
  /** The name's matcher included. */
  matchers: readonly Matcher[];
}

/** `selector[5m]`: the samples of the last five minutes; offset and @ are the selector's. */
export interface MatrixSelector extends Span {
  kind: "matrixSelector";
  selector: VectorSelector;
  rangeMs: number;
}

/** `expression[1h:1m]`: an expression evaluated every step over a range. */
export interface Subquery extends Span, Modifiers {
  kind: "subquery";
  expression: Expression;
  rangeMs: number;
  /** Null for the default evaluation interval. */
  stepMs: number | null;
}

/** `name(arguments)`. */
export interface Call extends Span {
  kind: "call";
  name: string;
  args: readonly Expression[];
}

/** Names of the aggregations. */
export const AGGREGATIONS = [
  "sum",
  "avg",
  "min",
  "max",
  "count",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "quantile",
  "count_values",
] as const;

/** One of {@link AGGREGATIONS}. */
export type AggregationName = (typeof AGGREGATIONS)[number];

/** `sum by (label) (expression)`. */
export interface Aggregation extends Span {
  kind: "aggregation";
  name: AggregationName;
  expression: Expression;
  /** k of topk and bottomk, the level of quantile, the label of count_values. */
  parameter: Expression | null;
  grouping: readonly string[];
  /** Whether `grouping` names the labels to drop. */
  isWithout: boolean;
}

/** `-expression` or `+expression`. */
export interface Unary extends Span {
  kind: "unary";
  operator: "+" | "-";
  expression: Expression;
}

/** Operators on two numbers that give a number. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
/** Operators on two numbers that give a verdict. */
export type ComparisonOperator = "==" | "!=" | "<" | ">" | "<=" | ">=";
/** Operators on two sets of series. */
export type SetOperator = "and" | "or" | "unless";

/** How series of two vectors find each other. */
export interface VectorMatching {
  /** Whether `labels` are those that must agree, or those that need not. */
  isOn: boolean;
  labels: readonly string[];
  /** Which side may have many series for one of the other: that of `group_left` or `group_right`. */
  many: "left" | "right" | null;
  /** Labels copied from the one side. */
  include: readonly string[];
}

/** `left operator right`. */
export interface Binary extends Span {
  kind: "binary";
  operator: ArithmeticOperator | ComparisonOperator | SetOperator;
  left: Expression;
  right: Expression;
  /** Whether a comparison gives 0 or 1 instead of filtering. */
  isBool: boolean;
  /** Without a meaning where a side is a scalar. */
  matching: VectorMatching;
}

/** `(expression)`. */
export interface Parentheses extends Span {
  kind: "parentheses";
  expression: Expression;
}

/** Any expression. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Unary
  | Binary
  | Parentheses;

/** The expression within all parentheses around it. */
export function unwrap(expression: Expression): Expression {
  return expression.kind === "parentheses" ? unwrap(expression.expression) : expression;
}

/** The expressions directly below one, in order of the text. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "vectorSelector":
      return [];
    case "matrixSelector":
      return [expression.selector];
    case "call":
      return expression.args;
    case "aggregation":
      return expression.parameter === null ? [expression.expression] : [expression.parameter, expression.expression];
    case "binary":
      return [expression.left, expression.right];
    case "subquery":
    case "unary":
    case "parentheses":
      return [expression.expression];
  }
}
