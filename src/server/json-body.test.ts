import fc from "fast-check";
import { expect, test } from "vitest";
import { JSON_LIMITS, parseJson } from "./json-body.ts";

const { maxDepth, maxNames } = JSON_LIMITS;
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const named = (names: number): string => `{${Array.from({ length: names }, (_, i) => `"${i}":0`).join(",")}}`;

test.each([
  ["a list that is as deep as allowed", nested(maxDepth)],
  ["as many names as allowed", named(maxNames)],
  ["equal names in different objects", '{"a":{"a":1},"b":{"a":2}}'],
  ["brackets, colons and quotes within texts", '{"a\\"[{":"}:\\\\","b":["]",":{["]}'],
])("reads %s", (_, text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each([
  ["a list that is too deep", nested(maxDepth + 1), "json_too_complex"],
  ["a list of 200,000 levels that is never closed", "[".repeat(200_000), "json_too_complex"],
  ["objects of 200,000 levels", '{"a":'.repeat(200_000), "json_too_complex"],
  ["too many names", named(maxNames + 1), "json_too_complex"],
  ["too many names in many objects", `[${`${named(100)},`.repeat(101)}0]`, "json_too_complex"],
  ["a name twice", '{"a":1,"b":{},"a":2}', "body_unreadable"],
  ["a name twice under two spellings", '{"a":1,"\\u0061":2}', "body_unreadable"],
  ["a name that is a prototype", '{"__proto__":{"x":1}}', "body_unreadable"],
  ["a text that never ends", '{"a', "body_unreadable"],
  ["a text that ends in an escape", '{"a\\', "body_unreadable"],
  ["nothing", "", "body_unreadable"],
  ["a byte order mark", "\ufeff{}", "body_unreadable"],
  ["brackets that close nothing", "]]}}", "body_unreadable"],
])("refuses %s", (_, text, code) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ code }));
});

test("reads whatever JSON.parse reads, but for names that stand twice", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      if (!text.includes("__proto__")) expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "\\", "a", "1", " ") }),
      (text) => {
        const read = (parse: (text: string) => unknown): unknown => {
          try {
            return { value: parse(text) };
          } catch {
            return "refused";
          }
        };
        const mine = read(parseJson);
        // Names that stand twice are the only texts that are refused here alone.
        if (mine !== "refused") expect(mine).toEqual(read(JSON.parse));
      },
    ),
    { numRuns: 2000 },
  );
});
