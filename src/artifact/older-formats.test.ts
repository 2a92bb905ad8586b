// Every directory in test/fixtures/models/ is a small model of one format version and must keep loading and verifying.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readModelDirectory } from "./model-directory.ts";
import { networkRunner, networkTensors } from "./network.ts";
import { verifyOutputs, verifyStructure } from "./verify.ts";

const root = fileURLToPath(new URL("../../test/fixtures/models/", import.meta.url));
const names = existsSync(root) ? readdirSync(root) : [];

if (names.length === 0) test.skip("no model fixture is committed yet, so no older format is tested");

test.each(names)("%s loads and verifies", async (name) => {
  const directory = join(root, name);
  const model = readModelDirectory(directory, networkTensors);
  const checks = [...verifyStructure(directory, networkTensors), ...(await verifyOutputs(model, networkRunner(model)))];
  expect(checks.filter((check) => !check.ok)).toEqual([]);
});
