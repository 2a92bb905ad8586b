// One breach rule replayed under this or that threshold: what a user moves along when looking for the right one.
import type { LedgerEntry } from "./ledger.ts";
import { READING, type ReplayedRule, type ReplayGrid, type ReplayRule, replayRule } from "./replay.ts";

/** How a rule would have done. */
export interface ThresholdScores extends Omit<ReplayedRule, "rule"> {
  /** Claims that came to nothing, for each week for which a server was forecast. */
  falsePerServerWeek: number;
}

/** A rule fires from `probability` on, and goes off below `clearProbability`. */
export interface Threshold {
  probability: number;
  clearProbability: number;
}

/** Replays a rule of any name; in pieces, so that others get a turn in between. */
export type ThresholdReplay = (
  rule: Omit<ReplayRule, "id">,
  threshold: Threshold,
) => Generator<void, ThresholdScores & { entries: LedgerEntry[] }>;

const WEEK_MS = 7 * 86_400_000;

/**
 * Makes replays of what was said about one event within one horizon.
 * @param probabilities Of an onset within the horizon, NaN where there is no forecast: one array [ticks] for each lane.
 */
export function createThresholdReplay(grid: ReplayGrid, probabilities: readonly Float32Array[]): ThresholdReplay {
  const readings = new Uint8Array(grid.ticksMs.length);
  const lanes: Lane[] = [];
  const laneAt = (index: number): Lane => {
    lanes[index] ??= lookThrough(probabilities[index]!);
    return lanes[index];
  };
  return function* replay(rule, { probability, clearProbability }) {
    const readingsOf = (index: number): Uint8Array => {
      const { highest, calm } = laneAt(index);
      if (highest < probability) return calm;
      const lane = probabilities[index]!;
      for (let tick = 0; tick < lane.length; tick++) {
        const value = lane[tick]!;
        if (value >= probability) readings[tick] = READING.on;
        else if (value < clearProbability) readings[tick] = READING.clear;
        else readings[tick] = Number.isNaN(value) ? READING.none : READING.between;
      }
      return readings;
    };
    const { rule: _, ...replayed } = yield* replayRule({ ...rule, id: "" }, grid, readingsOf);
    const forecasts = lanes.reduce((sum, lane) => sum + lane.forecasts, 0);
    const weeks = (forecasts * tickDistanceMs(grid)) / WEEK_MS;
    return { ...replayed, falsePerServerWeek: replayed.record.false / weeks };
  };
}

/** What does not depend on the threshold: most servers never come near most of them. */
interface Lane {
  highest: number;
  /** The readings of a threshold that is never reached. */
  calm: Uint8Array;
  forecasts: number;
}

function lookThrough(probabilities: Float32Array): Lane {
  const calm = new Uint8Array(probabilities.length);
  let [highest, forecasts] = [0, 0];
  for (const [tick, value] of probabilities.entries()) {
    if (Number.isNaN(value)) continue;
    calm[tick] = READING.clear;
    forecasts++;
    if (value > highest) highest = value;
  }
  return { highest, calm, forecasts };
}

/** The usual distance of ticks: for so long a forecast stands. */
function tickDistanceMs({ ticksMs, intervalMs }: ReplayGrid): number {
  const distances = ticksMs
    .subarray(1)
    .map((tickMs, before) => tickMs - ticksMs[before]!)
    .sort();
  return distances[distances.length >> 1] ?? intervalMs;
}
