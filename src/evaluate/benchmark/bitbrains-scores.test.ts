import { expect, it } from "vitest";
import { fillGaps, pointOf } from "./bitbrains-baselines.ts";
import { createBitbrainsTally, LEVELS, meanRow } from "./bitbrains-scores.ts";

const NONE = Number.NaN;
/** The same value at every level. */
const point = (...values: number[]) => Float32Array.from(values.flatMap((value) => LEVELS.map(() => value)));

it("pools variates as the benchmark does: MASE by step, CRPS and ND by size; missing truth and zero scales left out", () => {
  const tally = createBitbrainsTally("hand", ["mhz", "pct"]);
  tally.add("mhz", Float32Array.of(100, NONE), point(110, 0), 5);
  tally.add("pct", Float32Array.of(1, 3), point(2, 2), 0.5);
  tally.add("pct", Float32Array.of(4, NONE), point(4, 9), 0);
  const { name, all, byMetric } = tally.row();
  expect(name).toBe("hand");
  // |errors| 10 / 5, 1 / 0.5, 1 / 0.5 over 3 steps with a scale; sizes 100 + 1 + 3 + 4.
  expect(all.mase).toBeCloseTo((2 + 2 + 2) / 3, 6);
  expect(all.nd).toBeCloseTo(12 / 108, 6);
  expect(all.crps).toBeCloseTo(12 / 108, 6); // of a point, over symmetric levels
  expect(all.coverage).toBeCloseTo(1 / 4, 6);
  expect(byMetric["mhz"]).toMatchObject({ mase: 2, nd: expect.closeTo(0.1, 6) });
  expect(byMetric["pct"]).toMatchObject({ mase: 2, nd: expect.closeTo(2 / 8, 6) });
});

it("takes pinball at every level for CRPS", () => {
  const tally = createBitbrainsTally("hand", ["mhz"]);
  tally.add(
    "mhz",
    Float32Array.of(10),
    Float32Array.from(LEVELS, (_, q) => 6 + q),
    1,
  );
  // Quantiles 6 to 14 around 10: 2 * (0.1*4 + 0.2*3 + 0.3*2 + 0.4*1) * 2 over 9 levels and size 10.
  expect(tally.row().all.crps).toBeCloseTo((2 * 2 * 2.0) / 9 / 10, 6);
});

it("has no score without truth", () => {
  const { all } = createBitbrainsTally("empty", ["mhz"]).row();
  expect(all).toEqual({ mase: null, crps: null, nd: null, coverage: null });
});

it("averages rows of seeds", () => {
  const [a, b] = [1, 3].map((error) => {
    const tally = createBitbrainsTally("seed", ["mhz"]);
    tally.add("mhz", Float32Array.of(10), point(10 + error), 1);
    return tally.row();
  });
  expect(meanRow("mean", [a!, b!])).toMatchObject({ name: "mean", all: { mase: 2, nd: expect.closeTo(0.2, 6) } });
});

it("fills gaps from the past alone", () => {
  expect([...fillGaps(Float32Array.of(NONE, 3, NONE, NONE, 5, NONE))]).toEqual([3, 3, 3, 3, 5, 5]);
  expect([...fillGaps(Float32Array.of(NONE, NONE))]).toEqual([0, 0]);
});

it("repeats the median at every level", () => {
  const forecasts = Float32Array.from({ length: 18 }, (_, i) => i);
  expect([...pointOf(forecasts, LEVELS)]).toEqual([...LEVELS.map(() => 4), ...LEVELS.map(() => 13)]);
});
