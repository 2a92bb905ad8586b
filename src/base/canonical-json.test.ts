import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, sha256 } from "./canonical-json.ts";

describe("canonicalJson", () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: 2 }, '{"b":2}'],
    [{ "\u20ac": 1, "\r": 2, "1": 3 }, '{"\\r":2,"1":3,"\u20ac":1}'],
    [1e21, "1e+21"],
    [-0, "0"],
    [0.1, "0.1"],
    ['"\\\u0007', '"\\"\\\\\\u0007"'],
    [[], "[]"],
    [{}, "{}"],
  ])("%j is %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, undefined])("refuses %s", (value) => {
    expect(() => canonicalJson(value)).toThrow(/Expected a/);
  });

  test("gives equal text for equal documents, whatever the order of their keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const reversed = Object.fromEntries(Object.entries(document).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(document));
        expect(JSON.parse(canonicalJson(document))).toEqual(JSON.parse(JSON.stringify(document)));
      }),
      { numRuns: 200 },
    );
  });
});

test("sha256 of the test vector of FIPS 180-2, as text and as bytes", () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("abc")).toBe(expected);
  expect(sha256(Uint8Array.of(0x61, 0x62, 0x63))).toBe(expected);
});
