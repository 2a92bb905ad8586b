// measure: scores of forecasts and of event probabilities, and the trivial baselines they are compared with. Pure
// functions over arrays; no models, no files.
export {
  BASELINES,
  type Baseline,
  last24hQuantiles,
  lastHourQuantiles,
  lastValueQuantiles,
  seasonalNaiveQuantiles,
  yesterdayQuantiles,
} from "./baselines/index.ts";
export { comparePaired, type Interval, type PairedComparison, type ServerSums } from "./bootstrap.ts";
export { averagePrecision, bestF1Threshold, rocAuc } from "./discrimination.ts";
export { createForecastTally, type ForecastScores, type ForecastTally, type TallyState } from "./forecast-tally.ts";
export { meanAbsoluteError, meanAbsoluteScaledError, normalizedDeviation, seasonalScale } from "./point-scores.ts";
export { brierScore, brierSkill, logScore } from "./probability-scores.ts";
export {
  createProbabilityTally,
  type ProbabilityScores,
  type ProbabilityTally,
  type ProbabilityTallyState,
} from "./probability-tally.ts";
export { quantileOf } from "./quantile.ts";
export {
  addToPit,
  type BandScore,
  pinball,
  pitWidths,
  scoreBand,
  weightedQuantileLoss,
} from "./quantile-scores.ts";
export { expectedCalibrationError, type ReliabilityBin, reliabilityTable, wilsonInterval } from "./reliability.ts";
