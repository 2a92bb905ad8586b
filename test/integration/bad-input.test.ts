// Bad input through the real commands: every case ends with its own code or a documented handling, and leaves nothing.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-bad-input-"));
const at = (name: string) => join(work, name);
const sizes = ["--context", "8h", "--horizon", "2h", "--patch", "8", "--hidden", "8", "--batch", "8", "--threads", "1"];
const START_MS = Date.UTC(2026, 0, 5);
const STEPS = 96 * 12;

const time = (step: number) => new Date(START_MS + step * 300_000).toISOString();
const wave = (step: number, phase: number) => (50 + 30 * Math.sin(step / 40 + phase)).toFixed(2);

/** Rows of one server under the old trainer's names; `keep` says which of the steps there are. */
function rows(server: string, keep: (step: number) => boolean, cells = (step: number) => wave(step, server.length)) {
  const steps = Array.from({ length: STEPS }, (_, step) => step).filter(keep);
  return steps.map((step) => `${time(step)},${server},database,healthy,${cells(step)},${wave(step, 2)}`);
}

let model = "";

beforeAll(async () => {
  const lines = [
    "timestamp,server_id,profile,status,cpu_percent,memory_percent",
    ...rows("steady", () => true),
    ...rows("gappy", (step) => step % 10 !== 3),
    ...rows("constant", () => true).map((row) => row.replace(/,[^,]*,[^,]*$/, ",42,42")),
    ...rows("short", (step) => step >= STEPS - 10),
  ];
  writeFileSync(at("fleet.csv"), `${lines.join("\n")}\n`);
  const imported = await runForewarn("import", at("fleet.csv"), "--out", at("fleet"), "--json");
  expect(imported.exitCode, imported.stdout).toBe(0);
  const recipe = ["--epochs", "2", "--steps-per-epoch", "10", ...sizes, "--json"];
  const trained = await runForewarn("train", "--data", at("fleet"), "--out", at("models"), ...recipe);
  expect(trained.exitCode, trained.stdout).toBe(0);
  model = (JSON.parse(trained.stdout) as { directory: string }).directory;
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the old trainer's rows, with gaps, constants and a short server, train; the short one alone is refused", async () => {
  const { stdout, exitCode } = await runForewarn("forecast", "--model", model, "--data", at("fleet"), "--json");
  expect(exitCode).toBe(0);
  const { forecasts, refused } = JSON.parse(stdout);
  expect(refused).toMatchObject([{ server: "short", code: "insufficient_data" }]);
  expect(forecasts.map(({ server }: { server: string }) => server)).toEqual(["constant", "gappy", "steady"]);
  for (const { targets, breaches } of forecasts) {
    const numbers = [
      ...targets.flatMap(({ quantiles }: { quantiles: number[][] }) => quantiles.flat()),
      ...breaches.flatMap(({ within }: { within: Record<string, number> }) => Object.values(within)),
    ];
    expect(numbers.every(Number.isFinite)).toBe(true);
  }
});

test("rows of the form 3.0_fleet import and train", async () => {
  const header = "timestamp,server_name,profile,state,problem_child,hour,cpu_pct,mem_pct";
  const old = rows("a", () => true).map((row) => row.replace(",healthy,", ",morning_spike,0,3,"));
  writeFileSync(at("3.0.csv"), `${[header, ...old].join("\n")}\n`);
  const imported = await runForewarn("import", at("3.0.csv"), "--out", at("fleet3"), "--json");
  expect(imported.exitCode, imported.stdout).toBe(0);
  const recipe = ["--epochs", "1", "--steps-per-epoch", "2", ...sizes, "--json"];
  const trained = await runForewarn("train", "--data", at("fleet3"), "--out", at("models3"), ...recipe);
  expect(trained.exitCode, trained.stdout).toBe(0);
});

