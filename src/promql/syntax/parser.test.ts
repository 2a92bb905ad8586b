import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryQuery } from "../../../test/support/promql-arbitrary.ts";
import { COMPARED_QUERIES } from "../../../test/support/promql-queries.ts";
import { ForewarnError } from "../../base/index.ts";
import { formatQueryDuration, parseQueryDuration } from "./durations.ts";
import { parseQuery } from "./parser.ts";
import { printQuery } from "./print.ts";
import { quoteString, unquote } from "./strings.ts";

/** A tree without places, and matchers without their functions. */
function shape(query: string): unknown {
  return JSON.parse(
    JSON.stringify(parseQuery(query), (key, value) => (key === "start" || key === "end" ? undefined : value)),
  );
}

function errorOf(query: string): unknown {
  try {
    parseQuery(query);
  } catch (error) {
    return error;
  }
  return null;
}

describe("parseQuery", () => {
  it.each([
    ["1 + 2 * 3", "1 + (2 * 3)"],
    ["2 ^ 3 ^ 2", "2 ^ (3 ^ 2)"],
    ["1 - 2 - 3", "(1 - 2) - 3"],
    ["a or b and c", "a or (b and c)"],
    ["a + b > c", "(a + b) > c"],
    ["a atan2 b + c", "(a atan2 b) + c"],
  ])("%s is %s", (query, grouped) => {
    expect(printed(query)).toBe(printed(grouped));
  });

  it("binds a sign less than a power and more than a product", () => {
    expect(shape("-1 ^ 2")).toMatchObject({ kind: "unary", expression: { kind: "binary", operator: "^" } });
    expect(shape("-1 * 2")).toMatchObject({ kind: "binary", operator: "*", left: { kind: "unary" } });
  });

  it("knows where everything stands", () => {
    expect(parseQuery(" sum(foo) by (a)")).toMatchObject({ start: 1, end: 16, expression: { start: 5, end: 8 } });
    expect(parseQuery("foo[5m] offset 1m @ 3")).toMatchObject({
      end: 21,
      selector: { offsetMs: 60_000, at: { timeMs: 3000 } },
    });
  });

  it("takes keywords as names", () => {
    expect(shape("sum{by='x'} + offset{bool='y'}")).toMatchObject({ left: { kind: "vectorSelector" } });
    expect(shape("sum by (by, on) (sum)")).toMatchObject({ grouping: ["by", "on"] });
    expect(shape('{"my.metric", "label.name"!="x"}')).toMatchObject({
      matchers: [{ value: "my.metric" }, { name: "label.name" }],
    });
  });

  it.each([
    ["", "an expression, got the end (1:1)"],
    ["foo +", "an expression, got the end (1:6)"],
    ["sum(foo", "), got the end (1:8)"],
    ["1 +\n  rate(foo)", "a range vector as argument 1 of rate, got an instant vector (2:8)"],
    ["holt_winters(foo[5m], 0.5, 0.5)", "a supported function, got holt_winters (1:1)"],
    ["histogram_count(foo)", "a supported function, got histogram_count (1:1)"],
    ["limitk(2, foo)", "a supported function, got limitk (1:1)"],
    ["limitk by (x) (2, foo)", "a supported function, got limitk (1:1)"],
    ["nope(foo)", "a function of PromQL, got nope (1:1)"],
    ["rate(foo[5m] anchored)", "a supported modifier, got anchored (1:14)"],
    ["foo + fill(0) bar", "a supported modifier, got fill (1:7)"],
    ["foo[5m + 1m]", "], got + (1:8)"],
    ["foo[step()]", "a duration, got step (1:5)"],
    ["foo offset 5", null],
    ["foo offset -x", "a duration, got x (1:13)"],
    ["foo offset 1m offset 1m", "one offset, got another (1:15)"],
    ["foo @ 1 @ 2", "one @, got another (1:9)"],
    ["sum(foo) offset 1m", "offset after a selector or a subquery, got another expression (1:10)"],
    ["foo offset 1m [5m]", "a range after a selector without modifiers, got another expression (1:16)"],
    ["foo[1h2d]", 'a number or a duration such as 1h30m, got "1h2d" (1:5)'],
    ["foo[300y]", 'a number or a duration such as 1h30m, got "300y" (1:5)'],
    ["foo offset 1e300", "a duration within bounds, got 1e300 (1:12)"],
    ["foo @ 1e300", "a time within bounds, got 1e300 (1:7)"],
    ["foo{a=~'('}", "a regular expression of RE2 syntax"],
    ["foo{a=1}", "a string, got 1 (1:7)"],
    ["{a=''}", "a selector with a matcher that does not match the empty string, got none (1:1)"],
    ["{__name__=~'.*'}", "a selector with a matcher that does not match the empty string, got none (1:1)"],
    ["1 == 2", "== bool between scalars, got == (1:1)"],
    ["foo and 1", "an instant vector beside and, got a scalar (1:9)"],
    ["foo + on(a) 1", "on and ignoring between instant vectors, got a scalar (1:1)"],
    ["foo and on(a) group_left bar", "no grouping for and, got group_left (1:15)"],
    ["foo * on(a) group_left(a) bar", "labels either in on or in the grouping, got a (1:13)"],
    ["round(foo, 1, 2)", "1 to 2 argument(s) of round, got 3 (1:1)"],
    ["label_join(foo)", "at least 3 argument(s) of label_join, got 1 (1:1)"],
    ["topk(foo)", "2 argument(s) of topk, got 1 (1:1)"],
    ["count_values(1, foo)", "a string as parameter of count_values, got a scalar (1:14)"],
    ['"a\\q"', "a string with Go's escapes in UTF-8"],
    ['"a\\xff"', "a string with Go's escapes in UTF-8"],
    ["'a", "a closing ', got the end (1:1)"],
    ["foo $ bar", 'PromQL, got "$" (1:5)'],
    ["1x", 'a number or a duration such as 1h30m, got "1x" (1:1)'],
    ["foo[5m][5m:1m]", "an instant vector in a subquery, got a range vector (1:1)"],
  ])("%s: %s", (query, message) => {
    const error = errorOf(query);
    if (message === null) expect(error).toBeNull();
    else
      expect(error).toMatchObject({ code: "query_invalid", message: expect.stringContaining(`Expected ${message}`) });
  });

  it.each([
    ["deep parentheses", "(".repeat(30_000)],
    ["deep signs", "-".repeat(60_000)],
    ["a long chain", `1${"+1".repeat(30_000)}`],
    ["a long power", `1${"^1".repeat(30_000)}`],
    ["deep calls", "abs(".repeat(10_000)],
    ["many regular expressions", `{${'a=~"(x{99}){50}",'.repeat(300)}}`],
    ["too long", `foo${" ".repeat(70_000)}`],
  ])("refuses %s", (_, query) => {
    expect(errorOf(query)).toMatchObject({ code: "query_invalid" });
  });

  it("throws nothing but errors of queries, whatever the text", () => {
    const words = fc.constantFrom(
      ..."sum foo by ( ) { } [ ] , : @ offset 5m 1 + - * ^ =~ == 'a' \" \\ bool on rate # \n".split(" "),
    );
    const junk = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(words, { maxLength: 20 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(junk, (query) => {
        const error = errorOf(query);
        if (error !== null) expect(error).toBeInstanceOf(ForewarnError);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("printQuery", () => {
  it("prints what parses to the same tree", () => {
    fc.assert(
      fc.property(arbitraryQuery, (query) => {
        expect(shape(printQuery(parseQuery(query)))).toEqual(shape(query));
      }),
    );
    for (const query of COMPARED_QUERIES) {
      if (errorOf(query) === null) expect(shape(printQuery(parseQuery(query)))).toEqual(shape(query));
    }
  });

  it("quotes names and values", () => {
    for (const query of [
      '{"my.metric", "a b"="x\\n\\"y\\\\"}',
      'sum by ("a b") (foo)',
      "foo[1y2w3d4h5m6s7ms:1s] @ end() offset -5m",
    ]) {
      expect(shape(printQuery(parseQuery(query)))).toEqual(shape(query));
    }
  });
});

describe("strings and durations", () => {
  it("reads back every string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(unquote(quoteString(text).slice(1, -1), '"')).toBe(text);
      }),
    );
  });

  it.each([
    ["\\u00e4\\U0001F600\\x41\\101\\t", '"', "ä😀AA\t"],
    ["\\'", "'", "'"],
    ['\\"', "'", null],
    ["\\n", "`", "\\n"],
    ["\\ud800", '"', null],
    ["\\400", '"', null],
  ])("%s in %s", (body, quote, value) => {
    expect(unquote(body, quote)).toBe(value);
  });

  it("reads back every duration", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), (durationMs) => {
        expect(parseQueryDuration(formatQueryDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});

function printed(query: string): string {
  return withParentheses(JSON.parse(JSON.stringify(parseQuery(query))) as Tree);
}

/** A tree as text with every operation in parentheses. */
interface Tree {
  kind: string;
  operator: string;
  value: number;
  matchers: { value: string }[];
  expression: Tree;
  left: Tree;
  right: Tree;
}

function withParentheses(tree: Tree): string {
  if (tree.kind === "parentheses") return withParentheses(tree.expression);
  if (tree.kind === "binary") return `(${withParentheses(tree.left)} ${tree.operator} ${withParentheses(tree.right)})`;
  return tree.kind === "number" ? String(tree.value) : tree.matchers[0]!.value;
}
