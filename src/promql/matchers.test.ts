import { describe, expect, it } from "vitest";
import { labelsOf } from "./labels.ts";
import { createMatcher, type MatchOperator, matchesAll } from "./matchers.ts";

describe("createMatcher", () => {
  it.each<[MatchOperator, string, string, boolean]>([
    ["=", "a", "a", true],
    ["!=", "a", "", true],
    ["=~", "a|b", "b", true],
    ["=~", "a|b", "ab", false],
    ["=~", "a||b", "", true],
    ["=~", "(a|demo\\.com:9\\|1)", "demo.com:9|1", true],
    ["=~", "(?:a|b)", "a", true],
    ["=~", "demo\\.com", "demoxcom", false],
    ["=~", "demo.com", "demoxcom", true],
    ["=~", "(a)(b)", "ab", true],
    ["=~", "😀|\\d", "😀", true],
    ["!~", "a.*", "b", true],
    ["!~", "a.*", "ab", false],
    ["=~", "", "", true],
  ])("%s %s on %s: %s", (operator, pattern, value, verdict) => {
    expect(createMatcher("x", operator, pattern).matches(value)).toBe(verdict);
  });

  it("stops an expression that takes too much work over all values", () => {
    const { matches } = createMatcher("x", "=~", "(?:.?){700}(?:x?){700}y", "1:3");
    const values = Array.from({ length: 10_000 }, (_, i) => `${"x".repeat(200)}${i}`);
    expect(() => values.map(matches)).toThrow("a regular expression of less work");
  });
});

it("matches what is not there as the empty text", () => {
  const labels = labelsOf({ __name__: "up", job: "node" });
  expect(matchesAll([createMatcher("job", "=~", "n.*"), createMatcher("none", "=", "")], labels)).toBe(true);
  expect(matchesAll([createMatcher("none", "!=", "")], labels)).toBe(false);
});
