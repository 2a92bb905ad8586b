import { expect, test } from "vitest";
import { DEFAULT_TRAIN_OPTIONS, recipeFor } from "./options.ts";

const MINUTE_MS = 60_000;

test("the recipe keeps its spans at every interval", () => {
  expect(recipeFor(5 * MINUTE_MS)).toEqual(DEFAULT_TRAIN_OPTIONS);
  expect(recipeFor(15 * MINUTE_MS)).toMatchObject({ contextSteps: 96, horizonSteps: 32, historySteps: 672 });
  expect(recipeFor(MINUTE_MS, { horizonMs: 60 * MINUTE_MS })).toMatchObject({ contextSteps: 1440, horizonSteps: 60 });
});

test("a span that does not fit the interval is refused by name", () => {
  expect(() => recipeFor(5 * MINUTE_MS, { horizonMs: 7 * MINUTE_MS })).toThrow("horizon: Expected a multiple");
});
