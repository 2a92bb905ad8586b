// Exponential smoothing with a damped trend and a season of a day (Holt-Winters, additive; ETS(A,Ad,A) in error form).
// Our own small one: no typed npm library of it is maintained.
import { type Baseline, layOut } from "./baseline.ts";
import { changeOffsets } from "./changes.ts";

/** How fast level, trend and season follow the errors. */
interface Smoothing {
  level: number;
  trend: number;
  season: number;
}

/** What is left of the trend at each further step. */
const DAMPING = 0.9;

/** Without a season. The trend follows at most a tenth of what the level does. */
const PLAIN: readonly Smoothing[] = [0.05, 0.2, 0.5, 0.9].flatMap((level) =>
  [0, 0.1].map((trend) => ({ level, trend: trend * level, season: 0 })),
);

/** With a season, which follows at most what the level leaves over. */
const SEASONAL: readonly Smoothing[] = PLAIN.flatMap((plain) =>
  [0, 0.1, 0.4].map((season) => ({ ...plain, season: season * (1 - plain.level) })),
);

/**
 * ETS(A,Ad,A) or, without a season, ETS(A,Ad,N): level, damped trend and season of a day, smoothed with the choice of a
 * small grid that has the least sum of squared one-step errors after the first day (the first such choice at a tie). The
 * season begins as the first day's distance from its mean; histories shorter than 2 days have none. At a gap the state
 * moves on without an error. Quantiles are those of the one-step errors times the growth of the model's standard
 * deviation with the lead.
 * @see Hyndman, Koehler, Ord & Snyder 2008, Forecasting with Exponential Smoothing, ch. 3 and table 6.1.
 */
export const exponentialSmoothingQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const first = history.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return new Float32Array(horizonSteps * levels.length).fill(Number.NaN);
  const known = history.subarray(first);
  const hasSeason = known.length >= 2 * stepsPerDay;
  const scoredFrom = hasSeason ? stepsPerDay : Math.min(1, known.length - 1);
  const seasonal = hasSeason ? SEASONAL.map((smoothing) => ({ smoothing, period: stepsPerDay })) : [];
  const choices = [...PLAIN.map((smoothing) => ({ smoothing, period: 1 })), ...seasonal];
  const errors = new Float32Array(known.length);
  let best = choices[0]!;
  let least = Infinity;
  for (const choice of choices) {
    const { squares } = smooth(known, choice, errors, scoredFrom, least);
    if (squares < least) [best, least] = [choice, squares];
  }
  const { level, trend, season } = smooth(known, best, errors, scoredFrom, Infinity);
  const scored = errors.subarray(scoredFrom).filter((error) => !Number.isNaN(error));
  const centre = (step: number): number =>
    level + trend * dampedSteps(step + 1) + season[(known.length + step) % best.period]!;
  return layOut(horizonSteps, changeOffsets(scored.sort(), levels), centre, growth(best, horizonSteps));
};

/** One way to smooth; a period of 1 step is no season. */
interface Choice {
  smoothing: Smoothing;
  period: number;
}

interface Smoothed {
  level: number;
  trend: number;
  /** Season by step modulo the period. */
  season: Float64Array;
  /** Sum of the squared errors from the first scored step on. */
  squares: number;
}

/**
 * Runs the recursion over `values`, whose first one is known, and writes the one-step errors (NaN at gaps); gives up as
 * soon as the sum of their squares reaches `limit`.
 */
function smooth(
  values: Float32Array,
  { smoothing, period }: Choice,
  errors: Float32Array,
  scoredFrom: number,
  limit: number,
): Smoothed {
  const start = firstSeason(values, period);
  const { season } = start;
  let { level } = start;
  let trend = 0;
  let phase = 0;
  let squares = 0;
  for (let t = 0; t < values.length && squares < limit; t++) {
    level += DAMPING * trend;
    trend *= DAMPING;
    const error = values[t]! - level - season[phase]!;
    errors[t] = error;
    if (!Number.isNaN(error)) {
      level += smoothing.level * error;
      trend += smoothing.trend * error;
      season[phase]! += smoothing.season * error;
      if (t >= scoredFrom) squares += error * error;
    }
    if (++phase === period) phase = 0;
  }
  return { level, trend, season, squares };
}

/** Level and season to begin with: mean of the first period and the distance from it, 0 at gaps. */
function firstSeason(values: Float32Array, period: number): { level: number; season: Float64Array } {
  const day = values.subarray(0, period);
  const observed = day.filter((value) => !Number.isNaN(value));
  const level = observed.reduce((sum, value) => sum + value, 0) / observed.length;
  return { level, season: Float64Array.from(day, (value) => (Number.isNaN(value) ? 0 : value - level)) };
}

/** phi + phi^2 + ... + phi^steps: how many full steps of trend the damped trend makes. */
function dampedSteps(steps: number): number {
  return (DAMPING * (1 - DAMPING ** steps)) / (1 - DAMPING);
}

/** Standard deviation at each lead relative to one step: sqrt(1 + sum of c_j^2), j < lead. */
function growth({ smoothing, period }: Choice, horizonSteps: number): (step: number) => number {
  const deviations = new Float64Array(horizonSteps);
  let variance = 1;
  for (let step = 0; step < horizonSteps; step++) {
    deviations[step] = Math.sqrt(variance);
    const lead = step + 1;
    const season = lead % period === 0 ? smoothing.season : 0;
    variance += (smoothing.level + smoothing.trend * dampedSteps(lead) + season) ** 2;
  }
  return (step) => deviations[step]!;
}
