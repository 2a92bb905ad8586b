import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fleetContract } from "./fleet.ts";
import { contractHash } from "./identity.ts";
import { readContract } from "./read.ts";
import { contractTemplate } from "./template.ts";

const directory = mkdtempSync(join(tmpdir(), "forewarn-contract-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe("readContract", () => {
  test("built-in names", () => {
    expect(readContract("fleet")).toBe(fleetContract);
    expect(readContract("fleet/4.0")).toBe(fleetContract);
  });

  test("YAML and JSON files", () => {
    expect(readContract(file("template.yaml", contractTemplate)).name).toBe("my-fleet");
    const json = readContract(file("fleet.json", JSON.stringify(fleetContract)));
    expect(contractHash(json)).toBe(contractHash(fleetContract));
  });

  test.each([
    ["no such name", () => "flet/4.0", "contract_unknown", "node/1.0, container/1.0, got flet/4.0"],
    ["no such file", () => join(directory, "none.yaml"), "path_missing", "no such contract file"],
    ["directory", () => directory, "file_unreadable", "got a directory"],
    ["empty file", () => file("empty.yaml", "\n"), "file_empty", "got an empty file"],
    [
      "broken YAML",
      () => file("broken.yaml", "name: x\nversion: [1"),
      "contract_invalid",
      "broken.yaml:2: Expected YAML",
    ],
    ["binary junk", () => file("junk.yaml", "\u0000\u0001\u0002{"), "contract_invalid", "junk.yaml"],
    ["alias bomb", () => file("bomb.yaml", aliasBomb()), "contract_invalid", "bomb.yaml"],
    [
      "unquoted version",
      () => file("v.yaml", contractTemplate.replace('"1.0"', "1.0")),
      "contract_invalid",
      "put it in quotes",
    ],
  ])("%s", (_, path, code, message) => {
    expect(() => readContract(path())).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

function aliasBomb(): string {
  const lines = ["a0: &a0 [x, x]"];
  for (let i = 1; i < 20; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}]`);
  return lines.join("\n");
}
