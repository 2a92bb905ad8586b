// Tokens to a syntax tree by precedence climbing. Selectors are read in parse-selector.ts.
import { queryInvalid } from "../errors.ts";
import {
  AGGREGATIONS,
  type Aggregation,
  type AggregationName,
  type Binary,
  type Expression,
  type VectorMatching,
} from "./ast.ts";
import { checkTypes } from "./check-types.ts";
import { parseLabelList, parsePostfix, parseSelector } from "./parse-selector.ts";
import { SIGNATURES, UNSUPPORTED } from "./signatures.ts";
import { createTokenStream, type TokenStream } from "./token-stream.ts";

/** How tightly operators bind; the power is the only one that binds to the right. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  "<=": 3,
  "<": 3,
  ">=": 3,
  ">": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};
const POWER = 6;

/** Deepest tree; a chain of operators is as deep as it is long. */
const MAX_DEPTH = 400;

const PARAMETRIC: ReadonlySet<AggregationName> = new Set(["topk", "bottomk", "quantile", "count_values"]);

/**
 * Parses a query and checks its types.
 * @throws ForewarnError `query_invalid` that names the construct and its line and column.
 */
export function parseQuery(query: string): Expression {
  const tokens = createTokenStream(query);
  const expression = parseBinary(tokens, 0, 0);
  if (tokens.peek().kind !== "end") throw tokens.unexpected("an operator or the end");
  checkTypes(expression, query);
  return expression;
}

function parseBinary(tokens: TokenStream, least: number, depth: number): Expression {
  let left = parseUnary(tokens, depth);
  for (let length = 0; ; length++) {
    const operator = tokens.peek().text.toLowerCase();
    const precedence = tokens.peek().kind === "string" ? 0 : (PRECEDENCE[operator] ?? 0);
    if (precedence === 0 || precedence < least) return left;
    checkDepth(tokens, depth + length);
    tokens.next();
    const isBool = tokens.takeKeyword("bool");
    const matching = parseMatching(tokens, operator);
    const right = parseBinary(tokens, precedence === POWER ? precedence : precedence + 1, depth + length + 1);
    const { start } = left;
    left = {
      kind: "binary",
      operator: operator as Binary["operator"],
      left,
      right,
      isBool,
      matching,
      start,
      end: right.end,
    };
  }
}

function parseMatching(tokens: TokenStream, operator: string): VectorMatching {
  const isOn = tokens.takeKeyword("on");
  const isIgnoring = !isOn && tokens.takeKeyword("ignoring");
  const labels = isOn || isIgnoring ? parseLabelList(tokens) : [];
  const at = tokens.peek();
  const many = tokens.takeKeyword("group_left") ? "left" : tokens.takeKeyword("group_right") ? "right" : null;
  if (many === null) {
    if (/^fill(_left|_right)?$/i.test(at.text) && tokens.peek(1).text === "(") {
      throw queryInvalid("a supported modifier", at.text, tokens.positionOf(at));
    }
    return { isOn, labels, many, include: [] };
  }
  if (!isOn && !isIgnoring) throw queryInvalid(`on or ignoring before ${at.text}`, operator, tokens.positionOf(at));
  if (operator === "and" || operator === "or" || operator === "unless") {
    throw queryInvalid(`no grouping for ${operator}`, at.text, tokens.positionOf(at));
  }
  const include = tokens.peek().text === "(" ? parseLabelList(tokens) : [];
  const repeated = isOn ? include.find((label) => labels.includes(label)) : undefined;
  if (repeated !== undefined) {
    throw queryInvalid("labels either in on or in the grouping", repeated, tokens.positionOf(at));
  }
  return { isOn, labels, many, include };
}

function parseUnary(tokens: TokenStream, depth: number): Expression {
  checkDepth(tokens, depth);
  const sign = tokens.peek();
  if (sign.text !== "+" && sign.text !== "-") return parsePostfix(tokens, parsePrimary(tokens, depth));
  tokens.next();
  const expression = parseBinary(tokens, POWER, depth + 1);
  return { kind: "unary", operator: sign.text, expression, start: sign.start, end: expression.end };
}

