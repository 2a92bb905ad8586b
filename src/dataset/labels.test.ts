import { describe, expect, it } from "vitest";
import { column, seriesOf, smallSpec } from "../../test/support/series.ts";
import { createTargetBatch } from "./batch.ts";
import { createBatchBuilder } from "./batch-builder.ts";
import { BREACH_FEATURES } from "./breach-features.ts";
import { prepareSeries } from "./prepared-series.ts";

// Rule: cpu >= 90 for 3 steps after 6 clear ones; groups end at 1, 2, 4 and 8 steps.
const spec = smallSpec();
const ORIGIN = 200;

function windowOf(cpu: (step: number) => number) {
  const prepared = prepareSeries(spec, seriesOf([column(300, cpu), column(300, () => 0), column(300, () => 3)]));
  const builder = createBatchBuilder(spec, 1);
  const inputs = builder.createBatch();
  const labels = createTargetBatch(spec, 1);
  builder.fill(0, prepared, ORIGIN, inputs);
  builder.fillTargets(0, prepared, ORIGIN, inputs, labels, { lossScaleExponent: 1 });
  const feature = (name: (typeof BREACH_FEATURES)[number], group: number): number =>
    inputs.breachFeatures[group * BREACH_FEATURES.length + BREACH_FEATURES.indexOf(name)]!;
  return { inputs, labels, feature };
}

const during =
  (...spans: [number, number][]) =>
  (step: number) =>
    spans.some(([first, last]) => step >= first && step <= last) ? 95 : 40;

describe("truth", () => {
  it("is scaled, 0 and weightless where missing", () => {
    const { inputs, labels } = windowOf((t) => (t === 203 ? Number.NaN : t % 7));
    const [location, scale] = [inputs.location[0]!, inputs.scale[0]!];
    // [Tf, T, P]: step 0 is (0, 0, 0); step 2, which is missing, (1, 0, 0).
    expect(labels.target[0]! * scale + location).toBeCloseTo(201 % 7, 4);
    expect(labels.target[5]! * scale + location).toBeCloseTo(204 % 7, 4);
    expect([labels.target[4], labels.weight[4]]).toEqual([0, 0]);
    expect(labels.weight[0]).toBeCloseTo(scale / 2, 5);
  });
});

describe("survival labels", () => {
  it("mark the group of the onset, and nothing is at risk after it", () => {
    const { labels } = windowOf(during([204, 207]));
    expect([...labels.breachEvent]).toEqual([0, 0, 1, 0]);
    expect([...labels.breachAtRisk]).toEqual([1, 1, 1, 0]);
  });

  it("count an onset by its first step even if it completes after the horizon", () => {
    expect([...windowOf(during([208, 211])).labels.breachEvent]).toEqual([0, 0, 0, 1]);
  });

  it("ignore a run that is too short", () => {
    expect([...windowOf(during([204, 205])).labels.breachEvent]).toEqual([0, 0, 0, 0]);
  });

  it("while an incident is open wait for the next one", () => {
    const { labels } = windowOf(during([193, 197], [206, 210]));
    expect([...labels.breachEvent]).toEqual([0, 0, 0, 1]);
    expect([...labels.breachAtRisk]).toEqual([1, 1, 1, 1]);
    // Steps 198 to 203 are clear, so the run from 204 on is a new incident; that from 203 on is still the old one.
    expect([...windowOf(during([193, 198], [204, 210])).labels.breachEvent]).toEqual([0, 0, 0, 0]);
  });

  it("leave out groups that were not observed", () => {
    const { labels } = windowOf((t) => (t >= 201 && t <= 205 ? Number.NaN : 40));
    expect([...labels.breachAtRisk]).toEqual([0, 0, 0, 1]);
  });
});

describe("breach features", () => {
  it("see yesterday's and last week's onset in the same group of steps", () => {
    const { feature } = windowOf(during([203 - 24, 206 - 24], [206 - 168, 209 - 168]));
    expect([0, 1, 2, 3].map((g) => feature("onset_same_time_yesterday", g))).toEqual([0, 0, 1, 0]);
    expect([0, 1, 2, 3].map((g) => feature("onset_same_time_last_week", g))).toEqual([0, 0, 0, 1]);
    expect(feature("log_onsets_day", 0)).toBeCloseTo(Math.LN2, 6);
    expect(feature("condition_share_day", 0)).toBeCloseTo(4 / 24, 6);
    expect(feature("time_since_onset", 0)).toBeCloseTo(Math.log1p(21) / Math.log1p(168), 6);
  });

  it("know an onset, and an open incident, only when its third step is in", () => {
    const twoIn = windowOf(during([199, 205])).feature;
    expect([twoIn("condition_now", 0), twoIn("active_now", 0), twoIn("log_onsets_day", 0)]).toEqual([1, 0, 0]);
    const threeIn = windowOf(during([198, 205])).feature;
    expect([threeIn("condition_now", 0), threeIn("active_now", 0)]).toEqual([1, 1]);
    expect(threeIn("log_onsets_day", 0)).toBeCloseTo(Math.LN2, 6);
  });

  it("count the days with an onset at this time of day, and the onsets of a day and of the history", () => {
    // Yesterday and three days ago an incident began three steps after this time of day: in the third group, 3 to 4.
    const { feature } = windowOf(during([203 - 24, 206 - 24], [203 - 72, 206 - 72]));
    expect([0, 1, 2, 3].map((g) => feature("onset_share_same_time", g))).toEqual([0, 0, 2 / 7, 0].map(Math.fround));
    expect(feature("onset_share_horizon", 0)).toBeCloseTo(2 / 7, 6);
    expect(feature("onsets_day", 0)).toBe(0.25);
    expect(feature("log_onsets_history", 0)).toBeCloseTo(Math.log(3), 6);
    expect(feature("time_since_condition", 0)).toBeCloseTo(Math.log1p(ORIGIN - 182) / Math.log1p(168), 6);
    const quiet = windowOf(() => 40).feature;
    expect(quiet("onset_share_horizon", 0)).toBe(0);
    expect(quiet("time_since_condition", 0)).toBe(1);
  });

  it("are those that the model was trained with, in its order", () => {
    const few = { ...spec, breachFeatures: ["time_since_onset", "condition_now"] };
    const prepared = prepareSeries(few, seriesOf([column(300, () => 95), column(300, () => 0), column(300, () => 3)]));
    const builder = createBatchBuilder(few, 1);
    const batch = builder.createBatch();
    builder.fill(0, prepared, ORIGIN, batch);
    expect([...batch.breachFeatures]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("extend the line of the last two hours", () => {
    const { inputs, feature } = windowOf((t) => t / 4);
    const beyond = (208 / 4 - 90) / inputs.scale[0]!;
    expect(feature("trend_beyond_threshold", 3)).toBeCloseTo(Math.asinh(beyond), 4);
    expect(feature("distance_last", 0)).toBeCloseTo(Math.asinh((90 - 50) / inputs.scale[0]!), 4);
  });
});
