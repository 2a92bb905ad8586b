import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandTemplate } from "./expand.ts";
import { matchWhole } from "./match.ts";
import { compileRegex } from "./program.ts";
import { RegexError } from "./reader.ts";

const matches = (pattern: string, text: string) => matchWhole(compileRegex(pattern), text) !== null;

describe("matchWhole", () => {
  it.each([
    ["", "", true],
    ["a", "ab", false],
    [".*", "line\nline", true],
    ["(?-s).*", "line\nline", false],
    ["a|b|", "", true],
    ["demo:(1000[0-2]|.*9)", "demo:10001", true],
    ["[^a-c]+", "xyz", true],
    ["[^a-c]+", "xbz", false],
    ["[]a]+", "]a", true],
    ["[a-]+", "-a", true],
    ["[[:alpha:]_]+\\d{2,3}", "ab_123", true],
    ["\\d{2}", "123", false],
    ["x{,2}", "x{,2}", true],
    ["(?i)SErver-\\w+", "seRVER-a1", true],
    ["(?i:s)erver", "Server", true],
    ["(?i:s)erver", "SERVER", false],
    ["\\p{Greek}+\\PL", "αβ1", true],
    ["\\pL+", "häß", true],
    ["\\x41\\x{1F600}\\101", "A😀A", true],
    [".", "😀", true],
    ["\\Qa.b*\\E+", "a.b**", true],
    ["a\\bb", "ab", false],
    ["a\\b-\\Bb?", "a-", true],
    ["(?m)a$\n^b", "a\nb", true],
    ["^a$", "a", true],
    ["(a*)*", "aaaa", true],
    ["(|a)+", "aaa", true],
    ["a+?b*?", "aab", true],
    ["\\t\\n\\.", "\t\n.", true],
    ["((?i)PRO).*", "production", true],
  ])("%s on %s: %s", (pattern, text, verdict) => {
    expect(matches(pattern, text)).toBe(verdict);
  });

  it.each([
    ["(a", "missing closing )"],
    ["a)", "unexpected )"],
    ["[a", "missing closing ]"],
    ["*a", "missing argument"],
    ["a**", "nested repetition"],
    ["a{2}{3}", "nested repetition"],
    ["a{1001}", "repeat count"],
    ["a{3,2}", "repeat count"],
    ["(a)\\1", "invalid escape"],
    ["(?=a)", "look-around"],
    ["(?<!a)b", "look-around"],
    ["\\", "trailing backslash"],
    ["[z-a]", "class range"],
    ["\\p{Nothing}", "character class"],
    ["(?P<a>x)(?P<a>y)", "duplicate group"],
    ["((a{100}){100}){100}", "too large"],
    ["(".repeat(200), "nested groups"],
    ["\\x{110000}", "invalid escape"],
  ])("refuses %s: %s", (pattern, reason) => {
    expect(() => compileRegex(pattern)).toThrow(RegexError);
    expect(() => compileRegex(pattern)).toThrow(reason);
  });

  it("takes linear time where backtracking takes exponential", () => {
    const text = "x".repeat(5000);
    const startMs = performance.now();
    for (const pattern of ["(x+x+)+y", "(x|x)*y", "(x?){500}x{500}y", "(.*.*)*y", "(x*)*$y"]) {
      expect(matches(pattern, text)).toBe(false);
    }
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  const pattern = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("a", "b", "[ab]", "[^a]", ".", "\\w", "c"),
      tie("pattern").map((one) => `(${one})`),
    ),
    pattern: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("atom"),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `${a}${b}`),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `${a}|${b}`),
      fc.tuple(tie("atom"), fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{1,2}")).map(([a, b]) => `${a}${b}`),
    ),
  })).pattern;

  it("agrees with the platform's engine", () => {
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 }), (source, text) => {
        const theirs = new RegExp(`^(?:${source})$`, "s").exec(text);
        const ours = matchWhole(compileRegex(source), text);
        expect(ours === null).toBe(theirs === null);
      }),
      { numRuns: 500 },
    );
  });
});

describe("expandTemplate", () => {
  it.each([
    ["(.*)-value-(.*)", "$1-x-$2", "a-value-b", "a-x-b"],
    ["(?P<port>\\d+)", "$port-$portx$$", "80", "80-$"],
    ["(a)|(b)", "[$1|$2]", "b", "[|b]"],
    ["(a*)(a*)", "$1,$2", "aaa", "aaa,"],
    ["(a*?)(a*)", "$1,$2", "aaa", ",aaa"],
    ["a(b)?", "<$1>$9$0", "a", "<>a"],
    ["x", "$", "x", "$"],
  ])("%s, %s on %s: %s", (source, template, text, expected) => {
    const program = compileRegex(source);
    expect(expandTemplate(program, template, text, matchWhole(program, text)!)).toBe(expected);
  });
});
