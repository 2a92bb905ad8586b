// The labels of what is absent: those that the selector asks for by equality.
import { type Labels, labelsOf, METRIC_NAME } from "../labels.ts";
import { type Expression, unwrap } from "../syntax/ast.ts";

/** Labels of the series that `absent` gives for an expression; null if it is no selector. A label asked twice is left out. */
export function absentLabels(expression: Expression): Labels | null {
  const inner = unwrap(expression);
  const selector = inner.kind === "matrixSelector" ? inner.selector : inner;
  if (selector.kind !== "vectorSelector") return null;
  const labels = new Map<string, string>();
  const asked = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (operator === "=" && !asked.has(name)) {
      labels.set(name, value);
      asked.add(name);
    } else labels.delete(name);
  }
  return labelsOf(Object.fromEntries(labels));
}
