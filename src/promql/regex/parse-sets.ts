// Sets of characters as RE2 writes them: escapes, Unicode properties, Perl and POSIX classes, brackets.
import { type PatternReader, RegexError } from "./reader.ts";
import { type CharacterSet, complement, PERL_CLASSES, POSIX_CLASSES, type Ranges } from "./syntax.ts";

/** Letters of escapes for the control characters from the bell on; \b is a word boundary, so a dash stands in its place. */
const CONTROLS = "a-tnvfr";
const FIRST_CONTROL = 7;
const LAST_CODE_POINT = 0x10ffff;

/** One Unicode property of a set. */
type Property = CharacterSet["properties"][number];

/** What may follow a backslash and is a set or a character. The backslash is read already. */
export function parseEscapedSet(reader: PatternReader, isFolded: boolean): CharacterSet {
  const property = parseProperty(reader);
  if (property !== null) return { ranges: [], properties: [property], isNegated: false, isFolded };
  const perl = parsePerlClass(reader);
  if (perl !== null) return { ranges: perl, properties: [], isNegated: false, isFolded: false };
  const codePoint = parseEscapedCharacter(reader);
  return { ranges: [codePoint, codePoint], properties: [], isNegated: false, isFolded };
}

/** The set of `[...]`, whose opening bracket is read already. */
export function parseBrackets(reader: PatternReader, isFolded: boolean): CharacterSet {
  const isNegated = reader.take("^");
  const ranges: number[] = [];
  const properties: Property[] = [];
  for (let isFirst = true; isFirst || !reader.take("]"); isFirst = false) {
    if (reader.isAtEnd()) throw new RegexError("missing closing ]");
    const posix = parsePosixClass(reader);
    if (posix !== null) {
      ranges.push(...posix);
      continue;
    }
    const hasEscape = reader.take("\\");
    const property = hasEscape ? parseProperty(reader) : null;
    const perl = hasEscape && property === null ? parsePerlClass(reader) : null;
    if (property !== null) properties.push(property);
    else ranges.push(...(perl ?? parseRange(reader, hasEscape)));
  }
  return { ranges, properties, isNegated, isFolded };
}

function parseRange(reader: PatternReader, hasEscape: boolean): [number, number] {
  const from = hasEscape ? parseEscapedCharacter(reader) : reader.next();
  if (reader.match(/-(?=[^\]])/y) === null) return [from, from];
  const to = reader.take("\\") ? parseEscapedCharacter(reader) : reader.next();
  if (to < from) throw new RegexError("invalid character class range");
  return [from, to];
}

function parsePosixClass(reader: PatternReader): Ranges | null {
  const found = reader.match(/\[:(\^?)(\w+):\]/y);
  if (found === null) return null;
  const named = POSIX_CLASSES.get(found[2]!);
  if (named === undefined) throw new RegexError(`invalid character class ${found[0]}`);
  return found[1] === "^" ? complement(named) : named;
}

function parsePerlClass(reader: PatternReader): Ranges | null {
  const letter = reader.match(/[dDsSwW]/y)?.[0];
  if (letter === undefined) return null;
  const ranges = PERL_CLASSES.get(letter.toLowerCase())!;
  return letter === letter.toLowerCase() ? ranges : complement(ranges);
}

/** `pL`, `p{Greek}`, `P{^Lu}`: a property or a script, which the platform's expressions test on one character. */
function parseProperty(reader: PatternReader): Property | null {
  const found = reader.match(/([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/y);
  if (found === null) return null;
  const name = found[3] ?? found[4]!;
  const isNegated = (found[1] === "P") !== (found[2] === "^");
  for (const expression of [`^\\p{${name}}$`, `^\\p{Script=${name}}$`]) {
    try {
      return { test: new RegExp(expression, "u"), isNegated };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw new RegexError(`invalid character class \\p{${name}}`);
}

function parseEscapedCharacter(reader: PatternReader): number {
  const hex = reader.match(/x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/y);
  if (hex !== null) {
    const codePoint = Number.parseInt(hex[1] ?? hex[2]!, 16);
    if (codePoint > LAST_CODE_POINT) throw new RegexError(`invalid escape \\${hex[0]}`);
    return codePoint;
  }
  const octal = reader.match(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y);
  if (octal !== null) return Number.parseInt(octal[0], 8);
  const codePoint = reader.next();
  const letter = String.fromCodePoint(codePoint);
  const control = letter === "-" ? -1 : CONTROLS.indexOf(letter);
  if (control >= 0) return FIRST_CONTROL + control;
  if (/[\dA-Za-z]/.test(letter)) throw new RegexError(`invalid escape \\${letter}`);
  return codePoint;
}
