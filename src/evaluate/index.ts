// evaluate: whether forecasts were right. Backtests, early-warning scores, benchmarks on public data, reports.
export { type BacktestRequest, runBacktest } from "./backtest/run-backtest.ts";
export { type BinRange, parseBinRange } from "./benchmark/bin-range.ts";
export { type BitbrainsReport, type BitbrainsRequest, runBitbrains } from "./benchmark/bitbrains.ts";
export type { BitbrainsRow, BitbrainsScores } from "./benchmark/bitbrains-scores.ts";
export { type IncidentReport, type IncidentRequest, type IncidentRow, runIncidents } from "./benchmark/incidents.ts";
export { OFFICIAL_BINS, PUBLISHED } from "./benchmark/published.ts";
export type { BenchmarkTraining } from "./benchmark/train-before.ts";
export { type AlertContract, formatAlertContract, parseAlertContract } from "./early-warning/alert-contract.ts";
export { type EvaluationReport, parseEvaluationReport } from "./evaluation-report.ts";
export { breachProbability, type ForecastRecord, type RecordedBreach, type RecordedTarget } from "./forecast-record.ts";
export { REPORT_STYLE_HASH, renderReport } from "./report/render-report.ts";
export { type ClaimOutcome, type ClaimScores, createClaimTally } from "./scoreboard/claim-tally.ts";
export type { LedgerEntry } from "./scoreboard/claims.ts";
export type { ScoreboardOptions, ScoreFilter } from "./scoreboard/options.ts";
export { createScoreboard, type Observation, restoreScoreboard, type Scoreboard } from "./scoreboard/scoreboard.ts";
export type { ScoreboardState } from "./scoreboard/state.ts";
