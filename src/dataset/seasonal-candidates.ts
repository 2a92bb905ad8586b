// Candidates that differ from step to step: seasonal lags, and profiles over the hours of a day and the days of a week.
// One that cannot be computed is 0 in scaled space, the median of the last 24 h.
import { CANDIDATE_INDEX, type CandidateColumn, candidateOffset } from "./candidate-layout.ts";
import { lagDays, lagIndex, stepsPerDay, stepsPerHour } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import type { MetricWindow } from "./metric-window.ts";
import { nearestRank, sortSmall } from "./select.ts";

/** Makes the function that writes a window's seasonal candidates. */
export function createSeasonalCandidates(spec: InputSpec): (column: CandidateColumn, window: MetricWindow) => void {
  const writeDaily = createDailyCandidates(spec);
  const writeHourly = createHourlyProfile(spec);
  return (column, window) => {
    writeDaily(column, window);
    writeHourly(column, window);
  };
}

function createDailyCandidates(spec: InputSpec): (column: CandidateColumn, window: MetricWindow) => void {
  const { horizonSteps, patchSteps } = spec;
  const day = stepsPerDay(spec);
  const days = lagDays(spec);
  const lags = new Float32Array(days);
  // Sums over the daily lags of the steps at offsets 0 to horizonSteps + 1: the profile is smoothed over its neighbours.
  const sums = new Float64Array(horizonSteps + 2);
  const counts = new Int32Array(horizonSteps + 2);
  const medianRanks = Int32Array.from({ length: days + 1 }, (_, count) => nearestRank(0.5, count));
  const highRanks = Int32Array.from({ length: days + 1 }, (_, count) => nearestRank(0.9, count));

  return (column, window) => {
    const { values, origin, oldest, location } = window;
    const { out } = column;
    const inverseScale = 1 / window.scale;
    const scaled = (value: number): number => (Number.isNaN(value) ? 0 : (value - location) * inverseScale);
    const valueAt = (index: number): number => (index >= oldest ? values[index]! : Number.NaN);

    for (let offset = 0; offset <= horizonSteps + 1; offset++) {
      const latest = lagIndex(origin, offset, day);
      let count = 0;
      let sum = 0;
      for (let back = 0, index = latest; back < days && index >= oldest; back++, index -= day) {
        const value = values[index]!;
        if (Number.isNaN(value)) continue;
        lags[count++] = value;
        sum += value;
      }
      sums[offset] = sum;
      counts[offset] = count;
      if (offset === 0 || offset > horizonSteps) continue;
      sortSmall(lags, 0, count - 1);
      const first = candidateOffset(column, offset - 1, 0);
      out[first + CANDIDATE_INDEX.lag_1_day * patchSteps] = scaled(valueAt(latest));
      out[first + CANDIDATE_INDEX.lag_2_days * patchSteps] = scaled(valueAt(latest - day));
      out[first + CANDIDATE_INDEX.lag_7_days * patchSteps] = scaled(valueAt(lagIndex(origin, offset, 7 * day)));
      out[first + CANDIDATE_INDEX.lag_horizon * patchSteps] = scaled(valueAt(origin + offset - horizonSteps));
      out[first + CANDIDATE_INDEX.daily_lags_median * patchSteps] = count > 0 ? scaled(lags[medianRanks[count]!]!) : 0;
      out[first + CANDIDATE_INDEX.daily_lags_q90 * patchSteps] = count > 0 ? scaled(lags[highRanks[count]!]!) : 0;
    }
    for (let step = 0; step < horizonSteps; step++) {
      const count = counts[step]! + counts[step + 1]! + counts[step + 2]!;
      const sum = sums[step]! + sums[step + 1]! + sums[step + 2]!;
      out[candidateOffset(column, step, CANDIDATE_INDEX.daily_profile)] = count > 0 ? scaled(sum / count) : 0;
    }
  };
}

function createHourlyProfile(spec: InputSpec): (column: CandidateColumn, window: MetricWindow) => void {
  const day = stepsPerDay(spec);
  const hour = stepsPerHour(spec);
  const sums = new Float64Array(hour);
  const counts = new Int32Array(hour);

  return (column, window) => {
    const { values, origin, oldest, location, scale } = window;
    sums.fill(0);
    counts.fill(0);
    const first = Math.max(oldest, origin - day + 1);
    // Slot i holds the steps that lie i steps (and whole hours) before the origin.
    for (let t = origin, slot = 0; t >= first; t--) {
      const value = values[t]!;
      if (!Number.isNaN(value)) {
        sums[slot]! += value;
        counts[slot]!++;
      }
      slot = slot + 1 === hour ? 0 : slot + 1;
    }
    for (let step = 0; step < spec.horizonSteps; step++) {
      const slot = hour - 1 - (step % hour);
      const count = counts[slot]!;
      column.out[candidateOffset(column, step, CANDIDATE_INDEX.hourly_profile)] =
        count > 0 ? (sums[slot]! / count - location) / scale : 0;
    }
  };
}
