// Label matchers of a selector: equal, not equal, and both with a regular expression that must match the whole value.
import { queryFailed, queryInvalid } from "./errors.ts";
import { type Labels, labelValue } from "./labels.ts";
import { matchWhole, type StepMeter } from "./regex/match.ts";
import { compileRegex, type RegexProgram } from "./regex/program.ts";
import { RegexError } from "./regex/reader.ts";

/** How a matcher compares. */
export type MatchOperator = "=" | "!=" | "=~" | "!~";

/** One condition of a selector, compiled. */
export interface Matcher {
  name: string;
  operator: MatchOperator;
  value: string;
  /** Whether a label of this value fulfils the condition; a missing label has the value "". Time is linear. */
  matches: (value: string) => boolean;
}

/** Verdicts kept for one regular expression; label values repeat over series. */
const MAX_REMEMBERED = 10_000;
/** Most work of one matcher over all label values, about a second. */
const MAX_STEPS = 10_000_000;

/**
 * Compiles a matcher.
 * @throws ForewarnError `query_invalid` if the regular expression is not RE2 syntax or too large.
 */
export function createMatcher(name: string, operator: MatchOperator, value: string, position = ""): Matcher {
  const isWanted = operator === "=" || operator === "=~";
  if (operator === "=" || operator === "!=") {
    return { name, operator, value, matches: (text) => (text === value) === isWanted };
  }
  const isMatch = createTest(value, position);
  return { name, operator, value, matches: (text) => isMatch(text) === isWanted };
}

/** Whether a label set fulfils all conditions. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ name, matches }) => matches(labelValue(labels, name)));
}

/**
 * Compiles a regular expression of a query.
 * @param refuse The error for what is none: `queryInvalid` while a query is read, `queryFailed` while it is evaluated.
 */
export function compileQueryRegex(pattern: string, position: string, refuse: typeof queryInvalid): RegexProgram {
  try {
    return compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw refuse(`a regular expression of RE2 syntax`, `${JSON.stringify(pattern)}: ${error.message}`, position);
  }
}

function createTest(pattern: string, position: string): (text: string) => boolean {
  const literals = literalAlternatives(pattern);
  if (literals !== null) return (text) => literals.has(text);
  const program = compileQueryRegex(pattern, position, queryInvalid);
  const remembered = new Map<string, boolean>();
  const meter: StepMeter = { steps: 0 };
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const verdict = matchWhole(program, text, meter) !== null;
    if (meter.steps > MAX_STEPS)
      throw queryFailed("a regular expression of less work", JSON.stringify(pattern), position);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(text, verdict);
    return verdict;
  };
}

/** The texts of `a|b\\.c` or `(a|b)`, as dashboards write chosen values, or null if the pattern is more than that. */
function literalAlternatives(pattern: string): ReadonlySet<string> | null {
  const inner = /^\((?:\?:)?([^()]*)\)$/.exec(pattern)?.[1] ?? pattern;
  if (!/^(?:[^\\.+*?()[\]{}^$]|\\[^\w\s])*$/.test(inner)) return null;
  const texts = [""];
  for (const [, escaped, plain = ""] of inner.matchAll(/\\(.)|(.)/gsu)) {
    if (plain === "|") texts.push("");
    else texts.push(`${texts.pop()}${escaped ?? plain}`);
  }
  return new Set(texts);
}
