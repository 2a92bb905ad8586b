// Which series an expression reads.
import type { Expression, VectorSelector } from "../../promql/index.ts";

/** The first selector of an expression in reading order; undefined if it has none. */
export function firstSelector(expression: Expression): VectorSelector | undefined {
  switch (expression.kind) {
    case "vectorSelector":
      return expression;
    case "matrixSelector":
      return expression.selector;
    case "call":
      return firstOf(expression.args);
    case "binary":
      return firstOf([expression.left, expression.right]);
    case "aggregation":
    case "subquery":
    case "unary":
    case "parentheses":
      return firstSelector(expression.expression);
    case "number":
    case "string":
      return undefined;
  }
}

function firstOf(expressions: readonly Expression[]): VectorSelector | undefined {
  for (const expression of expressions) {
    const found = firstSelector(expression);
    if (found !== undefined) return found;
  }
  return undefined;
}
