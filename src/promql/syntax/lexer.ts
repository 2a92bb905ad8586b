// Text to tokens. Keywords are left to the parser: a metric or label may be called "sum" or "by".
import { queryInvalid } from "../errors.ts";
import type { Span } from "./ast.ts";
import { DURATION_FORM, parseQueryDuration } from "./durations.ts";
import { unquote } from "./strings.ts";

/** One token. The end of the query is a token of kind "end". */
export type Token = Span &
  (
    | { kind: "identifier"; text: string }
    | { kind: "number"; value: number; text: string }
    /** Milliseconds. */
    | { kind: "duration"; value: number; text: string }
    | { kind: "string"; value: string; text: string }
    | { kind: "symbol"; text: string }
    | { kind: "end"; text: "" }
  );

/** Longest query in characters. */
export const MAX_QUERY_LENGTH = 65_536;

/** Most regular expressions of a query, since each is compiled. */
const MAX_EXPRESSIONS = 100;

const SPACE = /(?:\s|#[^\n]*)*/y;
const IDENTIFIER = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}[\],:@]/y;

/**
 * Splits a query into tokens.
 * @throws ForewarnError `query_invalid` at what is no token, or if the query is longer than {@link MAX_QUERY_LENGTH}.
 */
export function tokenize(query: string): Token[] {
  if (query.length > MAX_QUERY_LENGTH) {
    throw queryInvalid(`at most ${MAX_QUERY_LENGTH} characters`, `${query.length}`, "");
  }
  const tokens: Token[] = [];
  let brackets = 0;
  let expressions = 0;
  for (let at = skip(query, 0); at < query.length; at = skip(query, tokens.at(-1)!.end)) {
    const token = nextToken(query, at, brackets > 0);
    if (token.text === "[") brackets++;
    if (token.text === "]") brackets--;
    if (token.text === "=~" || token.text === "!~") expressions++;
    if (expressions > MAX_EXPRESSIONS) {
      throw queryInvalid(`at most ${MAX_EXPRESSIONS} regular expressions`, "more", positionAt(query, at));
    }
    tokens.push(token);
  }
  tokens.push({ kind: "end", text: "", start: query.length, end: query.length });
  return tokens;
}

/** Line and column of an offset, counted from 1: "1:5". */
export function positionAt(query: string, offset: number): string {
  const before = query.slice(0, offset).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

function nextToken(query: string, start: number, isInBrackets: boolean): Token {
  const character = query[start]!;
  if (character === '"' || character === "'" || character === "`") return readString(query, start);
  if (/\d|\./.test(character)) return readNumber(query, start);
  const identifier = isInBrackets && character === ":" ? null : read(IDENTIFIER, query, start);
  if (identifier !== null) {
    const end = start + identifier.length;
    return { kind: "identifier", text: identifier, start, end };
  }
  const symbol = read(SYMBOL, query, start);
  if (symbol !== null) return { kind: "symbol", text: symbol, start, end: start + symbol.length };
  const found = String.fromCodePoint(query.codePointAt(start)!);
  throw queryInvalid("PromQL", JSON.stringify(found), positionAt(query, start));
}

function readNumber(query: string, start: number): Token {
  const durationText = read(DURATION_FORM, query, start);
  const text = durationText ?? read(NUMBER, query, start) ?? ".";
  const end = start + text.length;
  const isWhole = !/[\w.]/.test(query[end] ?? "");
  const value = durationText === null ? Number(text) : parseQueryDuration(durationText);
  if (!isWhole || value === null || Number.isNaN(value)) {
    const word = /[\w.]+/y;
    const found = read(word, query, start) ?? text;
    throw queryInvalid("a number or a duration such as 1h30m", JSON.stringify(found), positionAt(query, start));
  }
  return { kind: durationText === null ? "number" : "duration", value, text, start, end };
}

function readString(query: string, start: number): Token {
  const quote = query[start]!;
  let end = start + 1;
  while (end < query.length && query[end] !== quote && (quote === "`" || query[end] !== "\n")) {
    end += query[end] === "\\" && quote !== "`" ? 2 : 1;
  }
  if (query[end] !== quote) throw queryInvalid(`a closing ${quote}`, "the end", positionAt(query, start));
  const value = unquote(query.slice(start + 1, end), quote);
  const text = query.slice(start, end + 1);
  if (value === null) throw queryInvalid("a string with Go's escapes in UTF-8", text, positionAt(query, start));
  return { kind: "string", value, text, start, end: end + 1 };
}

function skip(query: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(query);
  return SPACE.lastIndex;
}

function read(form: RegExp, query: string, at: number): string | null {
  form.lastIndex = at;
  return form.exec(query)?.[0] ?? null;
}
