import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runForewarn } from "../../../test/helpers/cli.ts";

const root = mkdtempSync(join(tmpdir(), "forewarn-demo-"));
afterAll(() => rmSync(root, { recursive: true }));

test("the demo makes its own fleet anew and never removes anything else of that name", async () => {
  const fleet = join(root, "fleet");
  expect(await runForewarn("simulate", "--servers", "1", "--hours", "1", "--out", fleet)).toMatchObject({
    exitCode: 0,
  });
  const path = join(fleet, "dataset.json");
  const meta = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...meta, createdBy: { tool: "import", forewarnVersion: "0.0.0" } }));
  const refused = await runForewarn("demo", "--out", root);
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toContain("got imported data");
  expect(existsSync(path)).toBe(true);

  const other = join(root, "other");
  mkdirSync(join(other, "fleet"), { recursive: true });
  writeFileSync(join(other, "fleet", "notes.txt"), "mine");
  expect(await runForewarn("demo", "--out", other)).toMatchObject({ exitCode: 2 });
  expect(readFileSync(join(other, "fleet", "notes.txt"), "utf8")).toBe("mine");

  // A simulated one is made anew: the demo goes on to training, which one hour of data cannot do.
  writeFileSync(path, JSON.stringify(meta));
  const tooShort = await runForewarn("demo", "--out", root, "--servers", "1", "--hours", "1");
  expect(tooShort.stderr).toContain("[2/4]");
  expect(tooShort).toMatchObject({ exitCode: 1 });
});
