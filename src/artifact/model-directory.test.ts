import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  tinyConfig,
  tinyFiles,
  tinyMetadata,
  tinyTensors,
  withDirectory,
  writeTinyModel,
} from "../../test/helpers/tiny-model.ts";
import { contractHash, fleetContract } from "../contract/index.ts";
import { makeManifest } from "./manifest.ts";
import { MODEL_FILES, newModelId, readModelDirectory, writeModelDirectory } from "./model-directory.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const ID = "tft_20261123_101500";

/** Replaces files of a model and writes a manifest that fits them: what an edit by hand cannot do by accident. */
async function rewritten(root: string, changes: Record<string, string | Uint8Array>): Promise<string> {
  return writeModelDirectory(root, ID, { ...tinyFiles(ID), ...changes });
}

test("a model directory is read as it was written", async () => {
  await withDirectory(async (root) => {
    const directory = await writeTinyModel(root);
    const model = readModelDirectory(directory, tinyTensors);
    expect(model.modelId).toBe(ID);
    expect(model.config).toEqual(tinyConfig(ID));
    expect(model.contract).toEqual(fleetContract);
    expect(model.contractHash).toBe(contractHash(fleetContract));
    expect(model.metadata).toEqual(tinyMetadata(ID));
    expect(model.weights).toEqual(
      new Map([
        ["gain", Float32Array.of(2, 3)],
        ["offset", Float32Array.of(0.5)],
      ]),
    );
    expect(model.probe.outputs[0]?.shape).toEqual([2, 2]);
    expect(readdirSync(root)).toEqual([ID]);
  });
});

describe("newModelId", () => {
  test("is the time in UTC, with a suffix when it is taken", async () => {
    await withDirectory((root) => {
      const nowMs = Date.UTC(2026, 10, 23, 10, 15, 0);
      expect(newModelId(root, nowMs)).toBe(ID);
      mkdirSync(join(root, ID));
      expect(newModelId(root, nowMs)).toBe(`${ID}_2`);
      mkdirSync(join(root, `${ID}_2`));
      expect(newModelId(root, nowMs)).toBe(`${ID}_3`);
    });
  });
});

describe("files that were changed after writing", () => {
  const cases: [string, (directory: string) => void, RegExp][] = [
    ["a flipped bit", (d) => flipBit(join(d, MODEL_FILES.weights), 100), /model\.safetensors: Expected SHA-256/],
    ["a truncated file", (d) => truncate(join(d, MODEL_FILES.weights)), /model\.safetensors: Expected \d+ bytes, got/],
    [
      "a config edited by hand",
      (d) => edit(join(d, MODEL_FILES.config), '"heads":1', '"heads":2'),
      /config\.json: Expected SHA/,
    ],
    ["a missing file", (d) => rmSync(join(d, MODEL_FILES.probe)), /probe\.safetensors: Expected this file/],
    [
      "an unlisted file",
      (d) => writeFileSync(join(d, "run.py"), ""),
      /run\.py: Expected only files that manifest\.json lists/,
    ],
    ["a directory inside", (d) => mkdirSync(join(d, "code")), /code: Expected a plain file, got a directory/],
    [
      "a symbolic link",
      (d) => symlinkSync("/etc/hostname", join(d, "x")),
      /x: Expected a plain file, got a symbolic link/,
    ],
    ["no manifest", (d) => rmSync(join(d, "manifest.json")), /Expected a model directory with manifest\.json/],
    ["a manifest of junk", (d) => writeFileSync(join(d, "manifest.json"), "\xff{"), /manifest\.json: Expected JSON/],
    [
      "a manifest of another version",
      (d) => edit(join(d, "manifest.json"), '"formatVersion": 1', '"formatVersion": 2'),
      /formatVersion/,
    ],
    [
      "a manifest that leaves the directory",
      (d) => edit(join(d, "manifest.json"), '"config.json"', '"../config.json"'),
      /\.\.\/config\.json/,
    ],
  ];

  test.each(cases)("%s is refused with the file named", async (_name, change, message) => {
    await withDirectory(async (root) => {
      const directory = await writeTinyModel(root);
      change(directory);
      expect(() => readModelDirectory(directory, tinyTensors)).toThrow(message);
      expect(() => readModelDirectory(directory, tinyTensors)).toThrow(
        expect.objectContaining({ code: "model_invalid" }),
      );
    });
  });
});

