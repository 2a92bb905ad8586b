import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERROR_CODES, ForewarnError } from "./errors.ts";

test("every code has one line in docs/errors.md, and no other code has one", () => {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| `([a-z_]+)` +\|/gm)].map((match) => match[1]!);
  expect(documented.sort()).toEqual([...ERROR_CODES].sort());
});

test("every code is used outside of the list", () => {
  const source = new URL("../", import.meta.url);
  const lists = ["base/errors.ts", "cli/report-error.ts"];
  const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !lists.includes(file))
    .map((file) => readFileSync(new URL(file, source), "utf8"));
  expect(ERROR_CODES.filter((code) => !texts.some((text) => text.includes(`"${code}"`)))).toEqual([]);
});

test("a ForewarnError carries code, hint, issues and cause", () => {
  const cause = new Error("inner");
  const issues = [{ code: "column_missing" as const, path: "cpu_pct", message: "Expected it" }];
  const error = new ForewarnError("mapping_invalid", "map.yaml: bad", { hint: "fix it", issues, cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "ForewarnError", code: "mapping_invalid", hint: "fix it", issues, cause });
});

test("without details there is no hint, no cause and no issue", () => {
  const error = new ForewarnError("disk_full", "full");
  expect([error.hint, error.cause, error.issues]).toEqual([undefined, undefined, []]);
  expect("cause" in error).toBe(false);
});
