// Candidates that are the same at every future step: the last value and quantiles of the last hour, day and 7 days.
// One that cannot be computed is 0 in scaled space, the median of the last 24 h.
import { CANDIDATE_INDEX, type CandidateColumn, writeConstant } from "./candidate-layout.ts";
import { stepsPerDay, stepsPerHour } from "./grid.ts";
import type { InputSpec } from "./input-spec.ts";
import type { MetricWindow } from "./metric-window.ts";
import { gatherObserved, nearestRank, selectRanks } from "./select.ts";

const HISTORY_LEVELS = [0.1, 0.5, 0.9] as const;

/** Makes the function that writes a window's level candidates. */
export function createLevelCandidates(spec: InputSpec): (column: CandidateColumn, window: MetricWindow) => void {
  const { horizonSteps } = spec;
  const day = stepsPerDay(spec);
  const hourMedian = createHourMedian(spec);
  const ranks = new Int32Array(HISTORY_LEVELS.length);

  const writeHistory = (column: CandidateColumn, window: MetricWindow): void => {
    const { sample, sampleCount, location, scale } = window;
    for (let i = 0; i < HISTORY_LEVELS.length; i++) ranks[i] = nearestRank(HISTORY_LEVELS[i]!, sampleCount);
    if (sampleCount > 0) selectRanks(sample, sampleCount, ranks);
    for (let i = 0; i < HISTORY_LEVELS.length; i++) {
      const value = sampleCount > 0 ? (sample[ranks[i]!]! - location) / scale : 0;
      writeConstant(column, horizonSteps, CANDIDATE_INDEX.history_q10 + i, value);
    }
  };

  return (column, window) => {
    const { location, scale, dayQuantiles } = window;
    const scaled = (value: number): number => (Number.isNaN(value) ? 0 : (value - location) / scale);
    writeConstant(column, horizonSteps, CANDIDATE_INDEX.last_value, scaled(lastValue(window, day)));
    writeConstant(column, horizonSteps, CANDIDATE_INDEX.hour_median, scaled(hourMedian(window)));
    for (let i = 0; i < dayQuantiles.length; i++) {
      writeConstant(column, horizonSteps, CANDIDATE_INDEX.day_min + i, scaled(dayQuantiles[i]!));
    }
    writeHistory(column, window);
  };
}

/** The steps of a series that may be read, `oldest` to `origin`. */
export type WindowSpan = Pick<MetricWindow, "values" | "origin" | "oldest">;

/** The last observed value of the last 24 h, or NaN. */
export function lastValue({ values, origin, oldest }: WindowSpan, daySteps: number): number {
  const first = Math.max(oldest, origin - daySteps + 1);
  for (let t = origin; t >= first; t--) {
    const value = values[t]!;
    if (!Number.isNaN(value)) return value;
  }
  return Number.NaN;
}

/** Makes the function that takes the median of the last hour up to a window's origin (nearest rank), or NaN. */
export function createHourMedian(spec: InputSpec): (window: WindowSpan) => number {
  const hour = stepsPerHour(spec);
  const scratch = new Float32Array(hour);
  const rank = new Int32Array(1);
  return ({ values, origin, oldest }) => {
    const count = gatherObserved(values, Math.max(oldest, origin - hour + 1), origin, 1, scratch);
    if (count === 0) return Number.NaN;
    rank[0] = nearestRank(0.5, count);
    selectRanks(scratch, count, rank);
    return scratch[rank[0]]!;
  };
}
