import fc from "fast-check";
import { expect, test } from "vitest";
import {
  httpHeader,
  httpUrl,
  isoTime,
  numberWithin,
  positiveNumber,
  seedNumber,
  threadCount,
  wholeNumber,
} from "./flags.ts";

const refused = (message: string) => expect.objectContaining({ code: "usage_invalid", message });

test("whole numbers come back as they were written", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (n) => wholeNumber(String(n), "--n", 0) === n));
});

test.each(["", " ", "0", "-1", "1.5", "1e3", "0x10", "+1", " 1", "NaN", "Infinity", "9007199254740993"])(
  "%j is no whole number from 1 up",
  (text) => {
    const message = `--n: Expected a whole number from 1 up, got ${JSON.stringify(text)}`;
    expect(() => wholeNumber(text, "--n")).toThrow(refused(message));
  },
);

test.each([
  ["0.002", 0.002],
  ["2e-3", 0.002],
  [".5", 0.5],
  ["3.", 3],
  ["24", 24],
])("%j is the number %d", (text, value) => {
  expect(positiveNumber(text, "--x")).toBe(value);
});

test.each(["", "0", "-1", "1e999", "1e-999", "x", "0x10", "1,5", "."])("%j is no number above 0", (text) => {
  expect(() => positiveNumber(text, "--x")).toThrow(
    refused(`--x: Expected a number above 0, got ${JSON.stringify(text)}`),
  );
});

test("seeds fit 32 bits and threads have a limit", () => {
  expect([seedNumber("0"), seedNumber("4294967295"), threadCount("1"), threadCount("999")]).toEqual([
    0, 4294967295, 1, 999,
  ]);
  const seed = '--seed: Expected a whole number from 0 to 4294967295, got "4294967296"';
  expect(() => seedNumber("4294967296")).toThrow(refused(seed));
  expect(() => threadCount("0")).toThrow(refused('--threads: Expected a whole number from 1 to 999, got "0"'));
});

test("times come back as they were written", () => {
  const date = fc.date({ min: new Date(0), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true });
  fc.assert(fc.property(date, (time) => isoTime(time.toISOString(), "--at") === time.getTime()));
});

test.each([
  ["2026-01-05", Date.UTC(2026, 0, 5)],
  ["2026-01-05T01:30+01:00", Date.UTC(2026, 0, 5, 0, 30)],
  ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
])("%j is a time", (text, timeMs) => {
  expect(isoTime(text, "--at")).toBe(timeMs);
});

test.each(["", "now", "2026", "2026-01-05T00:00:00", "2026-02-30", "2026-13-01", "2026-01-05T25:00Z", "05.01.2026"])(
  "%j is no time",
  (text) => {
    const expected = "an ISO 8601 time with its zone such as 2026-01-05T00:00:00Z";
    expect(() => isoTime(text, "--at")).toThrow(refused(`--at: Expected ${expected}, got ${JSON.stringify(text)}`));
  },
);

test("numbers within a range", () => {
  expect(["0", "1", "0.02", "1e-3"].map((text) => numberWithin(text, "--x", 0, 1))).toEqual([0, 1, 0.02, 0.001]);
  for (const text of ["", "-0.1", "1.1", "1e9", "NaN", "x"]) {
    expect(() => numberWithin(text, "--x", 0, 1)).toThrow(
      refused(`--x: Expected a number from 0 to 1, got ${JSON.stringify(text)}`),
    );
  }
});

test("URLs are http or https, and a password in one is not repeated", () => {
  expect(httpUrl("http://localhost:8080/rows", "--to")).toBe("http://localhost:8080/rows");
  for (const text of ["", "localhost", "ftp://a/b", "file:///etc/passwd", "http://"]) {
    expect(() => httpUrl(text, "--to")).toThrow(
      refused(`--to: Expected a URL such as http://localhost:9090, got ${JSON.stringify(text)}`),
    );
  }
  expect(() => httpUrl("https://me:secret@host/rows", "--to")).toThrow(
    refused("--to: Expected a URL without a user name, got one for host"),
  );
});

test("headers have a name and a value of printable characters, which is not repeated", () => {
  expect(httpHeader("X-API-Key: a b:c ", "--header")).toEqual(["X-API-Key", "a b:c"]);
  for (const text of ["secret", ": secret", "a b: secret", "X-Key:", "X-Key: secret\r\nY: z", "X-Key: s\u00e9cret"]) {
    expect(() => httpHeader(text, "--header")).toThrow(
      refused("--header: Expected 'Name: value' in printable ASCII, got something else"),
    );
  }
});
