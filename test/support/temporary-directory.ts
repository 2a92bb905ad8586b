// One directory for all that the tests of a run put into the system's temporary directory, removed with it at the end,
// whatever a test leaves behind.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Vitest's global set-up. Workers and their child processes inherit the variable. */
export default function ownTemporaryDirectory(): () => void {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-tests-"));
  process.env["TMPDIR"] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
