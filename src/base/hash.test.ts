import { expect, test } from "vitest";
import { fnv1a } from "./hash.ts";

// Vectors of the authors' reference implementation.
test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("%j", (text, expected) => {
  expect(fnv1a(text)).toBe(expected);
});

test("a text may be hashed in parts", () => {
  expect(fnv1a("bar", fnv1a("foo"))).toBe(fnv1a("foobar"));
});
