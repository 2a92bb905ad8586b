// The trivial forecasters that every table of an evaluation shows beside the model.
import type { Baseline } from "./baseline.ts";
import { driftQuantiles } from "./drift.ts";
import { exponentialSmoothingQuantiles } from "./exponential-smoothing.ts";
import { lastValueQuantiles } from "./last-value.ts";
import { last24hQuantiles, lastHourQuantiles } from "./recent-quantiles.ts";
import { lastWeekQuantiles, yesterdayQuantiles } from "./same-time.ts";
import { seasonalNaiveQuantiles } from "./seasonal-naive.ts";

/** All baselines by the name that reports print, in the order that they print them. */
export const BASELINES: Readonly<Record<string, Baseline>> = {
  "last value": lastValueQuantiles,
  "last 1 h": lastHourQuantiles,
  "last 24 h": last24hQuantiles,
  "same time yesterday": yesterdayQuantiles,
  "same time last week": lastWeekQuantiles,
  "seasonal naive": seasonalNaiveQuantiles,
  drift: driftQuantiles,
  "exponential smoothing": exponentialSmoothingQuantiles,
};

export type { Baseline } from "./baseline.ts";
export { driftQuantiles } from "./drift.ts";
export { exponentialSmoothingQuantiles } from "./exponential-smoothing.ts";
export { lastValueQuantiles } from "./last-value.ts";
export { last24hQuantiles, lastHourQuantiles } from "./recent-quantiles.ts";
export { lastWeekQuantiles, yesterdayQuantiles } from "./same-time.ts";
export { seasonalNaiveQuantiles } from "./seasonal-naive.ts";
