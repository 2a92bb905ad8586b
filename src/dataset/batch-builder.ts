// The one feature builder: turns a window of a prepared series into the tensors of a batch, for training, verification
// and forecasting alike. Nothing it writes into an InputBatch depends on a value after the origin.
import { createInputBatch } from "./batch.ts";
import { createBreachFeatures } from "./breach-features.ts";
import { calendarCount, createCalendar } from "./calendar.ts";
import type { CandidateColumn } from "./candidate-layout.ts";
import { requiredHistorySteps } from "./grid.ts";
import { assertEnoughHistory } from "./history.ts";
import { type InputBatch, type InputSpec, type TargetBatch, totalChannels } from "./input-spec.ts";
import { createLabelWriter, type LabelOptions } from "./labels.ts";
import { createLevelCandidates } from "./level-candidates.ts";
import { createMetricMeter } from "./metric-window.ts";
import { writeLags, writeObserved } from "./observed-variables.ts";
import type { PreparedSeries } from "./prepared-series.ts";
import { createSeasonalCandidates } from "./seasonal-candidates.ts";
import { createStaticFeatures, STATIC_STATISTICS } from "./static-features.ts";
import { createIdentityWriter, type IdentityOptions } from "./static-identity.ts";
import { layTokens, pointColumn, type TokenColumn } from "./token-layout.ts";
import { targetMetricIndices, transformValue } from "./transform.ts";

/** Fills batches window by window; holds scratch memory, so it serves one caller at a time. */
export interface BatchBuilder {
  /** Makes an input batch of the builder's size. */
  createBatch(): InputBatch;
  /**
   * Writes every input of the window whose last observed step is `origin` at place `index` of `batch`.
   * @throws ForewarnError `insufficient_data` when the context is too short or less than half observed.
   */
  fill(index: number, series: PreparedSeries, origin: number, batch: InputBatch, options?: IdentityOptions): void;
  /** Writes truth, loss weights and incidents of the window that `fill` has put at `index` of `inputs`. */
  fillTargets(
    index: number,
    series: PreparedSeries,
    origin: number,
    inputs: InputBatch,
    labels: TargetBatch,
    options: LabelOptions,
  ): void;
}

/** Makes a builder for batches of `batchSize` windows. */
export function createBatchBuilder(spec: InputSpec, batchSize: number): BatchBuilder {
  const { contextSteps, horizonSteps, patchSteps, intervalMs } = spec;
  const pastLayout = layTokens([...spec.past, ...spec.known], patchSteps);
  const futureLayout = layTokens(spec.known, patchSteps);
  const staticSize = totalChannels(spec.static);
  const firstKnown = spec.past.length;
  const firstLag = calendarCount(spec);
  const firstStatistics = staticSize - spec.targets.length * STATIC_STATISTICS.length;
  const candidateCount = spec.targets.length * spec.candidates.length;
  const breachSize = spec.breachGroupEnds.length * spec.breachFeatures.length;
  const requiredHistory = requiredHistorySteps(spec);

  const targetMetrics = targetMetricIndices(spec);
  const ruleMetrics = spec.breachRules.map((rule) => spec.metrics.indexOf(rule.metric));
  const zeroLevels = spec.metrics.map((_, m) => transformValue(spec.transforms[m]!, spec.ranges[m]!, 0));
  const meter = createMetricMeter(spec);
  const windows = spec.metrics.map(meter.createWindow);
  const calendar = createCalendar(spec);
  const writeIdentity = createIdentityWriter(spec);
  const writeStatistics = createStaticFeatures(spec);
  const writeLevelCandidates = createLevelCandidates(spec);
  const writeSeasonalCandidates = createSeasonalCandidates(spec);
  const breachWriters = spec.breachRules.map((rule) => createBreachFeatures(spec, rule));

  const column: TokenColumn = { out: new Float32Array(0), start: 0, tokenSize: 0, patchSteps };
  const candidateColumn: CandidateColumn = {
    out: column.out,
    start: 0,
    tokenSize: candidateCount * patchSteps,
    patchSteps,
  };

  const fillCalendar = (index: number, series: PreparedSeries, origin: number, batch: InputBatch): void => {
    const originMs = series.startMs + origin * intervalMs;
    const pastStart = index * contextSteps * (pastLayout.tokenSize / patchSteps);
    pointColumn(column, pastLayout, firstKnown, batch.past, pastStart);
    calendar.write(column, originMs - (contextSteps - 1) * intervalMs, contextSteps, 1 - contextSteps);
    const futureStart = index * horizonSteps * (futureLayout.tokenSize / patchSteps);
    pointColumn(column, futureLayout, 0, batch.future, futureStart);
    calendar.write(column, originMs + intervalMs, horizonSteps, 1);
  };

  const fillMetric = (
    index: number,
    metric: number,
    series: PreparedSeries,
    origin: number,
    batch: InputBatch,
  ): void => {
    const window = windows[metric]!;
    const oldest = Math.max(0, origin - requiredHistory + 1);
    meter.measure(window, series.values[metric]!, origin, oldest, spec.scaleFloors[metric]!, zeroLevels[metric]!);
    const pastStart = index * contextSteps * (pastLayout.tokenSize / patchSteps);
    pointColumn(column, pastLayout, metric, batch.past, pastStart);
    writeObserved(column, window, contextSteps);
  };

  const fillTarget = (index: number, target: number, batch: InputBatch): void => {
    const metric = targetMetrics[target]!;
    const window = windows[metric]!;
    const place = index * targetMetrics.length + target;
    batch.location[place] = window.location;
    batch.scale[place] = window.scale;
    batch.offsetUnit[place] = spec.offsetUnit === "scale" ? 1 : window.deviation / window.scale;
    const pastStart = index * contextSteps * (pastLayout.tokenSize / patchSteps);
    pointColumn(column, pastLayout, firstKnown + firstLag + target, batch.past, pastStart);
    writeLags(spec, column, window, contextSteps, 1 - contextSteps);
    const futureStart = index * horizonSteps * (futureLayout.tokenSize / patchSteps);
    pointColumn(column, futureLayout, firstLag + target, batch.future, futureStart);
    writeLags(spec, column, window, horizonSteps, 1);
    const statisticsAt = index * staticSize + firstStatistics + target * STATIC_STATISTICS.length;
    writeStatistics(batch.static, statisticsAt, window, spec.typicalScales[metric]!);
    candidateColumn.out = batch.candidates;
    candidateColumn.start = index * horizonSteps * candidateCount + target * spec.candidates.length * patchSteps;
    writeLevelCandidates(candidateColumn, window);
    writeSeasonalCandidates(candidateColumn, window);
  };

  return {
    createBatch: () => createInputBatch(spec, batchSize),
    fill(index, series, origin, batch, options = {}) {
      assertEnoughHistory(spec, series, origin);
      fillCalendar(index, series, origin, batch);
      writeIdentity(batch.static, index * staticSize, series, options);
      // A target at once, while its values are in the processor's cache.
      for (let metric = 0, target = 0; metric < windows.length; metric++) {
        fillMetric(index, metric, series, origin, batch);
        if (metric === targetMetrics[target]) fillTarget(index, target++, batch);
      }
      for (let r = 0; r < breachWriters.length; r++) {
        const start = (index * breachWriters.length + r) * breachSize;
        breachWriters[r]!(batch.breachFeatures, start, windows[ruleMetrics[r]!]!, series.breaches[r]!);
      }
    },
    fillTargets: createLabelWriter(spec),
  };
}