describe("import", () => {
  const header = "timestamp,server,cpu_pct,mem_pct";
  const row = (step: number, cpu = "10") => `${time(step)},a,${cpu},20`;
  const table = (...lines: string[]) => `${[header, ...lines].join("\n")}\n`;
  const junk = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) % 256));

  const cases: [string, string, string | Buffer, string][] = [
    ["an empty file", "empty.csv", "", "file_empty"],
    ["a header only", "header.csv", table(), "file_empty"],
    ["binary junk", "junk.csv", junk, "file_unreadable"],
    ["a truncated Parquet file", "cut.parquet", Buffer.from("PAR1 and no more"), "file_unreadable"],
    ["an infinite value", "infinite.csv", table(row(0), row(1, "inf"), row(2)), "value_not_finite"],
    ["text in a metric", "text.csv", table(row(0), row(1, "many"), row(2)), "column_type"],
    ["a negative percentage", "negative.csv", table(row(0), row(1, "-1"), row(2)), "value_out_of_range"],
    ["a renamed column", "renamed.csv", table(row(0)).replace("cpu_pct", "cpu_usage"), "column_missing"],
    ["a removed metric", "removed.csv", `timestamp,server,cpu_pct\n${time(0)},a,10\n`, "column_missing"],
    ["an extra metric", "extra.csv", `${header},gpu_pct\n${row(0)},5\n`, "column_unknown"],
    ["status for state", "status.csv", `${header},status\n${row(0)},healthy\n`, "column_unknown"],
    ["another vocabulary", "words.csv", `${header},profile\n${row(0)},mainframe\n`, "category_unknown"],
    ["another number of categories", "states.csv", `${header},state\n${row(0)},fine\n`, "category_unknown"],
    ["a unit of another size", "unit.csv", table(row(0), row(1, "5300"), row(2)), "value_out_of_range"],
    ["coarser rows", "coarse.csv", table(...[0, 7, 14, 21, 28].map((step) => row(step))), "interval_mismatch"],
  ];
  test.each(cases)(
    "%s is refused with its code, the file is named, and nothing is left",
    async (_, name, text, code) => {
      writeFileSync(at(name), text);
      const before = readdirSync(work);
      const { stdout, exitCode } = await runForewarn("import", at(name), "--out", at(`from-${name}`), "--json");
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string; issues: { code: string }[] } };
      expect([error.code, ...error.issues.map((issue) => issue.code)]).toContain(code);
      // An interval is that of a server over all files, so it names the server.
      expect(`${error.message} ${JSON.stringify(error.issues)}`).toContain(
        code === "interval_mismatch" ? "server a" : name,
      );
      expect(exitCode).not.toBe(0);
      expect(readdirSync(work)).toEqual(before);
    },
  );

  test("a cell that says nan is a missing value", async () => {
    writeFileSync(at("nan.csv"), table(row(0), row(1, "nan"), row(2)));
    const { stdout, exitCode } = await runForewarn("import", at("nan.csv"), "--out", at("nan"), "--json");
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout).dataSet.rows).toBe(3);
  });

  test("unsorted and repeated timestamps are put in order and reported", async () => {
    writeFileSync(at("disorder.csv"), table(row(2), row(0, "30"), row(1), row(0, "10")));
    const { stdout, exitCode } = await runForewarn("import", at("disorder.csv"), "--out", at("disorder"), "--json");
    const { findings, dataSet } = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(dataSet.rows).toBe(3);
    expect(JSON.stringify(findings)).toMatch(/timestamp_duplicate/);
    expect(JSON.stringify(findings)).toMatch(/timestamp_disorder/);
  });
});

describe("forecast and verify refuse a damaged model, and give no number", () => {
  const weights = (directory: string) => join(directory, "model.safetensors");
  const cases: [string, (directory: string) => void][] = [
    ["truncated weights", (directory) => truncateSync(weights(directory), 1000)],
    [
      "one flipped bit",
      (directory) => {
        const bytes = readFileSync(weights(directory));
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(weights(directory), bytes);
      },
    ],
    [
      "a config edited by hand",
      (directory) => {
        const path = join(directory, "config.json");
        writeFileSync(path, readFileSync(path, "utf8").replace('"hidden": 8', '"hidden": 4'));
      },
    ],
    ["a missing file", (directory) => rmSync(join(directory, "contract.json"))],
  ];
  test.each(cases)("%s", async (name, damage) => {
    const directory = at(name.replaceAll(" ", "-"));
    cpSync(model, directory, { recursive: true });
    damage(directory);
    const { stdout, exitCode } = await runForewarn("forecast", "--model", directory, "--data", at("fleet"), "--json");
    expect(JSON.parse(stdout)).toEqual({ error: expect.objectContaining({ code: "model_invalid" }) });
    expect(exitCode).toBe(1);
    expect((await runForewarn("verify", directory, "--json")).exitCode).toBe(3);
  });
});

test("training on too little history is refused, and leaves no model", async () => {
  const few = rows("a", (step) => step < 40);
  writeFileSync(at("few.csv"), `timestamp,server_id,profile,status,cpu_percent,memory_percent\n${few.join("\n")}\n`);
  expect((await runForewarn("import", at("few.csv"), "--out", at("few"))).exitCode).toBe(0);
  const child = startForewarn("train", "--data", at("few"), "--out", at("few-models"), ...sizes, "--json");
  const { stdout, exitCode } = await child.ended;
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "insufficient_data" } });
  expect(exitCode).toBe(1);
  expect(readdirSync(at("few-models"))).toEqual([]);
});
