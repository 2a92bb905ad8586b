// The published table against the publisher's file. Skipped, with a line, where that is absent.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { PUBLISHED } from "./published.ts";

const data = resolve(import.meta.dirname, "../../..", process.env["FOREWARN_DATA"] ?? "../shared/data");
const path = resolve(data, "gift-eval-published/cloudops_scores.csv");
const isPresent = existsSync(path);
if (!isPresent) console.log(`skipped: no published scores at ${path} (set FOREWARN_DATA)`);

const SOURCE_NAMES: Record<string, string> = {
  Naive: "naive",
  "Seasonal Naive": "seasonal_naive",
  "Auto-ETS": "auto_ets",
  "Auto-Theta": "auto_theta",
  DeepAR: "deepar",
  TFT: "tft",
  "Chronos-2": "chronos-2",
  "Toto 1.0": "Toto_Open_Base_1.0",
  "Toto 2.0, 4 M parameters": "Toto-2.0-4m",
  "Toto 2.0, 2.5 B parameters": "Toto-2.0-2.5B",
};
const TERMS = { 48: "short", 480: "medium", 720: "long" };

it.skipIf(!isPresent)("holds what was published, to three decimals", () => {
  const rows = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const columns = rows[0]!;
  const at = (row: string[], name: string) => row[columns.indexOf(name)]!;
  const scoresOf = (row: string[]) => [
    Number(at(row, "MASE_median")),
    Number(at(row, "CRPS_mean_weighted_sum_quantile_loss")),
  ];
  for (const [horizon, term] of Object.entries(TERMS)) {
    const own = rows.filter((row) => at(row, "dataset") === `bitbrains_rnd/5T/${term}`);
    const fair = own.filter((row) => at(row, "testdata_leakage") !== "Yes" && scoresOf(row)[0]! > 1);
    const best = (kind: string[][]) => [0, 1].map((score) => Math.min(...kind.map((row) => scoresOf(row)[score]!)));
    for (const { name, scores } of PUBLISHED) {
      const expected =
        name === "best of any kind"
          ? best(fair)
          : name === "best zero-shot"
            ? best(fair.filter((row) => at(row, "model_type") === "zero-shot"))
            : scoresOf(own.find((row) => at(row, "model") === (SOURCE_NAMES[name] ?? name))!);
      expect(scores[Number(horizon)]!, `${name}, ${term}`).toEqual(expected.map((score) => Number(score.toFixed(3))));
    }
  }
});
