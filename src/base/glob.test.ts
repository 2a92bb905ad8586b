import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesGlob } from "./glob.ts";

test.each([
  ["web-1", "web-1", true],
  ["web-1", "web", false],
  ["web-1", "web-*", true],
  ["web-", "web-*", true],
  ["db-web-1", "web-*", false],
  ["db-1.eu", "*.eu", true],
  ["a", "a*a", false],
  ["aXbYc", "a*b*c", true],
  ["acb", "a*b*c", false],
  ["", "*", true],
  ["", "", true],
  ["a*b", "a*b", true],
  ["web.1", "web?1", false],
])("%s is like %s: %s", (text, pattern, isLike) => {
  expect(matchesGlob(text, pattern)).toBe(isLike);
});

test("agrees with a regular expression", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  fc.assert(
    fc.property(texts, patterns, (text, pattern) => {
      expect(matchesGlob(text, pattern)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
    }),
  );
});
