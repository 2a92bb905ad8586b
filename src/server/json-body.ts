// JSON of a request: looked through before it is built, so that no nesting and no number of names costs more than its text.
import { isUtf8 } from "node:buffer";
import { ForewarnError } from "../base/index.ts";
import type { ApiServer } from "./api-server.ts";

/** Bounds of every JSON text but that of rows, which are flat. */
export const JSON_LIMITS = { maxDepth: 32, maxNames: 10_000 } as const;

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;
const OPEN: readonly number[] = [123, 91];
const CLOSE: readonly number[] = [125, 93];

/** Makes every route without a parser of its own read `application/json` with {@link parseJson}. */
export function parseJsonBodies(app: ApiServer): void {
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_: unknown, bytes: Buffer) => {
    if (!isUtf8(bytes)) throw unreadable("UTF-8, got other bytes");
    return parseJson(bytes.toString("utf8"));
  });
}

/**
 * Parses JSON in which every name stands once.
 * @throws ForewarnError `json_too_complex` beyond {@link JSON_LIMITS}; `body_unreadable` for what is no such JSON.
 */
export function parseJson(text: string): unknown {
  try {
    lookThrough(text);
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ForewarnError("body_unreadable", `body: Expected JSON, got something else: ${cause.message}`, { cause });
  }
}

/** Walks over the text once, with the names of every open object. Text that is no JSON is left to the parser. */
function lookThrough(text: string): void {
  const open: Set<string>[] = [];
  let names = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (OPEN.includes(code)) {
      open.push(new Set());
      if (open.length > JSON_LIMITS.maxDepth) throw tooComplex(`${JSON_LIMITS.maxDepth} levels`);
    } else if (CLOSE.includes(code)) open.pop();
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isName(text, end)) {
        if (++names > JSON_LIMITS.maxNames) throw tooComplex(`${JSON_LIMITS.maxNames} names`);
        addName(open.at(-1), JSON.parse(text.slice(at, end)) as string);
      }
      at = end - 1;
    }
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names?.has(name)) throw unreadable("every name once, got one twice");
  if (name === "__proto__") throw unreadable("no name __proto__, got one");
  names?.add(name);
}

/** Index after the closing quote, or the end of the text. */
function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at++;
  return text.charCodeAt(at) === COLON;
}

function unreadable(expected: string): ForewarnError {
  return new ForewarnError("body_unreadable", `body: Expected ${expected}`);
}

function tooComplex(limit: string): ForewarnError {
  return new ForewarnError("json_too_complex", `body: Expected JSON of at most ${limit}, got more`);
}
