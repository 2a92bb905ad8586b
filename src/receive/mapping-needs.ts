// What a mapping asks for: which series, and how far before the end of an interval it looks.
import { ForewarnError } from "../base/index.ts";
import type { Mapping } from "../prometheus/index.ts";
import { childrenOf, DEFAULT_QUERY_OPTIONS, type Expression, type Matcher, parseQuery } from "../promql/index.ts";
import type { LabelSet } from "../wire/index.ts";
import { fulfilsAll } from "./series-table.ts";

/** See {@link mappingNeeds}. */
export interface MappingNeeds {
  /** The longest time before its evaluation that an expression reads, milliseconds. */
  spanMs: number;
  /** Whether any selector of the mapping selects a series. */
  isNeeded(labels: LabelSet): boolean;
}

/**
 * Walks the expressions of a mapping.
 * @throws ForewarnError `mapping_invalid` for an expression that reads a fixed instant (`@ 1609746000`) or the future (a
 *   negative offset): samples are kept only for as long as their interval needs them.
 */
export function mappingNeeds(mapping: Mapping): MappingNeeds {
  const byName = new Map<string, (readonly Matcher[])[]>();
  const nameless: (readonly Matcher[])[] = [];
  let spanMs = mapping.intervalMs;
  const visit = (expression: Expression, beforeMs: number, place: string): void => {
    switch (expression.kind) {
      case "matrixSelector":
        visitSelector(expression.selector, beforeMs + expression.rangeMs, place);
        break;
      case "vectorSelector":
        visitSelector(expression, beforeMs + DEFAULT_QUERY_OPTIONS.lookbackMs, place);
        break;
      case "subquery":
        visit(expression.expression, beforeMs + expression.rangeMs + offsetOf(expression, place), place);
        break;
      default:
        for (const child of childrenOf(expression)) visit(child, beforeMs, place);
    }
  };
  const visitSelector = (selector: Modified & { matchers: readonly Matcher[] }, beforeMs: number, place: string) => {
    spanMs = Math.max(spanMs, beforeMs + offsetOf(selector, place));
    const name = selector.matchers.find((one) => one.name === "__name__" && one.operator === "=")?.value;
    if (name === undefined) nameless.push(selector.matchers);
    else byName.set(name, [...(byName.get(name) ?? []), selector.matchers]);
  };
  const offsetOf = ({ at, offsetMs }: Modified, place: string): number => {
    if (at?.kind !== "time" && offsetMs >= 0) return offsetMs;
    throw new ForewarnError(
      "mapping_invalid",
      `${mapping.name}: ${place}: Expected only samples of an interval and before it, got ${at ? "@" : "a negative offset"}`,
      { hint: "samples that are pushed are kept only until their interval is settled" },
    );
  };
  for (const { metric, expression } of mapping.metrics) visit(parseQuery(expression), 0, `metrics.${metric.name}`);
  for (const { name, expression } of mapping.labels) visit(parseQuery(expression), 0, `labels.${name}`);
  if (mapping.present !== null) visit(parseQuery(mapping.present), 0, "server.present");

  return {
    spanMs,
    isNeeded(labels) {
      const fits = (matchers: readonly Matcher[]): boolean => fulfilsAll(matchers, labels);
      return (byName.get(labels.name)?.some(fits) ?? false) || nameless.some(fits);
    },
  };
}

type Modified = Pick<Extract<Expression, { kind: "subquery" }>, "at" | "offsetMs">;
