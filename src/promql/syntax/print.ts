// A syntax tree as text that parses to the same tree.
import { METRIC_NAME } from "../labels.ts";
import type { Matcher } from "../matchers.ts";
import type { Aggregation, Binary, Expression, Modifiers, VectorSelector } from "./ast.ts";
import { formatQueryDuration } from "./durations.ts";
import { quoteString } from "./strings.ts";

const METRIC = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Writes an expression in one line. Operators are not put into parentheses: the tree has them where the text had. */
export function printQuery(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return printNumber(expression.value);
    case "string":
      return quoteString(expression.value);
    case "vectorSelector":
      return `${printMatchers(expression)}${printModifiers(expression)}`;
    case "matrixSelector": {
      const { selector, rangeMs } = expression;
      return `${printMatchers(selector)}[${formatQueryDuration(rangeMs)}]${printModifiers(selector)}`;
    }
    case "subquery": {
      const step = expression.stepMs === null ? "" : formatQueryDuration(expression.stepMs);
      const range = `[${formatQueryDuration(expression.rangeMs)}:${step}]`;
      return `${printQuery(expression.expression)}${range}${printModifiers(expression)}`;
    }
    case "call":
      return `${expression.name}(${expression.args.map(printQuery).join(", ")})`;
    case "aggregation":
      return printAggregation(expression);
    case "unary":
      return `${expression.operator}${printQuery(expression.expression)}`;
    case "binary":
      return printBinary(expression);
    case "parentheses":
      return `(${printQuery(expression.expression)})`;
  }
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value === Infinity ? "Inf" : String(value);
}

function printMatchers({ matchers }: VectorSelector): string {
  const first = matchers[0];
  const isNamed = first?.name === METRIC_NAME && first.operator === "=" && METRIC.test(first.value);
  const rest = (isNamed ? matchers.slice(1) : matchers).map(printMatcher);
  const name = isNamed ? first.value : "";
  return rest.length > 0 || name === "" ? `${name}{${rest.join(", ")}}` : name;
}

function printMatcher({ name, operator, value }: Matcher): string {
  return `${printLabel(name)}${operator}${quoteString(value)}`;
}

function printModifiers({ offsetMs, at }: Modifiers): string {
  const sign = offsetMs < 0 ? "-" : "";
  const offset = offsetMs === 0 ? "" : ` offset ${sign}${formatQueryDuration(Math.abs(offsetMs))}`;
  if (at === null) return offset;
  return ` @ ${at.kind === "time" ? String(at.timeMs / 1000) : `${at.kind}()`}${offset}`;
}

function printAggregation({ name, grouping, isWithout, parameter, expression }: Aggregation): string {
  const by = grouping.length > 0 || isWithout ? ` ${isWithout ? "without" : "by"} ${printLabels(grouping)} ` : "";
  const first = parameter === null ? "" : `${printQuery(parameter)}, `;
  return `${name}${by}(${first}${printQuery(expression)})`;
}

function printBinary({ operator, left, right, isBool, matching }: Binary): string {
  let middle = operator + (isBool ? " bool" : "");
  if (matching.isOn || matching.labels.length > 0 || matching.many !== null) {
    middle += ` ${matching.isOn ? "on" : "ignoring"} ${printLabels(matching.labels)}`;
    if (matching.many !== null) middle += ` group_${matching.many} ${printLabels(matching.include)}`;
  }
  return `${printQuery(left)} ${middle} ${printQuery(right)}`;
}

function printLabels(labels: readonly string[]): string {
  return `(${labels.map(printLabel).join(", ")})`;
}

function printLabel(name: string): string {
  return LABEL.test(name) ? name : quoteString(name);
}
