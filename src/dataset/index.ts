// dataset: series to tensors. One feature builder for training, verification and forecasting; splits without leakage.
export { createInputBatch, createTargetBatch } from "./batch.ts";
export { type BatchBuilder, createBatchBuilder } from "./batch-builder.ts";
export { cutToWindows } from "./cut-series.ts";
export { lagDays, requiredHistorySteps, stepsPerDay, stepsPerHour } from "./grid.ts";
export { assertEnoughHistory, type ContextSummary, hasEnoughHistory, hasTruth, summarizeContext } from "./history.ts";
export {
  type BreachRuleSpec,
  type CategorySpec,
  type InputBatch,
  type InputSpec,
  type TargetBatch,
  totalChannels,
  type VariableSpec,
} from "./input-spec.ts";
export { type LabelOptions, truthIndex } from "./labels.ts";
export { type InputSpecOptions, makeInputSpec } from "./make-input-spec.ts";
export { type MetricStatistics, measureMetrics } from "./metric-statistics.ts";
export { type PreparedBreach, type PreparedSeries, prepareSeries } from "./prepared-series.ts";
export { type SplitOptions, splitTimes, type TimePart, type TimeSplit } from "./splits.ts";
export type { IdentityOptions } from "./static-identity.ts";
export { inverseTransform, invertTarget, targetMetricIndices, transformValue } from "./transform.ts";
export { type VariableMeaning, variableMeanings } from "./variable-meaning.ts";
export {
  openWindowSource,
  readPreparedGroups,
  type WindowSource,
  type WindowSourceOptions,
} from "./window-source.ts";
export { enumerateWindows, sampleWindow, type WindowPlace } from "./windows.ts";
