// A pattern that is read from left to right, and why one is refused.

/** Why a regular expression is refused; the caller says where it stands. */
export class RegexError extends Error {}

/** What is still to be read of a pattern. */
export interface PatternReader {
  isAtEnd(): boolean;
  sees(text: string): boolean;
  /** Reads `text` if it comes next. */
  take(text: string): boolean;
  /** Reads what an expression with the flag `y` matches here. */
  match(form: RegExp): RegExpExecArray | null;
  /** Reads one character. @throws RegexError at the end, which only a backslash can come before. */
  next(): number;
  /** Reads up to `end`, or to the end of the pattern, and past it. */
  until(end: string): string;
}

/** Opens a pattern. */
export function readPattern(pattern: string): PatternReader {
  let at = 0;
  const sees = (text: string) => pattern.startsWith(text, at);
  return {
    sees,
    isAtEnd: () => at >= pattern.length,
    take(text) {
      if (!sees(text)) return false;
      at += text.length;
      return true;
    },
    match(form) {
      form.lastIndex = at;
      const found = form.exec(pattern);
      at += found?.[0].length ?? 0;
      return found;
    },
    next() {
      const codePoint = pattern.codePointAt(at);
      if (codePoint === undefined) throw new RegexError("trailing backslash at end of expression");
      at += codePoint > 0xffff ? 2 : 1;
      return codePoint;
    },
    until(end) {
      const found = pattern.indexOf(end, at);
      const text = pattern.slice(at, found < 0 ? undefined : found);
      at = found < 0 ? pattern.length : found + end.length;
      return text;
    },
  };
}
