// Calibration on windows that training has not seen: collects what the predictor said beside what came;
// fit-calibration.ts fits the corrections.
import {
  type BatchBuilder,
  createBatchBuilder,
  type InputSpec,
  truthIndex,
  type WindowPlace,
} from "../dataset/index.ts";
import type { Calibration, Predictor } from "../model/index.ts";
import { fitHazards, fitShifts, type Hazard, type Residual } from "./fit-calibration.ts";
import { createLabelledBatch, fillLabelled } from "./windows.ts";

/** Fits the calibration of a predictor on held-out windows. */
export async function calibrate(
  spec: InputSpec,
  levels: readonly number[],
  predictor: Predictor,
  places: readonly WindowPlace[],
): Promise<Calibration> {
  const builder: BatchBuilder = createBatchBuilder(spec, predictor.batchSize);
  const batch = createLabelledBatch(spec, builder);
  const { horizonSteps } = spec;
  const targets = spec.targets.length;
  const residuals = spec.targets.map(() => [] as Residual[]);
  const hazards = spec.breachRules.map(() => [] as Hazard[]);
  for (let start = 0; start < places.length; start += predictor.batchSize) {
    const some = places.slice(start, start + predictor.batchSize);
    fillLabelled(builder, some, batch, 0, () => false);
    const { quantiles, hazardLogits } = await predictor.predict(batch.inputs);
    const { target, weight, breachAtRisk, breachEvent } = batch.labels;
    for (let window = 0; window < some.length; window++) {
      // Every seventh step: neighbours say nearly the same, and 7 shares no divisor with an hour.
      for (let step = window % 7; step < horizonSteps; step += 7) {
        for (let t = 0; t < targets; t++) {
          const at = truthIndex(spec, window, step, t);
          if (weight[at] === 0) continue;
          const unit = batch.inputs.offsetUnit[window * targets + t]!;
          if (unit === 0) continue; // forecast exactly, whatever the shift
          const row = ((window * horizonSteps + step) * targets + t) * levels.length;
          const values = levels.map((_, q) => (target[at]! - quantiles[row + q]!) / unit);
          const worth = unit * batch.inputs.scale[window * targets + t]!;
          residuals[t]!.push({ values, weight: worth, fold: (start + window) % 2 });
        }
      }
      const groups = spec.breachGroupEnds.length;
      for (const [r, seen] of hazards.entries()) {
        for (let g = 0; g < groups; g++) {
          const at = (window * hazards.length + r) * groups + g;
          if (breachAtRisk[at] === 0) continue;
          seen.push({ logit: hazardLogits[at]!, event: breachEvent[at]!, fold: (start + window) % 2 });
        }
      }
    }
  }
  const fits = hazards.map(fitHazards);
  return {
    quantileShift: residuals.map((rows) => fitShifts(rows, levels)),
    breachSlope: fits.map(({ slope }) => slope),
    breachIntercept: fits.map(({ intercept }) => intercept),
  };
}
