import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tinyFiles, tinyRunner, tinyTensors, withDirectory, writeTinyModel } from "../../test/helpers/tiny-model.ts";
import { MODEL_FILES, readModelDirectory, writeModelDirectory } from "./model-directory.ts";
import { type Check, type ModelRunner, verifyOutputs, verifyStructure } from "./verify.ts";

function verdicts(checks: readonly Check[]): [string, boolean, string?][] {
  return checks.map(({ name, ok, code }) => (code === undefined ? [name, ok] : [name, ok, code]));
}

async function outputsWith(change: Partial<ModelRunner>): Promise<Check[]> {
  return withDirectory(async (root) =>
    verifyOutputs(readModelDirectory(await writeTinyModel(root), tinyTensors), { ...tinyRunner, ...change }),
  );
}

describe("verifyStructure", () => {
  test("a sound directory passes every check", async () => {
    await withDirectory(async (root) => {
      expect(verifyStructure(await writeTinyModel(root), tinyTensors)).toMatchObject([
        { name: "manifest", ok: true, detail: "6 files match their size and SHA-256" },
        { name: "config and contract", ok: true },
        { name: "weights", ok: true, detail: "2 tensors, 3 finite numbers, shapes as the config demands" },
        { name: "probe", ok: true, detail: "1 inputs, 1 outputs stored" },
      ]);
    });
  });

  test.each([
    [MODEL_FILES.config, "{}", "config and contract", "model_invalid"],
    [MODEL_FILES.contract, "{}", "config and contract", "contract_invalid"],
    [MODEL_FILES.weights, "{}", "weights", "safetensors_invalid"],
    [MODEL_FILES.probe, "{}", "probe", "safetensors_invalid"],
  ])("ends at the check that a bad %s fails", async (file, content, name, code) => {
    await withDirectory(async (root) => {
      const directory = await writeModelDirectory(root, "m", { ...tinyFiles("m"), [file]: content });
      expect(verdicts(verifyStructure(directory, tinyTensors)).at(-1)).toEqual([name, false, code]);
    });
  });

  test("a file that was changed fails the manifest", async () => {
    await withDirectory(async (root) => {
      const directory = await writeTinyModel(root);
      writeFileSync(join(directory, MODEL_FILES.graph), "x");
      expect(verdicts(verifyStructure(directory, tinyTensors))).toEqual([["manifest", false, "model_invalid"]]);
    });
  });

  test("a missing directory is no failed check but path_missing", () => {
    expect(() => verifyStructure("/nonexistent/model", tinyTensors)).toThrow(
      expect.objectContaining({ code: "path_missing" }),
    );
  });
});

describe("verifyOutputs", () => {
  test("a model whose weights make its outputs passes", async () => {
    expect(await outputsWith({})).toMatchObject([
      { name: "weights reproduce the probe", ok: true, detail: "largest difference 0.0e+0" },
      { name: "model.onnx reproduces the probe", ok: true },
      { name: "zeroed weights change every output", ok: true, detail: "all 1 outputs of 2 windows changed" },
      { name: "permuted weights change every output", ok: true },
    ]);
  });

  test("a network that gives stored numbers whatever its weights are is model_not_driving", async () => {
    const constant = async (): Promise<Float32Array[]> => [Float32Array.of(2.5, 3.5, 8.5, 12.5)];
    expect(verdicts(await outputsWith({ runProbe: constant }))).toEqual([
      ["weights reproduce the probe", true],
      ["model.onnx reproduces the probe", true],
      ["zeroed weights change every output", false, "model_not_driving"],
      ["permuted weights change every output", false, "model_not_driving"],
    ]);
  });

  test("one window that ignores the weights is enough to fail", async () => {
    const runProbe: ModelRunner["runProbe"] = async (weights, inputs) => {
      const [output] = await tinyRunner.runProbe(weights, inputs);
      output!.set([8.5, 12.5], 2);
      return [output!];
    };
    const zeroed = (await outputsWith({ runProbe }))[2];
    expect(zeroed).toMatchObject({ ok: false, code: "model_not_driving" });
    expect(zeroed?.detail).toContain("output 0 window 1: ");
  });

  test.each([
    ["beyond the tolerance", 2.5 + 4e-4, false],
    ["within the tolerance", 2.5 + 2e-4, true],
    ["NaN", Number.NaN, false],
  ])("an output %s", async (_name, first, ok) => {
    const check = (await outputsWith({ runExported: async () => [Float32Array.of(first, 3.5, 8.5, 12.5)] }))[1];
    expect(check?.ok).toBe(ok);
  });

  test("outputs of another size are shape_mismatch", async () => {
    const check = (await outputsWith({ runExported: async () => [Float32Array.of(1)] }))[1];
    expect(check).toMatchObject({ ok: false, code: "shape_mismatch", detail: "outputs: Expected sizes 4, got 1" });
  });

  test("a fault of the runner is not a verdict", async () => {
    const runProbe = (): never => {
      throw new TypeError("broken");
    };
    await expect(outputsWith({ runProbe })).rejects.toThrow(TypeError);
  });
});
