// What a regular expression is once it is parsed: the part of RE2's syntax that label matchers and label_replace use.

/** Inclusive code point ranges, flat: [from, to, from, to, ...]. */
export type Ranges = readonly number[];

/** One set of characters. */
export interface CharacterSet {
  ranges: Ranges;
  /** Unicode properties, as JavaScript writes them in `\p{...}`; each is tested on a single character. */
  properties: readonly { test: RegExp; isNegated: boolean }[];
  isNegated: boolean;
  /** Whether case is ignored. */
  isFolded: boolean;
}

/** Where a position must lie. `word` and `notWord` are ASCII word boundaries. */
export type Assertion = "textBegin" | "textEnd" | "lineBegin" | "lineEnd" | "word" | "notWord";

/** A parsed regular expression. */
export type RegexNode =
  | { kind: "empty" }
  | { kind: "set"; set: CharacterSet }
  | { kind: "assertion"; assertion: Assertion }
  | { kind: "sequence"; parts: readonly RegexNode[] }
  | { kind: "alternatives"; parts: readonly RegexNode[] }
  /** `max` is Infinity without an upper bound. */
  | { kind: "repeat"; part: RegexNode; min: number; max: number; isGreedy: boolean }
  | { kind: "group"; part: RegexNode; index: number; name: string | null };

const DIGIT: Ranges = [0x30, 0x39];
const SPACE: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

/** Classes after a backslash; the upper case letter is the complement. */
export const PERL_CLASSES: ReadonlyMap<string, Ranges> = new Map([
  ["d", DIGIT],
  ["s", SPACE],
  ["w", WORD],
]);

/** Classes within brackets: `[[:alpha:]]`. */
export const POSIX_CLASSES: ReadonlyMap<string, Ranges> = new Map([
  ["alnum", [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ["alpha", [0x41, 0x5a, 0x61, 0x7a]],
  ["ascii", [0x00, 0x7f]],
  ["blank", [0x09, 0x09, 0x20, 0x20]],
  ["cntrl", [0x00, 0x1f, 0x7f, 0x7f]],
  ["digit", DIGIT],
  ["graph", [0x21, 0x7e]],
  ["lower", [0x61, 0x7a]],
  ["print", [0x20, 0x7e]],
  ["punct", [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ["space", [0x09, 0x0d, 0x20, 0x20]],
  ["upper", [0x41, 0x5a]],
  ["word", WORD],
  ["xdigit", [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

const LAST_CODE_POINT = 0x10ffff;

/** The characters outside of `ranges`. */
export function complement(ranges: Ranges): Ranges {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const outside: number[] = [];
  let next = 0;
  for (const [from, to] of pairs) {
    if (from > next) outside.push(next, from - 1);
    next = Math.max(next, to + 1);
  }
  if (next <= LAST_CODE_POINT) outside.push(next, LAST_CODE_POINT);
  return outside;
}

/** Whether `set` holds the character `codePoint`. */
export function holds(set: CharacterSet, codePoint: number): boolean {
  return isMember(set, codePoint) !== set.isNegated;
}

function isMember(set: CharacterSet, codePoint: number): boolean {
  if (isListed(set, codePoint)) return true;
  if (!set.isFolded) return false;
  const text = String.fromCodePoint(codePoint);
  return [text.toLowerCase(), text.toUpperCase()].some(
    (other) => other !== text && [...other].length === 1 && isListed(set, other.codePointAt(0)!),
  );
}

function isListed({ ranges, properties }: CharacterSet, codePoint: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (codePoint >= ranges[i]! && codePoint <= ranges[i + 1]!) return true;
  }
  if (properties.length === 0) return false;
  const text = String.fromCodePoint(codePoint);
  return properties.some(({ test, isNegated }) => test.test(text) !== isNegated);
}
