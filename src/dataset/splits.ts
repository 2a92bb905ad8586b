// Time-ordered split of a data set: train, then validation, then test. The horizon of a window lies wholly inside its
// part, so no truth is shared; its context may reach back into the part before.
import { ForewarnError, formatDuration } from "../base/index.ts";

/** A span of time that holds the horizons of its windows: [startMs, endMs), epoch milliseconds. */
export interface TimePart {
  startMs: number;
  endMs: number;
}

/** The parts of a data set; validation and test are empty (startMs = endMs) where their fraction is 0. */
export interface TimeSplit {
  train: TimePart;
  validation: TimePart;
  test: TimePart;
}

/** How a data set is split. */
export interface SplitOptions {
  /** Shares of the whole span in [0, 1); a share above 0 is raised to one horizon at least. */
  validationFraction: number;
  testFraction: number;
  horizonMs: number;
  intervalMs: number;
}

/**
 * Cuts [startMs, endMs) at multiples of the interval.
 * @param endMs End of the last step.
 * @throws ForewarnError `insufficient_data` when less than one horizon is left for training.
 */
export function splitTimes(startMs: number, endMs: number, options: SplitOptions): TimeSplit {
  const { validationFraction, testFraction, horizonMs, intervalMs } = options;
  const lengthOf = (fraction: number): number => {
    if (fraction === 0) return 0;
    return Math.max(horizonMs, Math.round(((endMs - startMs) * fraction) / intervalMs) * intervalMs);
  };
  const testStart = endMs - lengthOf(testFraction);
  const validationStart = testStart - lengthOf(validationFraction);
  if (validationStart - startMs < horizonMs) {
    const got = formatDuration(Math.max(0, endMs - startMs));
    throw new ForewarnError(
      "insufficient_data",
      `split: Expected a horizon (${formatDuration(horizonMs)}) of training data beside validation and test, got ${got} in all`,
      { hint: "give more data, a shorter horizon, or smaller validation and test shares" },
    );
  }
  return {
    train: { startMs, endMs: validationStart },
    validation: { startMs: validationStart, endMs: testStart },
    test: { startMs: testStart, endMs },
  };
}
