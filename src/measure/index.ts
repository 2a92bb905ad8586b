// measure: scores of forecasts and of event probabilities, and the trivial baselines they are compared with. Pure
// functions over arrays; no models, no files.
export { type Baseline, last24hQuantiles, lastValueQuantiles, quantileOf, yesterdayQuantiles } from "./baselines.ts";
export { createForecastTally, type ForecastScores, type ForecastTally } from "./forecast-tally.ts";
export {
  type BandScore,
  meanAbsoluteError,
  pinball,
  scoreBand,
  seasonalScale,
  weightedQuantileLoss,
} from "./point-scores.ts";
export { brierScore, type ReliabilityBin, reliabilityTable } from "./probability-scores.ts";
