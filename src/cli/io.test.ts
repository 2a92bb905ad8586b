import { expect, test } from "vitest";
import { isUnicodeSupported } from "./io.ts";

test.each([
  ["linux", { TERM: "xterm" }, true],
  ["linux", { TERM: "linux" }, false],
  ["darwin", {}, true],
  ["win32", {}, false],
  ["win32", { WT_SESSION: "1" }, true],
  ["win32", { TERM_PROGRAM: "vscode" }, true],
])("Unicode on %s with %j: %s", (platform, env, expected) => {
  expect(isUnicodeSupported(platform, env)).toBe(expected);
});
