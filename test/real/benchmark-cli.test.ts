// forewarn benchmark through the real commands, on small data in the publishers' layouts; and bad input, each with its
// own code.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";
import { plainBitbrains, readPlainSeries } from "../support/plain-bitbrains.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-benchmark-test-"));
const at = (name: string) => join(work, name);
const BINS = 700;
const DAY = 288;

beforeAll(() => {
  mkdirSync(at("rnd"));
  writeFileSync(at("rnd/rnd_2013-07_cpu.csv.gz"), gzipSync(bitbrainsCsv()));
  writeNab(at("nab"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Four machines: a wave, one with gaps and rows that share a bin, one that begins late, one that is always 0. */
function bitbrainsCsv(): string {
  const lines = ["vm,timestamp_s,cpu_usage_mhz,cpu_usage_pct"];
  const row = (vm: string, bin: number, second: number, value: number) =>
    lines.push(`${vm},${(4_575_432 + bin) * 300 + second},${(value * 26).toFixed(3)},${value.toFixed(3)}`);
  for (let bin = 0; bin < BINS; bin++) {
    const wave = 50 + 30 * Math.sin((2 * Math.PI * bin) / DAY) + ((bin * 7919) % 11);
    row("wave", bin, 7, wave);
    if (bin % 9 !== 4) row("gaps", bin, 1, wave / 2);
    if (bin % 5 === 0) row("gaps", bin, 200, wave);
    if (bin >= 430) row("late", bin, 0, 20 + (bin % 13));
    row("idle", bin, 0, 0);
  }
  return `${lines.join("\n")}\n`;
}

/** Two series of nine days; the second has a labelled point on the eighth. */
function writeNab(directory: string): void {
  for (const folder of ["realAWSCloudwatch", "realKnownCause", "labels"])
    mkdirSync(join(directory, folder), { recursive: true });
  const time = (row: number) =>
    new Date(Date.UTC(2014, 3, 1) + row * 300_000).toISOString().slice(0, 19).replace("T", " ");
  const series = (phase: number) =>
    ["timestamp,value"]
      .concat(
        Array.from(
          { length: 9 * DAY },
          (_, row) => `${time(row)},${(40 + 20 * Math.sin(row / 46 + phase) + (row % 3)).toFixed(2)}`,
        ),
      )
      .join("\n");
  writeFileSync(join(directory, "realAWSCloudwatch/quiet.csv"), series(0));
  writeFileSync(join(directory, "realKnownCause/failing.csv"), series(1));
  const [point, end] = [7 * DAY + 100, 7 * DAY + 150].map(time);
  const name = "realKnownCause/failing.csv";
  writeFileSync(join(directory, "labels/combined_labels.json"), JSON.stringify({ [name]: [point] }));
  writeFileSync(
    join(directory, "labels/combined_windows.json"),
    JSON.stringify({ [name]: [[`${point}.000000`, `${end}.000000`]] }),
  );
}

describe("benchmark bitbrains", () => {
  const bitbrains = (...args: string[]) => runForewarn("benchmark", "bitbrains", "--data", at("rnd"), ...args);

  it("scores trivial forecasts as a second, plain computation does", async () => {
    const { stdout, exitCode } = await bitbrains(
      "--test-bins",
      "604..699",
      "--baselines-only",
      "--json",
      "--out",
      at("report.json"),
    );
    expect(exitCode, stdout).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ windows: 2, servers: 4, isOfficial: false, models: [] });
    expect(JSON.parse(readFileSync(at("report.json"), "utf8"))).toEqual(report);
    const plain = plainBitbrains(readPlainSeries(at("rnd/rnd_2013-07_cpu.csv.gz"), BINS), 604, 699, 48);
    const ours = (name: string) => report.baselines.find((row: { name: string }) => row.name === name).all;
    for (const [name, scores] of [
      ["last value (point)", plain.naive],
      ["Seasonal Naive (point)", plain.seasonal],
      ["quantiles of the last 24 h", plain.day],
    ] as const) {
      for (const score of ["mase", "crps", "nd"] as const) expect(ours(name)[score]).toBeCloseTo(scores[score], 5);
    }
  });

  it("prints the published table, and that it does not compare", async () => {
    const { stdout } = await bitbrains("--test-bins", "604..699", "--baselines-only");
    expect(stdout).toContain("bitbrains_rnd/5T, test bins 604..699: 2 windows of 48 steps, 4 servers");
    expect(stdout).toContain(
      "NOT comparable with the rows above: published scores are of the official test windows, bins 7776..8639.",
    );
    expect(stdout).toMatch(/^TFT {2,}2\.270 {2}0\.486$/m);
    const { stdout: other } = await bitbrains("--test-bins", "604..699", "--baselines-only", "--horizon", "96");
    expect(other).toContain("published: nothing for this horizon");
  });

  it("trains before the test bins alone, and refuses a model that knows them", async () => {
    const flags = ["--data", at("rnd"), "--time-budget", "2s", "--threads", "1", "--models", at("models"), "--json"];
    const trained = await startForewarn("benchmark", "bitbrains", "--test-bins", "652..699", ...flags, "--seeds", "1,2")
      .ended;
    expect(trained.exitCode, trained.stdout + trained.stderr).toBe(0);
    const { models } = JSON.parse(trained.stdout);
    expect(models.map(({ name }: { name: string }) => name)).toEqual([
      "Forewarn, seed 1",
      "Forewarn, seed 2",
      "Forewarn, mean of 2 seeds",
    ]);
    expect(models.every(({ all }: { all: { mase: number } }) => Number.isFinite(all.mase))).toBe(true);

    const { stdout } = await runForewarn("models", "--json", at("models"));
    const [{ directory }] = JSON.parse(stdout).models;
    const again = await bitbrains("--test-bins", "652..699", "--model", directory, "--threads", "1", "--json");
    expect(JSON.parse(again.stdout).models).toMatchObject([{ name: "Forewarn" }]);
    const leaking = await bitbrains("--test-bins", "604..651", "--model", directory, "--json");
    expect(JSON.parse(leaking.stdout).error).toMatchObject({
      code: "model_invalid",
      message: expect.stringContaining("Expected a model trained before the first test bin"),
    });
    const longer = await bitbrains("--test-bins", "604..699", "--model", directory, "--horizon", "96", "--json");
    expect(JSON.parse(longer.stdout).error.message).toContain("Expected a model that forecasts 96 steps, got 48");
  }, 120_000);

  test.each([
    ["a range that is none", ["--test-bins", "604-699"], "usage_invalid", "Expected first and last bin as A..B"],
    [
      "a range the wrong way round",
      ["--test-bins", "699..604"],
      "usage_invalid",
      "Expected first and last bin as A..B",
    ],
    [
      "a range shorter than a window",
      ["--test-bins", "680..699"],
      "usage_invalid",
      "Expected at least one window of 48 bins, got 20 bins",
    ],
    [
      "bins after the data",
      ["--test-bins", "7776..8639"],
      "insufficient_data",
      "Expected bins of the data, 0 to 699, got 7776..8639",
    ],
    [
      "bins without history",
      ["--test-bins", "100..699"],
      "insufficient_data",
      "Expected 336 bins of history before the first test bin, got 100",
    ],
    ["a horizon that is no number", ["--test-bins", "604..699", "--horizon", "4h"], "usage_invalid", "--horizon"],
    ["a model that is not there", ["--test-bins", "604..699", "--model", "nowhere"], "path_missing", "nowhere"],
    [
      "a model and none",
      ["--test-bins", "604..699", "--model", "m", "--baselines-only"],
      "usage_invalid",
      "--baselines-only",
    ],
    ["no range", [], "usage_invalid", "--test-bins"],
  ])("refuses %s", async (_, args, code, message) => {
    const { stdout, exitCode } = await bitbrains(...args, "--json");
    expect(JSON.parse(stdout).error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(exitCode).toBeGreaterThan(0);
  });
});

describe("benchmarks of labelled incidents", () => {
  it("scores the model's surprise beside trivial warnings", async () => {
    const flags = ["--data", at("nab"), "--time-budget", "2s", "--threads", "1", "--false-alarms", "5", "--json"];
    const { ended } = startForewarn("benchmark", "nab", ...flags);
    const { stdout, stderr, exitCode } = await ended;
    expect(exitCode, stdout + stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ benchmark: "nab", servers: 2, incidents: 1, incidentsBefore: 0 });
    const [model, lastValue, random, alwaysOn] = report.rows;
    expect([model.name, lastValue.name]).toEqual([
      "Forewarn, surprise of the last hour",
      "last value, surprise of the last hour",
    ]);
    for (const row of [model, lastValue, random])
      expect(row).toMatchObject({ isMet: true, score: { events: { count: 1 } } });
    expect(alwaysOn).toMatchObject({ isMet: false, score: { events: { recall: 1 } } });
  }, 120_000);

  it("refuses labels that fit no row", async () => {
    const broken = at("broken");
    writeNab(broken);
    const name = "realKnownCause/failing.csv";
    writeFileSync(join(broken, "labels/combined_labels.json"), JSON.stringify({ [name]: ["2020-01-01 00:00:00"] }));
    const { stdout } = await runForewarn("benchmark", "nab", "--data", broken, "--json");
    expect(JSON.parse(stdout).error).toMatchObject({ code: "file_unreadable" });
    writeFileSync(join(broken, "labels/combined_labels.json"), "{");
    const { stdout: other } = await runForewarn("benchmark", "nab", "--data", broken, "--json");
    expect(JSON.parse(other).error).toMatchObject({ code: "file_unreadable" });
  });

  it("refuses a damaged list of incidents", async () => {
    const broken = at("asd");
    mkdirSync(broken);
    for (const server of [1, 2, 3, 4, 5, 6]) {
      for (const part of ["train", "test"]) writeFileSync(join(broken, `omi-${server}_${part}.csv.gz`), "");
      writeFileSync(join(broken, `omi-${server}_interpretation.txt`), "760-765:4,5\n9-x:1\n");
    }
    const { stdout } = await runForewarn("benchmark", "asd", "--data", broken, "--json");
    const message = expect.stringContaining('Expected lines "start-end:metrics", got "9-x:1"');
    expect(JSON.parse(stdout).error).toMatchObject({ code: "file_unreadable", message });
  });

  test.each([
    [["bitbrains", "--test-bins", "1..2000"], "path_missing"],
    [["asd"], "path_missing"],
    [["nab"], "path_missing"],
    [["asd", "--false-alarms", "none"], "usage_invalid"],
    [["other"], "usage_invalid"],
  ])("refuses %j on a folder without its data", async (args, code) => {
    const { stdout } = await runForewarn("benchmark", ...args, "--data", work, "--json");
    expect(JSON.parse(stdout).error.code).toBe(code);
  });
});