describe("files that do not fit each other, under a manifest that fits them", () => {
  const config = tinyConfig(ID);
  const json = (change: object): Record<string, string> => ({
    [MODEL_FILES.config]: JSON.stringify({ ...config, ...change }),
  });
  const inputs = (change: object) => json({ inputs: { ...config.inputs, ...change } });
  const architecture = (change: object) => json({ architecture: { ...config.architecture, ...change } });
  const { tensors, metadata } = decodeSafetensors(tinyFiles(ID)[MODEL_FILES.weights] as Uint8Array, "weights");
  const weights = (change: (copy: typeof tensors) => void, stored = metadata): Record<string, Uint8Array> => {
    const copy = new Map(tensors);
    change(copy);
    return { [MODEL_FILES.weights]: encodeSafetensors(copy, stored) };
  };
  const contract = (change: object) => ({ [MODEL_FILES.contract]: JSON.stringify({ ...fleetContract, ...change }) });
  const keep = () => undefined;

  const cases: [string, Record<string, string | Uint8Array>, RegExp][] = [
    ["another format version", json({ formatVersion: 3 }), /config\.json: formatVersion/],
    ["an unknown field", json({ surplus: 1 }), /config\.json: .*surplus/],
    ["another model id in the config", json({ modelId: "other" }), /config\.json: modelId: Expected tft_/],
    [
      "another model id in the metadata",
      { [MODEL_FILES.metadata]: JSON.stringify(tinyMetadata("other")) },
      /metadata\.json: modelId/,
    ],
    ["another contract hash", json({ contractHash: "00" }), /config\.json: contractHash/],
    ["another contract", contract({ version: "9.9" }), /config\.json: contractHash/],
    ["another interval", inputs({ intervalMs: 60_000 }), /inputs\.intervalMs: Expected 300000/],
    [
      "a metric that the contract lacks",
      inputs({ metrics: ["cpu_pct", "gone"] }),
      /inputs\.metrics: Expected cpu_pct,mem_pct/,
    ],
    ["metrics in another order", inputs({ metrics: ["mem_pct", "cpu_pct"] }), /inputs\.metrics/],
    ["a target that is not read", inputs({ targets: ["disk_pct"] }), /inputs\.targets/],
    ["another vocabulary", inputs({ labels: [{ name: "profile", vocabulary: ["x"] }] }), /inputs\.labels\.profile/],
    ["ranges of another length", inputs({ ranges: [] }), /inputs\.ranges, one per metric: Expected 2, got 0/],
    ["patches that do not divide the context", inputs({ contextSteps: 287 }), /inputs\.contextSteps/],
    ["quantiles out of order", architecture({ quantiles: [0.5, 0.1, 0.9] }), /quantiles, increasing/],
    ["a quantile of 1", architecture({ quantiles: [0.1, 0.5, 1] }), /architecture\.quantiles\.2/],
    ["heads that do not divide hidden", architecture({ heads: 4 }), /hidden, a multiple of heads/],
    [
      "a hidden width that the weights lack",
      architecture({ hidden: 4 }),
      /tensor gain: Expected F32 \[4\], got F32 \[2\]/,
    ],
    ["a missing tensor", weights((copy) => copy.delete("gain")), /tensor gain: Expected F32 \[2\], got none/],
    ["a surplus tensor", weights((copy) => copy.set("x", copy.get("gain")!)), /tensor x: Expected only tensors/],
    [
      "another dtype",
      weights((copy) => copy.set("gain", { dtype: "F64", shape: [2], data: Float64Array.of(1, 2) })),
      /tensor gain: Expected F32 \[2\], got F64 \[2\]/,
    ],
    ["weights of another contract", weights(keep, { ...metadata, contract_hash: "00" }), /metadata contract_hash/],
    ["weights of another model", weights(keep, { ...metadata, model_id: "other" }), /metadata model_id/],
    ["weights without metadata", weights(keep, {}), /metadata contract_hash: Expected .*, got undefined/],
  ];

  test.each(cases)("%s", async (_name, changes, message) => {
    await withDirectory(async (root) => {
      const directory = await rewritten(root, changes);
      expect(() => readModelDirectory(directory, tinyTensors)).toThrow(message);
      expect(() => readModelDirectory(directory, tinyTensors)).toThrow(
        expect.objectContaining({ code: "model_invalid" }),
      );
    });
  });

  test("a required file that nobody wrote", async () => {
    await withDirectory(async (root) => {
      const { [MODEL_FILES.graph]: _, ...files } = tinyFiles(ID);
      const directory = await writeModelDirectory(root, ID, files);
      expect(() => readModelDirectory(directory, tinyTensors)).toThrow(/model\.onnx: Expected this file/);
    });
  });
});

describe("writeModelDirectory", () => {
  test("lists every file with size and hash", () => {
    expect(makeManifest("m", { "a.txt": "abc" })).toEqual({
      formatVersion: 1,
      modelId: "m",
      files: {
        "a.txt": { sizeBytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
      },
    });
  });

  test("refuses a directory that exists and leaves it alone", async () => {
    await withDirectory(async (root) => {
      const directory = await writeTinyModel(root);
      await expect(writeTinyModel(root)).rejects.toMatchObject({ code: "path_exists" });
      expect(readModelDirectory(directory, tinyTensors).modelId).toBe(ID);
      expect(readdirSync(root)).toEqual([ID]);
    });
  });

  test("leaves nothing behind when a file cannot be written", async () => {
    await withDirectory(async (root) => {
      await expect(writeModelDirectory(root, ID, { "a/b": "no such folder" })).rejects.toThrow();
      expect(readdirSync(root)).toEqual([]);
    });
  });
});

test("a missing directory is path_missing", () => {
  expect(() => readModelDirectory("/nonexistent/model", tinyTensors)).toThrow(
    expect.objectContaining({ code: "path_missing" }),
  );
  expect(existsSync("/nonexistent")).toBe(false);
});

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

function truncate(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, -1));
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}
