// Every directory in test/fixtures/models/ is a small model of one format version and must keep loading and verifying.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readModelDirectory } from "./model-directory.ts";
import { networkRunner, networkTensors } from "./network.ts";
import { verifyOutputs, verifyStructure } from "./verify.ts";

const root = fileURLToPath(new URL("../../test/fixtures/models/", import.meta.url));
/** Fixtures and the ids of their models, which test/fixtures/make-model-fixture.ts printed. */
const fixtures = [
  ["format-1", "tft_20261123_120000"],
  ["format-2", "tft_20261124_120000"],
] as const;

test("every fixture is listed here", () => {
  expect(readdirSync(root).sort()).toEqual(fixtures.map(([name]) => name));
});

test.each(fixtures)("%s loads and verifies as %s", async (name, modelId) => {
  const directory = join(root, name);
  const model = readModelDirectory(directory, networkTensors);
  expect(model.modelId).toBe(modelId);
  const checks = [...verifyStructure(directory, networkTensors), ...(await verifyOutputs(model, networkRunner(model)))];
  expect(checks.filter((check) => !check.ok)).toEqual([]);
});
