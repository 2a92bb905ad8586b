// Seasonal naive of a day, as textbooks and published tables have it.
import { normalQuantile } from "../quantile.ts";
import { type Baseline, carryForward, layOut } from "./baseline.ts";
import { seasonBefore } from "./same-time.ts";

/**
 * The value 24 h earlier at the median, and normal quantiles around it: the standard deviation is the root mean square
 * of the method's own past errors, times sqrt(k) in the k-th day of the horizon.
 * @see Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., ch. 5.2 and 5.5.
 */
export const seasonalNaiveQuantiles: Baseline = (history, horizonSteps, levels, stepsPerDay) => {
  const filled = carryForward(history);
  let squares = 0;
  let count = 0;
  for (let t = stepsPerDay; t < filled.length; t++) {
    const error = filled[t]! - filled[t - stepsPerDay]!;
    if (Number.isNaN(error)) continue;
    squares += error * error;
    count++;
  }
  const deviation = count > 0 ? Math.sqrt(squares / count) : 0;
  return layOut(
    horizonSteps,
    levels.map(normalQuantile),
    seasonBefore(filled, stepsPerDay),
    (step) => deviation * Math.sqrt(Math.floor(step / stepsPerDay) + 1),
  );
};
