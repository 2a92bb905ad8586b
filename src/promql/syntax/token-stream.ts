// The tokens of a query, read one by one.
import type { ForewarnError } from "../../base/index.ts";
import { queryInvalid } from "../errors.ts";
import { positionAt, type Token, tokenize } from "./lexer.ts";

/** Tokens with a place to read from. */
export interface TokenStream {
  /** The token `ahead` places on, the end of the query if there is none. */
  peek(ahead?: number): Token;
  next(): Token;
  /** Reads a symbol if it comes next. */
  take(symbol: string): boolean;
  /** Reads a keyword in any case if it comes next. */
  takeKeyword(keyword: string): boolean;
  /** Reads a symbol. @throws ForewarnError `query_invalid` if another comes next. */
  expect(symbol: string): Token;
  /** Where the token before the next ends. */
  previousEnd(): number;
  /** Line and column of a token or node. */
  positionOf(place: { start: number }): string;
  /** The error that something else than the next token should stand here. */
  unexpected(expected: string): ForewarnError;
}

/** Opens the tokens of `query`. @throws ForewarnError `query_invalid` for what is no token. */
export function createTokenStream(query: string): TokenStream {
  const tokens = tokenize(query);
  const end = tokens.at(-1)!;
  let at = 0;
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? end;
  const isSymbol = (symbol: string) => peek().kind === "symbol" && peek().text === symbol;
  const positionOf = ({ start }: { start: number }) => positionAt(query, start);
  const unexpected = (expected: string) => {
    const token = peek();
    return queryInvalid(expected, token.kind === "end" ? "the end" : token.text, positionOf(token));
  };
  const next = (): Token => {
    const token = peek();
    at++;
    return token;
  };
  return {
    peek,
    next,
    positionOf,
    unexpected,
    take(symbol) {
      if (!isSymbol(symbol)) return false;
      at++;
      return true;
    },
    takeKeyword(keyword) {
      if (peek().kind !== "identifier" || peek().text.toLowerCase() !== keyword) return false;
      at++;
      return true;
    },
    expect(symbol) {
      if (!isSymbol(symbol)) throw unexpected(symbol);
      return next();
    },
    previousEnd: () => tokens[at - 1]!.end,
  };
}
