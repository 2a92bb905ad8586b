import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tinyTensors, withDirectory, writeTinyModel } from "../../test/helpers/tiny-model.ts";
import { attachBacktest, BACKTEST_FILE } from "./attach-backtest.ts";
import { MODEL_FILES, readModelDirectory } from "./model-directory.ts";
import { listModels } from "./registry.ts";

const report = { kind: "backtest", verdict: ["cpu_pct: better than every baseline"], formatVersion: 2 } as const;

test("the report is stored, the card tells its verdict, and the model stays what it was", async () => {
  await withDirectory(async (root) => {
    const directory = await writeTinyModel(root);
    const before = readModelDirectory(directory, tinyTensors);
    await attachBacktest(directory, report);
    expect(readModelDirectory(directory, tinyTensors)).toEqual(before);
    expect(JSON.parse(readFileSync(join(directory, BACKTEST_FILE), "utf8"))).toEqual(report);
    expect(readFileSync(join(directory, MODEL_FILES.card), "utf8")).toContain("- cpu_pct: better than every baseline");
    expect(readdirSync(root).filter((name) => name.includes("next") || name.includes("former"))).toEqual([]);
    expect(listModels(root)).toHaveLength(1);
  });
});

test("a second report takes the place of the first", async () => {
  await withDirectory(async (root) => {
    const directory = await writeTinyModel(root);
    await attachBacktest(directory, report);
    await attachBacktest(directory, { ...report, verdict: ["mem_pct: worse than the last value"] });
    const card = readFileSync(join(directory, MODEL_FILES.card), "utf8");
    expect(card.match(/## Backtest/g)).toHaveLength(1);
    expect(card).toContain("mem_pct: worse");
    expect(card).not.toContain("cpu_pct: better");
  });
});

test("a damaged directory is refused and stays as it is", async () => {
  await withDirectory(async (root) => {
    const directory = await writeTinyModel(root);
    writeFileSync(join(directory, "stray.txt"), "?");
    await expect(attachBacktest(directory, report)).rejects.toMatchObject({ code: "model_invalid" });
    expect(readdirSync(directory)).toContain("stray.txt");
  });
});
