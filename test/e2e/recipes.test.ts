// Recipes beside the default one: the paper's model, a time budget, and runs that repeat to the byte.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/artifact/index.ts";
import { startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-recipes-"));
const at = (name: string) => join(work, name);
const small = ["--context", "4h", "--horizon", "1h", "--hidden", "8", "--batch", "8", "--threads", "1", "--json"];

async function trainModel(out: string, ...more: string[]): Promise<string> {
  const { stdout, exitCode } = await runForewarn("train", "--data", at("fleet"), "--out", at(out), ...small, ...more);
  expect(exitCode, stdout).toBe(0);
  return (JSON.parse(stdout) as { directory: string }).directory;
}

beforeAll(async () => {
  const { exitCode } = await runForewarn("simulate", "--servers", "3", "--hours", "48", "--out", at("fleet"));
  expect(exitCode).toBe(0);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the paper's model, patch 1 with the direct head, trains, verifies and forecasts", async () => {
  const model = await trainModel(
    "paper",
    ...["--patch", "1", "--head", "direct", "--epochs", "1", "--steps-per-epoch", "4"],
  );
  expect(await runForewarn("verify", model)).toMatchObject({ exitCode: 0 });
  const { stdout } = await runForewarn("forecast", "--model", model, "--data", at("fleet"), "--json");
  const { forecasts } = JSON.parse(stdout);
  expect(forecasts).toHaveLength(3);
  expect(forecasts[0].targets[0].quantiles.flat().every(Number.isFinite)).toBe(true);
});

test("one thread and one seed: the same weights, and another seed gives others", async () => {
  const recipe = ["--patch", "4", "--epochs", "2", "--steps-per-epoch", "5"];
  const weightsOf = async (out: string, ...more: string[]) => {
    const path = join(await trainModel(out, ...recipe, ...more), "model.safetensors");
    return decodeSafetensors(readFileSync(path), path).tensors;
  };
  const first = await weightsOf("first");
  expect(await weightsOf("second")).toEqual(first);
  expect(await weightsOf("third", "--seed", "2")).not.toEqual(first);
});

test("--time-budget 3s ends in time with a usable model", async () => {
  const startedMs = performance.now();
  const { ended } = startForewarn(
    ...["train", "--data", at("fleet"), "--out", at("budget"), "--patch", "4", "--epochs", "5000"],
    ...["--time-budget", "3s", ...small],
  );
  const { stdout, exitCode } = await ended;
  expect(exitCode, stdout).toBe(0);
  const { directory, durationMs } = JSON.parse(stdout) as { directory: string; durationMs: number };
  expect(durationMs).toBeGreaterThan(2000);
  expect(durationMs).toBeLessThan(8000);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  expect(await runForewarn("verify", directory)).toMatchObject({ exitCode: 0 });
});
