// Fingerprints against those of prometheus/common, matchers against a plain regular expression.
import fc from "fast-check";
import { expect, it } from "vitest";
import { fingerprint, idempotencyId, matchesLabels } from "./labels.ts";

it.each([
  // model/signature_test.go of prometheus/common
  [{}, 14695981039346656037n],
  [{ name: "garland, briggs", fear: "love is not enough" }, 5799056148416392346n],
])("fingerprint of %o", (labels, expected) => {
  expect(fingerprint(labels)).toBe(expected.toString(16).padStart(16, "0"));
});

it("makes one fingerprint of one label set in any order", () => {
  expect(fingerprint({ a: "1", b: "2" })).toBe(fingerprint({ b: "2", a: "1" }));
  expect(fingerprint({ a: "1", b: "2" })).not.toBe(fingerprint({ a: "12", b: "" }));
});

it("makes one id of one state of one alert", () => {
  const ids = [
    idempotencyId("a", 1, "predicted"),
    idempotencyId("a", 2, "predicted"),
    idempotencyId("a", 1, "resolved"),
    idempotencyId("b", 1, "predicted"),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
});

it("matches * as a regular expression would", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (value, pattern) => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(value);
      expect(matchesLabels([{ name: "x", isEqual: true, value: pattern }], { x: value })).toBe(expected);
    }),
  );
});

it("takes an absent label as empty, own keys only", () => {
  expect(matchesLabels([{ name: "x", isEqual: false, value: "a" }], {})).toBe(true);
  expect(matchesLabels([{ name: "constructor", isEqual: true, value: "" }], {})).toBe(true);
});
