// Fits of the calibration. A correction is kept only if, fitted on one half of the held-out windows, it lowers the loss
// of the other half: a model that is right already is left alone.
import { pinball } from "../measure/index.ts";

/** Truth minus each quantile of one step, in offset units. */
export interface Residual {
  values: readonly number[]; // [levels]
  /** An offset unit of the window, so that losses compare in the metric's unit. */
  weight: number;
  fold: number;
}

/** A hazard's logit and whether a breach began. */
export interface Hazard {
  logit: number;
  event: number;
  fold: number;
}

/** Onsets below this number leave the hazards of a rule as they are. */
const MIN_ONSETS = 20;
/** Pull of slope and intercept towards 1 and 0, in cases. */
const PRIOR = 5;

/** Shifts that give every quantile its share of truths (split conformal), or zeros where they do not help. */
export function fitShifts(residuals: readonly Residual[], levels: readonly number[]): number[] {
  const none = levels.map(() => 0);
  const [even, odd] = halves(residuals);
  if (even.length === 0 || odd.length === 0) return none;
  const lossOf = (shifts: readonly number[]) =>
    odd.reduce(
      (sum, { values, weight }) =>
        sum + weight * levels.reduce((inner, level, q) => inner + pinball(values[q]! - shifts[q]!, 0, level), 0),
      0,
    );
  return lossOf(shiftsOf(even, levels)) < lossOf(none) ? shiftsOf(residuals, levels) : none;
}

/** Slope and intercept of the logits (Platt 1999), or 1 and 0 with too few onsets or where they do not help. */
export function fitHazards(hazards: readonly Hazard[]): { slope: number; intercept: number } {
  const none = { slope: 1, intercept: 0 };
  if (hazards.filter(({ event }) => event === 1).length < MIN_ONSETS) return none;
  const [even, odd] = halves(hazards);
  return logLoss(odd, fitLogistic(even)) < logLoss(odd, none) ? fitLogistic(hazards) : none;
}

function halves<Item extends { fold: number }>(items: readonly Item[]): [Item[], Item[]] {
  return [items.filter(({ fold }) => fold === 0), items.filter(({ fold }) => fold === 1)];
}

function shiftsOf(residuals: readonly Residual[], levels: readonly number[]): number[] {
  return levels.map((level, q) => {
    const sorted = residuals.map(({ values }) => values[q]!).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.ceil(level * (sorted.length + 1)) - 1)]!;
  });
}

function logLoss(hazards: readonly Hazard[], { slope, intercept }: { slope: number; intercept: number }): number {
  return hazards.reduce((sum, { logit, event }) => {
    const x = slope * logit + intercept;
    return sum + Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - event * x;
  }, 0);
}

/** Maximum a posteriori slope and intercept by Newton's method. */
function fitLogistic(hazards: readonly Hazard[]): { slope: number; intercept: number } {
  let slope = 1;
  let intercept = 0;
  for (let iteration = 0; iteration < 25; iteration++) {
    let [gs, gi] = [PRIOR * (slope - 1), PRIOR * intercept];
    let [hss, hsi, hii] = [PRIOR, 0, PRIOR];
    for (const { logit, event } of hazards) {
      const p = 1 / (1 + Math.exp(-(slope * logit + intercept)));
      const w = p * (1 - p);
      gs += (p - event) * logit;
      gi += p - event;
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