function parsePrimary(tokens: TokenStream, depth: number): Expression {
  const token = tokens.peek();
  const { start, end } = token;
  if (token.kind === "number" || token.kind === "duration") {
    tokens.next();
    const value = token.kind === "number" ? token.value : token.value / 1000;
    return { kind: "number", value, start, end };
  }
  if (token.kind === "string") {
    tokens.next();
    return { kind: "string", value: token.value, start, end };
  }
  if (token.text === "(") {
    tokens.next();
    const expression = parseBinary(tokens, 0, depth + 1);
    return { kind: "parentheses", expression, start, end: tokens.expect(")").end };
  }
  if (token.text === "{") return parseSelector(tokens);
  if (token.kind !== "identifier") throw tokens.unexpected("an expression");
  return parseNamed(tokens, token.text, depth);
}

function parseNamed(tokens: TokenStream, name: string, depth: number): Expression {
  const { start, end } = tokens.peek();
  const following = tokens.peek(1).text.toLowerCase();
  const aggregation = AGGREGATIONS.find((known) => known === name.toLowerCase());
  const hasGrouping = (following === "by" || following === "without") && tokens.peek(2).text === "(";
  if (aggregation !== undefined && (following === "(" || hasGrouping)) {
    return parseAggregation(tokens, aggregation, depth);
  }
  if (following === "(" || (hasGrouping && UNSUPPORTED.has(name))) return parseCall(tokens, name, depth);
  if (/^(?:nan|inf)$/i.test(name) && following !== "{") {
    tokens.next();
    return { kind: "number", value: name.toLowerCase() === "inf" ? Infinity : NaN, start, end };
  }
  return parseSelector(tokens);
}

function parseCall(tokens: TokenStream, name: string, depth: number): Expression {
  const { start } = tokens.peek();
  if (!SIGNATURES.has(name)) {
    const expected = UNSUPPORTED.has(name) ? "a supported function" : "a function of PromQL";
    throw queryInvalid(expected, name, tokens.positionOf(tokens.peek()));
  }
  tokens.next();
  const { args, end } = parseArguments(tokens, depth);
  return { kind: "call", name, args, start, end };
}

function parseArguments(tokens: TokenStream, depth: number): { args: Expression[]; end: number } {
  tokens.expect("(");
  const args: Expression[] = [];
  while (tokens.peek().text !== ")") {
    args.push(parseBinary(tokens, 0, depth + 1));
    if (!tokens.take(",")) break;
    if (tokens.peek().text === ")") throw tokens.unexpected("an argument");
  }
  return { args, end: tokens.expect(")").end };
}

function parseAggregation(tokens: TokenStream, name: AggregationName, depth: number): Aggregation {
  const { start } = tokens.next();
  const before = parseGrouping(tokens);
  const { args, end } = parseArguments(tokens, depth);
  const after = before === null ? parseGrouping(tokens) : null;
  const wanted = PARAMETRIC.has(name) ? 2 : 1;
  if (args.length !== wanted) {
    const position = tokens.positionOf({ start });
    throw queryInvalid(`${wanted} argument(s) of ${name}`, String(args.length), position);
  }
  const parameter = wanted === 2 ? args[0]! : null;
  const grouping = before ?? after ?? { labels: [], isWithout: false, end };
  const { labels, isWithout } = grouping;
  const last = Math.max(end, grouping.end);
  return {
    kind: "aggregation",
    name,
    expression: args[wanted - 1]!,
    parameter,
    grouping: labels,
    isWithout,
    start,
    end: last,
  };
}

function parseGrouping(tokens: TokenStream): { labels: string[]; isWithout: boolean; end: number } | null {
  const isWithout = tokens.takeKeyword("without");
  if (!isWithout && !tokens.takeKeyword("by")) return null;
  const labels = parseLabelList(tokens);
  return { labels, isWithout, end: tokens.previousEnd() };
}

function checkDepth(tokens: TokenStream, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw queryInvalid(`at most ${MAX_DEPTH} nested expressions`, "more", tokens.positionOf(tokens.peek()));
  }
}
