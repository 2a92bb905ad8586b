// An expression for some servers only: a matcher of the server label is put into its selectors, wherever that changes
// nothing but which servers come out. So a daemon asks for its part of a fleet, and no query holds more than it may.
import { createMatcher, type Expression, parseQuery, printQuery, typeOf } from "../../promql/index.ts";

/** The expression for the servers that these values of the server label stand for. */
export type NarrowedExpression = (values: readonly string[]) => string;

const PLACEHOLDER = "forewarn_values_of_the_server_label";

/**
 * Prepares an expression for being asked in parts.
 * @param label The label of its result that tells servers apart.
 * @returns Null where the label is not one of the selected series all the way through, as behind `label_replace`.
 */
export function narrowExpression(expression: string, label: string): NarrowedExpression | null {
  const narrowed = narrow(parseQuery(expression), label);
  if (narrowed === null) return null;
  const parts = printQuery(narrowed).split(JSON.stringify(PLACEHOLDER));
  return (values) => parts.join(JSON.stringify(values.map(quoteRegex).join("|")));
}

/** A text as a regular expression of RE2 that only it matches. */
function quoteRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** The expression whose result is that of the given one without the servers that are not asked for; null if there is none. */
function narrow(expression: Expression, label: string): Expression | null {
  switch (expression.kind) {
    case "number":
    case "string":
      return null;
    case "vectorSelector":
      return { ...expression, matchers: [...expression.matchers, createMatcher(label, "=~", PLACEHOLDER)] };
    case "matrixSelector": {
      const selector = narrow(expression.selector, label);
      return selector?.kind === "vectorSelector" ? { ...expression, selector } : null;
    }
    case "subquery":
    case "unary":
    case "parentheses": {
      const inner = narrow(expression.expression, label);
      return inner && { ...expression, expression: inner };
    }
    case "aggregation": {
      const { grouping, isWithout, parameter } = expression;
      const isKept = grouping.includes(label) !== isWithout;
      const isMade = parameter?.kind === "string" && parameter.value === label;
      const inner = isKept && !isMade ? narrow(expression.expression, label) : null;
      return inner && { ...expression, expression: inner };
    }
    case "call":
      return narrowCall(expression, label);
    case "binary":
      return narrowBinary(expression, label);
  }
}

/** Functions whose result does not come series by series. */
const MAKES_SERIES = new Set(["absent", "absent_over_time", "scalar", "vector"]);

function narrowCall(call: Extract<Expression, { kind: "call" }>, label: string): Expression | null {
  if (MAKES_SERIES.has(call.name)) return null;
  const [, target] = call.args;
  const isRelabelled = call.name.startsWith("label_") && target?.kind === "string" && target.value === label;
  // No function has more than one argument of series.
  const at = call.args.findIndex((arg) => typeOf(arg) === "vector" || typeOf(arg) === "matrix");
  const inner = isRelabelled || at < 0 ? null : narrow(call.args[at]!, label);
  return inner && { ...call, args: call.args.with(at, inner) };
}

function narrowBinary(binary: Extract<Expression, { kind: "binary" }>, label: string): Expression | null {
  const { operator, matching } = binary;
  const areVectors = typeOf(binary.left) === "vector" && typeOf(binary.right) === "vector";
  const left = narrow(binary.left, label);
  const right = narrow(binary.right, label);
  const both = { ...binary, left: left ?? binary.left, right: right ?? binary.right };
  /** Whether both sides of a match are of one server. */
  const isMatched = matching.labels.includes(label) === matching.isOn;
  if (!areVectors) return left === null && right === null ? null : both;
  if (operator === "or") return isMatched && left !== null && right !== null ? both : null;
  if (operator === "and" || operator === "unless") {
    if (left === null) return null;
    return isMatched ? both : { ...binary, left };
  }
  if (isMatched) return left === null && right === null ? null : both;
  // The label comes from the side with many series, unless it is copied from the other one.
  if (matching.many === null) return null;
  const isFromLeft = (matching.many === "left") !== matching.include.includes(label);
  if (isFromLeft) return left && { ...binary, left };
  return right && { ...binary, right };
}
