import { expect, test } from "vitest";
import { parse } from "yaml";
import { wilsonInterval } from "../../src/measure/index.ts";
import type { Replay } from "../../web/data/types.ts";
import {
  durationMs,
  durationText,
  exactThreshold,
  nearestThreshold,
  ruleYaml,
  shareInterval,
} from "../../web/lib/replay.ts";
import { alertRules } from "../support/alerts.ts";
import { replayAnswer } from "../support/replayed.ts";

const QUESTION = { rule: "cpu_high", withinMs: 1, forMs: 0, clearForMs: 1, clearShare: 0.6, spanMs: 1 };
const answered = (probability: number) =>
  replayAnswer({ ...QUESTION, probability }, Date.UTC(2026, 0, 5)) as unknown as Replay;

test("a threshold is that of the answer or of the curve, never one beside it", () => {
  const replay = answered(0.37);
  expect(exactThreshold(replay, 0.37)?.probability).toBe(0.37);
  expect(exactThreshold(replay, 0.4)?.probability).toBe(0.4);
  expect(exactThreshold(replay, 0.41)).toBe(null);
  expect(nearestThreshold(replay.curve, 0.43)?.probability).toBe(0.4);
  expect(nearestThreshold([], 0.43)).toBe(null);
});

test("the text of a rule is one that the daemon takes", () => {
  const draft = { rule: "cpu_high", within: "4h", hold: "10m", clear: 0.6, clearFor: "30m" };
  const { alerts } = parse(ruleYaml(draft, "cpu_soon", 0.1234));
  const [rule] = alertRules(...alerts.rules);
  expect(rule).toMatchObject({
    ...{ id: "cpu_soon", probability: 0.1234, clearProbability: 0.074, withinMs: 4 * 3_600_000 },
    ...{ forMs: 600_000, clearForMs: 1_800_000 },
  });
  expect(ruleYaml({ ...draft, hold: "0m" }, "cpu_soon", 0.5)).not.toMatch(/ for: 0m/);
});

test("lengths of time read as they are written", () => {
  for (const text of ["5m", "90m", "1h", "8h"]) expect(durationText(durationMs(text))).toBe(text);
  expect(durationMs("2d")).toBe(172_800_000);
  expect(durationMs("soon")).toBe(0);
});

test("intervals are those of the daemon", () => {
  for (const [hits, count] of [
    [0, 3],
    [7, 9],
    [40, 40],
  ] as const) {
    const { low, high } = wilsonInterval(hits, count);
    expect(shareInterval(hits, count)).toEqual([low, high]);
  }
  expect(shareInterval(0, 0)).toBe(null);
});
