import { expect, test } from "vitest";
import { column, seriesOf, smallSpec } from "../../test/support/series.ts";
import { createRng } from "../base/index.ts";
import { createTargetBatch } from "./batch.ts";
import { createBatchBuilder } from "./batch-builder.ts";
import { cutToWindows } from "./cut-series.ts";
import { requiredHistorySteps } from "./grid.ts";
import { prepareSeries } from "./prepared-series.ts";

test("windows over a cut series have the same inputs and labels to the bit", () => {
  const spec = smallSpec();
  const rng = createRng(3);
  const steps = 600;
  const cpu = column(steps, (t) => (t % 37 === 0 ? Number.NaN : 50 + 48 * Math.sin(t / 9) + 2 * rng.uniform()));
  const rate = column(steps, () => rng.uniform());
  const series = prepareSeries(spec, seriesOf([cpu, rate, column(steps, () => 1000 * rng.uniform())]));
  const origins = [430, 458, 500];
  const cut = cutToWindows(
    spec,
    origins.map((origin) => ({ series, origin })),
  );
  expect(cut[0]!.series.steps).toBeLessThan(requiredHistorySteps(spec) + 100);

  const builder = createBatchBuilder(spec, 3);
  const filled = [origins.map((origin) => ({ series, origin })), cut].map((places) => {
    const inputs = builder.createBatch();
    const labels = createTargetBatch(spec, 3);
    for (const [i, place] of places.entries()) {
      builder.fill(i, place.series, place.origin, inputs);
      builder.fillTargets(i, place.series, place.origin, inputs, labels, { lossScaleExponent: 0.5 });
    }
    return { ...inputs, ...labels };
  });
  expect(filled[0]!.breachEvent.includes(1)).toBe(true);
  expect(filled[1]).toEqual(filled[0]);
});
