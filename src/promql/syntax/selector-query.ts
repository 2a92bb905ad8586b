// A query that must be one selector, as `match[]` of the HTTP API takes it.
import { queryInvalid } from "../errors.ts";
import type { Matcher } from "../matchers.ts";
import { parseQuery } from "./parser.ts";

/**
 * The matchers of a selector such as `up{job="node"}`.
 * @throws ForewarnError `query_invalid` if the text is no selector or has a modifier.
 */
export function parseSelectorQuery(text: string): readonly Matcher[] {
  const expression = parseQuery(text);
  if (expression.kind !== "vectorSelector" || expression.offsetMs !== 0 || expression.at !== null) {
    throw queryInvalid('a selector such as up{job="node"}', text, "1:1");
  }
  return expression.matchers;
}
