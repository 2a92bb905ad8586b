// Selectors and what follows them: matchers in braces, ranges and subqueries in brackets, offset and @.
import { queryInvalid } from "../errors.ts";
import { METRIC_NAME } from "../labels.ts";
import { createMatcher, type Matcher, type MatchOperator } from "../matchers.ts";
import type { AtModifier, Expression, MatrixSelector, Modifiers, Subquery, VectorSelector } from "./ast.ts";
import { isDurationInRange } from "./durations.ts";
import type { TokenStream } from "./token-stream.ts";

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads `name`, `name{...}` or `{...}`; the next token is its first. */
export function parseSelector(tokens: TokenStream): VectorSelector {
  const first = tokens.peek();
  const matchers: Matcher[] = [];
  if (first.kind === "identifier") matchers.push(createMatcher(METRIC_NAME, "=", tokens.next().text));
  if (tokens.take("{")) parseMatchers(tokens, matchers);
  if (matchers.every(({ matches }) => matches(""))) {
    const position = tokens.positionOf(first);
    throw queryInvalid("a selector with a matcher that does not match the empty string", "none", position);
  }
  return { kind: "vectorSelector", matchers, offsetMs: 0, at: null, start: first.start, end: tokens.previousEnd() };
}

function parseMatchers(tokens: TokenStream, matchers: Matcher[]): void {
  while (tokens.peek().text !== "}") {
    const token = tokens.peek();
    const operator = tokens.peek(1).text as MatchOperator;
    if (["=", "!=", "=~", "!~"].includes(operator)) matchers.push(parseMatcher(tokens, operator));
    else if (token.kind === "string") {
      tokens.next();
      if (matchers.some(({ name }) => name === METRIC_NAME)) {
        throw queryInvalid("one metric name", token.text, tokens.positionOf(token));
      }
      matchers.push(createMatcher(METRIC_NAME, "=", token.value));
    } else {
      tokens.next();
      throw tokens.unexpected("one of = != =~ !~");
    }
    if (!tokens.take(",")) break;
  }
  tokens.expect("}");
}

function parseMatcher(tokens: TokenStream, operator: MatchOperator): Matcher {
  const name = parseLabelName(tokens);
  tokens.next();
  const value = tokens.peek();
  if (value.kind !== "string") throw tokens.unexpected("a string");
  tokens.next();
  return createMatcher(name, operator, value.value, tokens.positionOf(value));
}

/** Reads `(label, label)`; label names may be quoted. */
export function parseLabelList(tokens: TokenStream): string[] {
  const labels: string[] = [];
  tokens.expect("(");
  while (tokens.peek().text !== ")") {
    labels.push(parseLabelName(tokens));
    if (!tokens.take(",")) break;
  }
  tokens.expect(")");
  return labels;
}

function parseLabelName(tokens: TokenStream): string {
  const token = tokens.peek();
  const isName = token.kind === "string" ? token.value !== "" : LABEL_NAME.test(token.text);
  if (!isName) throw tokens.unexpected("a label name");
  tokens.next();
  return token.kind === "string" ? token.value : token.text;
}

/** Reads `[5m]`, `[1h:1m]`, `offset 5m` and `@ 0` after `expression`, as often as they come. */
export function parsePostfix(tokens: TokenStream, expression: Expression): Expression {
  let result = expression;
  for (;;) {
    const token = tokens.peek();
    if (tokens.take("[")) result = parseBrackets(tokens, result);
    else if (tokens.takeKeyword("offset")) {
      const target = modified(tokens, result, token, "offset");
      if (target.offsetMs !== 0) throw queryInvalid("one offset", "another", tokens.positionOf(token));
      result = withModifiers(result, { offsetMs: parseSignedDuration(tokens), at: target.at }, tokens);
    } else if (tokens.take("@")) {
      const target = modified(tokens, result, token, "@");
      if (target.at !== null) throw queryInvalid("one @", "another", tokens.positionOf(token));
      result = withModifiers(result, { offsetMs: target.offsetMs, at: parseAt(tokens) }, tokens);
    } else {
      if (/^(?:anchored|smoothed)$/i.test(token.text)) {
        throw queryInvalid("a supported modifier", token.text, tokens.positionOf(token));
      }
      return result;
    }
  }
}

function parseBrackets(tokens: TokenStream, expression: Expression): MatrixSelector | Subquery {
  const { start } = expression;
  const place = tokens.peek();
  const rangeMs = parseDuration(tokens);
  if (rangeMs <= 0) throw queryInvalid("a range longer than zero", place.text, tokens.positionOf(place));
  if (tokens.take(":")) {
    const stepMs = tokens.peek().text === "]" ? null : parseDuration(tokens);
    if (stepMs !== null && stepMs <= 0) throw queryInvalid("a step longer than zero", "0", tokens.positionOf(place));
    const { end } = tokens.expect("]");
    return { kind: "subquery", expression, rangeMs, stepMs, offsetMs: 0, at: null, start, end };
  }
  const { end } = tokens.expect("]");
  if (expression.kind !== "vectorSelector" || expression.offsetMs !== 0 || expression.at !== null) {
    throw queryInvalid("a range after a selector without modifiers", "another expression", tokens.positionOf(place));
  }
  return { kind: "matrixSelector", selector: expression, rangeMs, start, end };
}

function modified(tokens: TokenStream, expression: Expression, place: { start: number }, name: string): Modifiers {
  if (expression.kind === "matrixSelector") return expression.selector;
  if (expression.kind === "vectorSelector" || expression.kind === "subquery") return expression;
  throw queryInvalid(`${name} after a selector or a subquery`, "another expression", tokens.positionOf(place));
}

function withModifiers(expression: Expression, modifiers: Modifiers, tokens: TokenStream): Expression {
  const end = tokens.previousEnd();
  if (expression.kind === "matrixSelector") {
    return { ...expression, selector: { ...expression.selector, ...modifiers }, end };
  }
  return { ...expression, ...modifiers, end } as Expression;
}

function parseAt(tokens: TokenStream): AtModifier {
  for (const kind of ["start", "end"] as const) {
    if (tokens.takeKeyword(kind)) {
      tokens.expect("(");
      tokens.expect(")");
      return { kind };
    }
  }
  const place = tokens.peek();
  const timeMs = parseSigned(tokens, "a time in seconds, start() or end()");
  if (!Number.isSafeInteger(timeMs)) throw queryInvalid("a time within bounds", place.text, tokens.positionOf(place));
  return { kind: "time", timeMs };
}

function parseSignedDuration(tokens: TokenStream): number {
  const place = tokens.peek();
  const durationMs = parseSigned(tokens, "a duration");
  if (!isDurationInRange(durationMs)) {
    throw queryInvalid("a duration within bounds", place.text, tokens.positionOf(place));
  }
  return durationMs;
}

/** Milliseconds of a number of seconds or of a duration, with a sign. */
function parseSigned(tokens: TokenStream, expected: string): number {
  const isNegative = tokens.take("-");
  if (!isNegative) tokens.take("+");
  const valueMs = parseDuration(tokens, expected);
  return isNegative && valueMs !== 0 ? -valueMs : valueMs;
}

function parseDuration(tokens: TokenStream, expected = "a duration"): number {
  const token = tokens.peek();
  if (token.kind !== "duration" && token.kind !== "number") throw tokens.unexpected(expected);
  tokens.next();
  const valueMs = token.kind === "duration" ? token.value : Math.round(token.value * 1000);
  if (!Number.isFinite(valueMs)) throw queryInvalid("a finite duration", token.text, tokens.positionOf(token));
  return valueMs;
}
