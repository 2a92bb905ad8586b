// String literals: double and single quotes with Go's escapes, backquotes without any.

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  '"': 34,
  "'": 39,
};

const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([abfnrtv\\"']))/y;

/**
 * The value of a string literal.
 * @param body The text between the quotes.
 * @returns Null if an escape is not one of Go's or the bytes are not UTF-8.
 */
export function unquote(body: string, quote: string): string | null {
  if (quote === "`") return body;
  const bytes: number[] = [];
  for (let at = 0; at < body.length; ) {
    if (body[at] !== "\\") {
      const next = body.indexOf("\\", at);
      const end = next < 0 ? body.length : next;
      for (const byte of Buffer.from(body.slice(at, end))) bytes.push(byte);
      at = end;
      continue;
    }
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(body);
    const escaped = found === null ? null : escapedBytes(found, quote);
    if (escaped === null) return null;
    bytes.push(...escaped);
    at = ESCAPE.lastIndex;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function escapedBytes(found: RegExpExecArray, quote: string): Iterable<number> | null {
  const [, hex, octal, short, long, letter] = found;
  if (hex !== undefined) return [Number.parseInt(hex, 16)];
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8);
    return byte > 255 ? null : [byte];
  }
  if (letter !== undefined) {
    const isOtherQuote = (letter === "'" || letter === '"') && letter !== quote;
    return isOtherQuote ? null : [SIMPLE_ESCAPES[letter]!];
  }
  const codePoint = Number.parseInt(short ?? long!, 16);
  const isCharacter = codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
  return isCharacter ? Buffer.from(String.fromCodePoint(codePoint)) : null;
}

/** Writes a string such that {@link unquote} reads it back; a lone surrogate becomes U+FFFD. */
export function quoteString(value: string): string {
  const escaped = value.replace(/[\\"\p{Cc}\p{Cs}]/gu, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    if (character === "\\" || character === '"') return `\\${character}`;
    if (/\p{Cs}/u.test(character)) return "\\ufffd";
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
