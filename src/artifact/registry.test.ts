import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { withDirectory, writeTinyModel } from "../../test/helpers/tiny-model.ts";
import { findModel, latestModel, listModels } from "./registry.ts";

/** A thread that moves a directory in and out, as fast as it can. */
const MOVER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { renameSync } = require("node:fs");
  parentPort.postMessage("ready");
  for (;;) {
    renameSync(workerData.there, workerData.here);
    renameSync(workerData.here, workerData.there);
  }
`;

describe("listModels", () => {
  test("lists models oldest first and broken ones last, each with its reason", async () => {
    await withDirectory(async (root) => {
      await writeTinyModel(root, "tft_b", "2026-11-23T10:00:00.000Z");
      await writeTinyModel(root, "tft_a", "2026-11-23T11:00:00.000Z");
      await writeTinyModel(root, "tft_a_10", "2026-11-23T12:00:00.000Z");
      await writeTinyModel(root, "tft_a_2", "2026-11-23T12:00:00.000Z");
      mkdirSync(join(root, "empty"));
      mkdirSync(join(root, ".tft_c.123.tmp"));
      writeFileSync(join(root, "notes.txt"), "");
      cpSync(join(root, "tft_a"), join(root, "copied"), { recursive: true });
      cpSync(join(root, "tft_a"), join(root, "Upper"), { recursive: true });
      symlinkSync(join(root, "tft_a"), join(root, "latest"));
      const models = listModels(root);
      expect(models.map((model) => [model.modelId, model.status])).toEqual([
        ["tft_b", "ready"],
        ["tft_a", "ready"],
        ["tft_a_2", "ready"],
        ["tft_a_10", "ready"],
        ["copied", "broken"],
        ["empty", "broken"],
        ["latest", "broken"],
        ["Upper", "broken"],
      ]);
      expect(models[0]).toMatchObject({ contract: "fleet/4.0", targets: ["cpu_pct"], horizonMs: 8 * 3_600_000 });
      expect(models.flatMap((model) => (model.status === "broken" ? [model.reason.replace(root, "")] : []))).toEqual([
        "/copied: Expected the directory of model copied, got tft_a",
        "/empty: Expected a model directory with manifest.json",
        "/latest: Expected a directory, got a link or a file",
        "/Upper: Expected a name that is a model id",
      ]);
    });
  });

  test("takes models that come and go while they are listed", async () => {
    await withDirectory(async (outside) => {
      const root = join(outside, "models");
      await writeTinyModel(root, "stays", "2026-11-23T10:00:00.000Z");
      cpSync(join(root, "stays"), join(outside, "goes"), { recursive: true });
      const mover = new Worker(MOVER, {
        eval: true,
        workerData: { here: join(root, "goes"), there: join(outside, "goes") },
      });
      try {
        await once(mover, "message");
        const seen = Array.from({ length: 1500 }, () => listModels(root));
        for (const models of seen) {
          expect(models[0]).toMatchObject({ modelId: "stays", status: "ready" });
          expect(models.slice(1).map(({ modelId }) => modelId)).toEqual(models.length > 1 ? ["goes"] : []);
        }
        expect(new Set(seen.map(({ length }) => length))).toEqual(new Set([1, 2]));
      } finally {
        await mover.terminate();
      }
    });
  });

  test("a missing directory is path_missing", () => {
    expect(() => listModels("/nonexistent/models")).toThrow(expect.objectContaining({ code: "path_missing" }));
  });
});

describe("latestModel", () => {
  test("passes over broken models", async () => {
    await withDirectory(async (root) => {
      await writeTinyModel(root, "old", "2026-11-23T10:00:00.000Z");
      await writeTinyModel(root, "new", "2026-11-23T11:00:00.000Z");
      expect(latestModel(root).modelId).toBe("new");
      writeFileSync(join(root, "new", "config.json"), "{}");
      expect(latestModel(root).modelId).toBe("old");
    });
  });

  test.each(["", "missing"])("without a model it is model_unavailable", async (name) => {
    await withDirectory((root) => {
      expect(() => latestModel(join(root, name))).toThrow(expect.objectContaining({ code: "model_unavailable" }));
    });
  });
});

describe("findModel", () => {
  test("finds a model by id", async () => {
    await withDirectory(async (root) => {
      const directory = await writeTinyModel(root, "tft_a");
      expect(findModel(root, "tft_a").directory).toBe(directory);
    });
  });

  test.each([
    ["../tft_a", "usage_invalid"],
    ["Tft_A", "usage_invalid"],
    ["", "usage_invalid"],
    ["a".repeat(65), "usage_invalid"],
    [".hidden", "usage_invalid"],
    ["tft_b", "model_unavailable"],
    ["link", "model_invalid"],
    ["empty", "model_invalid"],
  ])("%j is %s", async (id, code) => {
    await withDirectory(async (root) => {
      symlinkSync(await writeTinyModel(root, "tft_a"), join(root, "link"));
      mkdirSync(join(root, "empty"));
      expect(() => findModel(root, id)).toThrow(expect.objectContaining({ code }));
    });
  });
});
