import { expect, it } from "vitest";
import type { Series } from "../../store/index.ts";
import { baselineLosses, LOOK_BACK_STEPS, surpriseOf } from "./surprise.ts";

const NONE = Number.NaN;
const seriesOf = (...values: Float32Array[]): Series => ({
  server: "a",
  labels: {},
  startMs: 0,
  steps: values[0]!.length,
  values,
});

it("is the mean over metrics of log(1 + loss / usual loss), by hand", () => {
  const losses = [Float64Array.of(1, 3, 4, NONE), Float64Array.of(2, 2, 0, NONE)];
  const surprise = surpriseOf(losses, (decision) => decision < 2);
  expect(surprise[0]).toBeCloseTo((Math.log(1 + 1 / 2) + Math.log(2)) / 2, 6);
  expect(surprise[2]).toBeCloseTo((Math.log(1 + 4 / 2) + 0) / 2, 6);
  expect(surprise[3]).toBeNaN();
});

it("caps what a metric without a usual loss can say, and is quiet while it stays quiet", () => {
  const surprise = surpriseOf([Float64Array.of(0, 0, 0, 5)], (decision) => decision < 2);
  expect([...surprise]).toEqual([0, 0, 0, expect.closeTo(Math.log(1001), 4)]);
});

it("compares the last hour with the forecast made before it, and reads nothing later", () => {
  const steps = 3 * LOOK_BACK_STEPS;
  const values = new Float32Array(steps).fill(10);
  values.fill(14, LOOK_BACK_STEPS, 2 * LOOK_BACK_STEPS);
  values[LOOK_BACK_STEPS] = NONE;
  const atLast: Parameters<typeof baselineLosses>[0] = (history, horizon, levels) =>
    new Float32Array(horizon * levels.length).fill(history.at(-1)!);
  const decisions = Int32Array.of(2 * LOOK_BACK_STEPS - 1);
  const [losses] = baselineLosses(atLast, seriesOf(values), [0.1, 0.5, 0.9], decisions, 288);
  expect(losses![0]).toBeCloseTo(4 * 0.5, 6); // |error| 4 at levels 0.1, 0.5 and 0.9: mean level 0.5
  values.fill(999, 2 * LOOK_BACK_STEPS);
  expect(baselineLosses(atLast, seriesOf(values), [0.1, 0.5, 0.9], decisions, 288)[0]).toEqual(losses);
});
