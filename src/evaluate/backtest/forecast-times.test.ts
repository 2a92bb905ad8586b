import { describe, expect, it } from "vitest";
import { tinyMetadata } from "../../../test/helpers/tiny-model.ts";
import type { DataSetMeta } from "../../store/index.ts";
import { chooseTimes, seenInTraining, trainedUntil } from "./forecast-times.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const grid = { intervalMs: 5 * MINUTE_MS, horizonSteps: 24 };
/** The last row begins at 9:55, so that the data ends at 10:00. */
const meta = { startMs: 0, endMs: 10 * HOUR_MS - 5 * MINUTE_MS, fingerprint: "f00d" } as DataSetMeta;
const hours = (times: readonly number[]) => times.map((time) => time / HOUR_MS);
const choice = { strideMs: HOUR_MS, windows: null, fromMs: 0, untilMs: null };

describe("forecast times", () => {
  it.each([
    ["all, each with 2 h of data after it", {}, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ["the latest ones", { windows: 2 }, [7, 8]],
    ["all there are when more are asked for", { windows: 99, fromMs: 6 * HOUR_MS }, [6, 7, 8]],
    ["from the next multiple of the stride", { fromMs: 6.2 * HOUR_MS }, [7, 8]],
    ["up to a horizon before the end", { untilMs: 5.5 * HOUR_MS }, [0, 1, 2, 3]],
    ["at another stride", { strideMs: 4 * HOUR_MS }, [0, 4, 8]],
  ])("%s", (_name, part, expected) => {
    expect(hours(chooseTimes(grid, meta, { ...choice, ...part }))).toEqual(expected);
  });

  it.each([
    ["a range after the data", { fromMs: 9 * HOUR_MS }, "insufficient_data", "the data ends at 1970-01-01T10:00"],
    ["a range shorter than the horizon", { untilMs: HOUR_MS }, "insufficient_data", "--until is 1970-01-01T01:00"],
    ["a stride off the grid", { strideMs: 7 * MINUTE_MS }, "usage_invalid", "multiple of the interval of 5m, got 7m"],
  ])("refuses %s", (_name, part, code, message) => {
    const call = () => chooseTimes(grid, meta, { ...choice, ...part });
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

describe("what a model has seen", () => {
  const model = { metadata: { ...tinyMetadata("m"), split: { testStart: 1_763_550_000_000 } } };
  const { startMs, endMs } = model.metadata.data;
  const until = 1_763_550_000_000;

  it("ends where its test part begins, or with its data", () => {
    expect(trainedUntil(model)).toBe(until);
    expect(trainedUntil({ metadata: tinyMetadata("m") })).toBe(endMs + 1);
  });

  it.each([
    ["later data", "f00d", until, until + HOUR_MS, "no"],
    ["its own training data", "f00d", until - HOUR_MS, until + HOUR_MS, "yes"],
    ["another data set of the same time", "beef", until - HOUR_MS, until, "possibly"],
    ["data from before its own", "beef", startMs - 9 * HOUR_MS, startMs, "no"],
  ])("%s", (_name, fingerprint, fromMs, toMs, seen) => {
    expect(seenInTraining(model, { ...meta, fingerprint }, fromMs, toMs)).toBe(seen);
  });
});
