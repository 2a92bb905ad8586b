// Finds the rows in a JSON array or in newline-delimited JSON without building them, so that the number of rows is known
// before any of them costs memory, and one bad row does not spoil the others.
import { ForewarnError } from "../../base/index.ts";
import { tooLarge } from "./read-body.ts";

/** A row's text, from `begin` to before `end`. */
export interface RowSpan {
  begin: number;
  end: number;
  /** Members of the object as written; repeated names count twice. -1 when it is not one flat object. */
  members: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const NEWLINE = 10;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/**
 * The rows of newline-delimited JSON; empty lines are none.
 * @throws ForewarnError `body_too_large` beyond `maxRows`.
 */
export function splitLines(text: string, maxRows: number): RowSpan[] {
  const rows: RowSpan[] = [];
  for (let begin = 0; begin < text.length; ) {
    const newline = text.indexOf("\n", begin);
    const end = newline < 0 ? text.length : newline;
    const first = skipBlank(text, begin, end);
    if (first < end) {
      const row = scanRow(text, first, end, NEWLINE);
      const isWhole = skipBlank(text, row.end, end) === end;
      push(rows, { begin: first, end, members: isWhole ? row.members : -1 }, maxRows);
    }
    begin = end + 1;
  }
  return rows;
}

/**
 * The elements of a JSON array.
 * @throws ForewarnError `body_unreadable` when it is no array, `body_too_large` beyond `maxRows`.
 */
export function splitArray(text: string, maxRows: number): RowSpan[] {
  const rows: RowSpan[] = [];
  const last = text.length;
  let at = skipBlank(text, 0, last);
  if (text.charCodeAt(at) !== OPEN_BRACKET) throw unreadable(at);
  at = skipBlank(text, at + 1, last);
  while (text.charCodeAt(at) !== CLOSE_BRACKET || rows.length > 0) {
    const row = scanRow(text, at, last, COMMA);
    if (row.end === at || row.end > last) throw unreadable(at);
    push(rows, row, maxRows);
    at = skipBlank(text, row.end, last);
    const code = text.charCodeAt(at);
    if (code === CLOSE_BRACKET) break;
    if (code !== COMMA) throw unreadable(at);
    at = skipBlank(text, at + 1, last);
  }
  if (skipBlank(text, at + 1, last) < last) throw unreadable(at + 1);
  return rows;
}

/** Walks over one value; it ends where its brackets close, or for other values before `separator` or a bracket. */
function scanRow(text: string, begin: number, last: number, separator: number): RowSpan {
  let [depth, deepest, members] = [0, 0, 0];
  let at = begin;
  for (; at < last; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at, last);
      if (depth === 0) return { begin, end: at + 1, members: -1 };
    } else if (code === COLON) members++;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) break;
      depth--;
      if (depth === 0) {
        const isFlat = deepest === 1 && text.charCodeAt(begin) === OPEN_BRACE;
        return { begin, end: at + 1, members: isFlat ? members : -1 };
      }
    } else if (depth === 0 && code === separator) break;
  }
  // Brackets that never close leave nothing to go on with.
  return { begin, end: depth > 0 ? last + 1 : at, members: -1 };
}

/** Place of the closing quote, or `last`. */
function endOfString(text: string, quote: number, last: number): number {
  let at = quote;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0 || at >= last) return last;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

function skipBlank(text: string, begin: number, end: number): number {
  let at = begin;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== NEWLINE && code !== 13 && code !== 9) break;
  }
  return at;
}

function push(rows: RowSpan[], row: RowSpan, maxRows: number): void {
  if (rows.length >= maxRows) throw tooLarge(`${maxRows} rows`);
  rows.push(row);
}

function unreadable(at: number): ForewarnError {
  return new ForewarnError("body_unreadable", `body: Expected a JSON array of rows, got something else at ${at}`);
}
