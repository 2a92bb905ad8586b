// RE2 syntax to a tree. What RE2 refuses (backreferences, look-around, nested repetition) is refused here too.
import { parseBrackets, parseEscapedSet } from "./parse-sets.ts";
import { type PatternReader, RegexError, readPattern } from "./reader.ts";
import { type Assertion, complement, type Ranges, type RegexNode } from "./syntax.ts";

/** Longest repetition count, as in RE2. */
const MAX_REPEAT = 1000;
/** Deepest nesting of groups. */
const MAX_NESTING = 100;

/** What holds where the parser stands: flags last to the end of their group. */
interface Flags {
  ignoreCase: boolean;
  multiLine: boolean;
  dotAll: boolean;
  ungreedy: boolean;
}

const FLAG_NAMES: Readonly<Record<string, keyof Flags>> = {
  i: "ignoreCase",
  m: "multiLine",
  s: "dotAll",
  U: "ungreedy",
};

const ASSERTIONS: Readonly<Record<string, Assertion>> = { A: "textBegin", z: "textEnd", b: "word", B: "notWord" };

/** The state of parsing. */
interface Parsing {
  reader: PatternReader;
  groupNames: (string | null)[];
  nesting: number;
  flags: Flags;
}

/**
 * Parses `pattern`; the dot matches newlines, as in Prometheus 3.
 * @returns The tree and the names of its groups, by index; group 0 is the whole match.
 * @throws RegexError for a syntax that RE2 does not have.
 */
export function parseRegex(pattern: string): { root: RegexNode; groupNames: readonly (string | null)[] } {
  const flags: Flags = { ignoreCase: false, multiLine: false, dotAll: true, ungreedy: false };
  const parsing: Parsing = { reader: readPattern(pattern), groupNames: [null], nesting: 0, flags };
  const root = parseAlternatives(parsing);
  if (!parsing.reader.isAtEnd()) throw new RegexError("unexpected )");
  return { root, groupNames: parsing.groupNames };
}

function parseAlternatives(parsing: Parsing): RegexNode {
  const parts = [parseSequence(parsing)];
  while (parsing.reader.take("|")) parts.push(parseSequence(parsing));
  return parts.length === 1 ? parts[0]! : { kind: "alternatives", parts };
}

function parseSequence(parsing: Parsing): RegexNode {
  const { reader } = parsing;
  const parts: RegexNode[] = [];
  while (!reader.isAtEnd() && !reader.sees("|") && !reader.sees(")")) {
    const atoms = reader.take("\\Q") ? parseQuoted(parsing) : [parseAtom(parsing)];
    const last = atoms.pop();
    parts.push(...atoms);
    if (last !== undefined) parts.push(parseRepetition(parsing, last));
  }
  if (parts.length === 0) return { kind: "empty" };
  return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
}

function parseQuoted(parsing: Parsing): RegexNode[] {
  return [...parsing.reader.until("\\E")].map((character) => literal(character.codePointAt(0)!, parsing.flags));
}

function parseRepetition({ reader, flags }: Parsing, part: RegexNode): RegexNode {
  const bounds = parseBounds(reader);
  if (bounds === null) return part;
  const isGreedy = reader.take("?") === flags.ungreedy;
  if (parseBounds(reader) !== null) throw new RegexError("invalid nested repetition operator");
  return { kind: "repeat", part, min: bounds[0], max: bounds[1], isGreedy };
}

function parseBounds(reader: PatternReader): [number, number] | null {
  if (reader.take("*")) return [0, Infinity];
  if (reader.take("+")) return [1, Infinity];
  if (reader.take("?")) return [0, 1];
  const found = reader.match(/\{(\d{1,6})(?:,(\d{0,6}))?\}/y);
  if (found === null) return null;
  const min = Number(found[1]);
  const max = found[2] === "" ? Infinity : Number(found[2] ?? min);
  if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity) || max < min) {
    throw new RegexError(`invalid repeat count ${found[0]}`);
  }
  return [min, max];
}

function parseAtom(parsing: Parsing): RegexNode {
  const { reader, flags } = parsing;
  if (reader.take("(")) return parseGroup(parsing);
  if (reader.take("[")) return { kind: "set", set: parseBrackets(reader, flags.ignoreCase) };
  if (reader.take("\\")) {
    const letter = reader.match(/[AzbB]/y)?.[0];
    if (letter !== undefined) return { kind: "assertion", assertion: ASSERTIONS[letter]! };
    return { kind: "set", set: parseEscapedSet(reader, flags.ignoreCase) };
  }
  if (reader.take("^")) return { kind: "assertion", assertion: flags.multiLine ? "lineBegin" : "textBegin" };
  if (reader.take("$")) return { kind: "assertion", assertion: flags.multiLine ? "lineEnd" : "textEnd" };
  if (reader.take(".")) return characters(flags.dotAll ? [0, 0x10ffff] : complement([0x0a, 0x0a]), false);
  if (reader.sees("*") || reader.sees("+") || reader.sees("?")) {
    throw new RegexError("missing argument to repetition operator");
  }
  return literal(reader.next(), flags);
}

/** A group whose opening parenthesis is read already: capturing, with flags, or nothing but flags. */
function parseGroup(parsing: Parsing): RegexNode {
  if (++parsing.nesting > MAX_NESTING) throw new RegexError(`more than ${MAX_NESTING} nested groups`);
  const outer = parsing.flags;
  const named = parsing.reader.match(/\?P?<([A-Za-z_]\w*)>/y);
  if (named === null && parsing.reader.take("?")) {
    const isOnlyFlags = parseFlags(parsing);
    if (isOnlyFlags) {
      parsing.nesting--;
      return { kind: "empty" };
    }
    return closeGroup(parsing, outer);
  }
  const name = named?.[1] ?? null;
  if (name !== null && parsing.groupNames.includes(name)) throw new RegexError(`duplicate group name ${name}`);
  const index = parsing.groupNames.push(name) - 1;
  return { kind: "group", part: closeGroup(parsing, outer), index, name };
}

function closeGroup(parsing: Parsing, outer: Flags): RegexNode {
  const part = parseAlternatives(parsing);
  if (!parsing.reader.take(")")) throw new RegexError("missing closing )");
  parsing.flags = outer;
  parsing.nesting--;
  return part;
}

/** Reads `i-s:` or `i)`; returns whether the group holds nothing but flags. */
function parseFlags(parsing: Parsing): boolean {
  const found = parsing.reader.match(/([imsU]*)(?:-([imsU]+))?([:)])/y);
  if (found === null) throw new RegexError("invalid or unsupported group: look-around does not exist in RE2");
  const [, on = "", off = "", end] = found;
  parsing.flags = { ...parsing.flags };
  for (const letter of on) parsing.flags[FLAG_NAMES[letter]!] = true;
  for (const letter of off) parsing.flags[FLAG_NAMES[letter]!] = false;
  return end === ")";
}

function literal(codePoint: number, { ignoreCase }: Flags): RegexNode {
  return characters([codePoint, codePoint], ignoreCase);
}

function characters(ranges: Ranges, isFolded: boolean): RegexNode {
  return { kind: "set", set: { ranges, properties: [], isNegated: false, isFolded } };
}
