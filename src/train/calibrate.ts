// Calibration on windows that training has not seen: shifts that give every quantile its share of truths (split
// conformal), and slope and intercept of the hazards' logits (Platt 1999).
import { type BatchBuilder, createBatchBuilder, type InputSpec, type WindowPlace } from "../dataset/index.ts";
import type { Calibration, Predictor } from "../model/index.ts";
import { createLabelledBatch, fillLabelled } from "./windows.ts";

/** Onsets below this number leave the hazards of a rule as they are. */
const MIN_ONSETS = 20;
/** Pull of slope and intercept towards 1 and 0, in windows. */
const PRIOR = 5;

/** Fits the calibration of a predictor on held-out windows. */
export async function calibrate(
  spec: InputSpec,
  levels: readonly number[],
  predictor: Predictor,
  places: readonly WindowPlace[],
): Promise<Calibration> {
  const builder: BatchBuilder = createBatchBuilder(spec, predictor.batchSize);
  const batch = createLabelledBatch(spec, builder);
  const { horizonSteps, patchSteps } = spec;
  const targets = spec.targets.length;
  const residuals = spec.targets.map(() => levels.map(() => [] as number[]));
  const hazards = spec.breachRules.map(() => ({ logits: [] as number[], events: [] as number[] }));
  for (let start = 0; start < places.length; start += predictor.batchSize) {
    const some = places.slice(start, start + predictor.batchSize);
    fillLabelled(builder, some, batch, 0, () => false);
    const { quantiles, hazardLogits } = await predictor.predict(batch.inputs);
    const { target, weight, breachAtRisk, breachEvent } = batch.labels;
    for (let window = 0; window < some.length; window++) {
      // Every seventh step: neighbours say nearly the same, and 7 shares no divisor with an hour.
      for (let step = window % 7; step < horizonSteps; step += 7) {
        for (let t = 0; t < targets; t++) {
          const token = Math.floor(step / patchSteps);
          const at = ((window * (horizonSteps / patchSteps) + token) * targets + t) * patchSteps + (step % patchSteps);
          if (weight[at] === 0) continue;
          const row = ((window * horizonSteps + step) * targets + t) * levels.length;
          for (let q = 0; q < levels.length; q++) residuals[t]![q]!.push(target[at]! - quantiles[row + q]!);
        }
      }
      const groups = spec.breachGroupEnds.length;
      for (const [r, { logits, events }] of hazards.entries()) {
        for (let g = 0; g < groups; g++) {
          const at = (window * hazards.length + r) * groups + g;
          if (breachAtRisk[at] === 0) continue;
          logits.push(hazardLogits[at]!);
          events.push(breachEvent[at]!);
        }
      }
    }
  }
  const fits = hazards.map(({ logits, events }) => fitLogistic(logits, events));
  return {
    quantileShift: residuals.map((rows) => rows.map((row, q) => residualQuantile(row, levels[q]!))),
    breachSlope: fits.map(({ slope }) => slope),
    breachIntercept: fits.map(({ intercept }) => intercept),
  };
}

/** The shift under which a share `level` of the truths lies at or below the quantile. */
function residualQuantile(residuals: number[], level: number): number {
  if (residuals.length === 0) return 0;
  residuals.sort((a, b) => a - b);
  return residuals[Math.min(residuals.length - 1, Math.ceil(level * (residuals.length + 1)) - 1)]!;
}

/** Maximum a posteriori slope and intercept by Newton's method; 1 and 0 with too few onsets. */
function fitLogistic(logits: readonly number[], events: readonly number[]): { slope: number; intercept: number } {
  let slope = 1;
  let intercept = 0;
  if (events.filter((event) => event === 1).length < MIN_ONSETS) return { slope, intercept };
  for (let iteration = 0; iteration < 25; iteration++) {
    let [gs, gi] = [PRIOR * (slope - 1), PRIOR * intercept];
    let [hss, hsi, hii] = [PRIOR, 0, PRIOR];
    for (const [i, logit] of logits.entries()) {
      const p = 1 / (1 + Math.exp(-(slope * logit + intercept)));
      const w = p * (1 - p);
      gs += (p - events[i]!) * logit;
      gi += p - events[i]!;
      hss += w * logit * logit;
      hsi += w * logit;
      hii += w;
    }
    const determinant = hss * hii - hsi * hsi;
    slope -= (hii * gs - hsi * gi) / determinant;
    intercept -= (hss * gi - hsi * gs) / determinant;
  }
  return slope > 0 && Number.isFinite(slope + intercept) ? { slope, intercept } : { slope: 1, intercept: 0 };
}
