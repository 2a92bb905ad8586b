// Makes the InputSpec of a model from a contract and what its training rows look like.
import { ForewarnError } from "../base/index.ts";
import { breachRuleSteps, type Contract, intervalMs, type Metric } from "../contract/index.ts";
import { BREACH_FEATURES } from "./breach-features.ts";
import { calendarVariables } from "./calendar.ts";
import { CANDIDATES } from "./candidate-layout.ts";
import { DAY_MS } from "./grid.ts";
import type { InputSpec, VariableSpec } from "./input-spec.ts";
import type { MetricStatistics } from "./metric-statistics.ts";
import { LAG_CHANNELS, OBSERVED_CHANNELS } from "./observed-variables.ts";
import { STATIC_STATISTICS } from "./static-features.ts";
import { transformedRange } from "./transform.ts";

const FLOOR_SHARE_OF_TYPICAL = 0.02;
const FLOOR_SHARE_OF_RANGE = 0.002;
const GROUP_ENDS_MS = [0.5, 1, 2, 4, 8].map((hours) => hours * 3_600_000);

/** Sizes that a recipe chooses, in steps of the contract's interval. */
export interface InputSpecOptions {
  contextSteps: number;
  horizonSteps: number;
  patchSteps: number;
  historySteps: number;
  /** Whether server names are an input. */
  serverEmbedding: boolean;
  /** The training servers; needed for `serverEmbedding`. */
  servers?: readonly string[];
  /** Length of the training data; without it the calendar is that of a short one. */
  trainingSpanMs?: number;
}

/**
 * Makes the spec: all present metrics are read, those of role target are forecast; a metric without any value in the
 * training rows is left out and listed in `absentMetrics`, with its breach rules.
 * @param statistics One entry per contract metric ({@link measureMetrics}).
 * @throws ForewarnError `usage_invalid` for sizes that do not fit, `interval_mismatch` when the interval does not
 *   divide a day, `insufficient_data` when no target has a value.
 */
export function makeInputSpec(
  contract: Contract,
  statistics: readonly MetricStatistics[],
  options: InputSpecOptions,
): InputSpec {
  const { contextSteps, horizonSteps, patchSteps, historySteps } = options;
  const stepMs = intervalMs(contract);
  checkSizes(contract, stepMs, options);

  const columns = contract.metrics.flatMap((_, column) => (statistics[column]!.present ? [column] : []));
  const metrics = columns.map((column) => contract.metrics[column]!);
  const targets = metrics.filter(({ role }) => role === "target").map(({ name }) => name);
  if (targets.length === 0) {
    throw new ForewarnError("insufficient_data", `${contract.name}: Expected values of at least one target, got none`, {
      hint: "check the column mapping, or set role: target on a metric of the contract that has data",
    });
  }
  const typicalScales = columns.map((column) => statistics[column]!.typicalScale);
  const labels = contract.labels.map(({ name, values }) => ({ name, vocabulary: [...values] }));
  const serverVocabulary = options.serverEmbedding ? [...(options.servers ?? [])].sort() : [];

  return {
    intervalMs: stepMs,
    contextSteps,
    horizonSteps,
    historySteps,
    patchSteps,
    metrics: metrics.map(({ name }) => name),
    metricColumns: columns,
    absentMetrics: contract.metrics.filter((_, column) => !statistics[column]!.present).map(({ name }) => name),
    targets,
    transforms: metrics.map(({ transform }) => transform),
    ranges: metrics.map(({ min, max }) => ({ min, max })),
    scaleFloors: metrics.map((metric, i) => scaleFloor(metric, typicalScales[i]!)),
    typicalScales,
    labels,
    serverVocabulary,
    past: metrics.map(({ name }) => ({ name, channels: OBSERVED_CHANNELS })),
    known: [
      ...calendarVariables(options.trainingSpanMs ?? 0),
      ...targets.map((name) => ({ name: `lag_${name}`, channels: LAG_CHANNELS })),
    ],
    static: [
      ...labels.map(({ name, vocabulary }) => ({ name, channels: vocabulary.length + 1 })),
      ...serverVariable(serverVocabulary),
      ...targets.map((name) => ({ name: `stats_${name}`, channels: STATIC_STATISTICS.length })),
    ],
    candidates: [...CANDIDATES],
    offsetUnit: "deviation",
    breachRules: breachRuleSteps(contract).filter(({ metric }) => metrics.some(({ name }) => name === metric)),
    breachGroupEnds: groupEnds(stepMs, horizonSteps),
    breachReadings: "both",
    breachFeatures: [...BREACH_FEATURES],
  };
}

function serverVariable(vocabulary: readonly string[]): VariableSpec[] {
  return vocabulary.length === 0 ? [] : [{ name: "server", channels: vocabulary.length + 1 }];
}

function scaleFloor(metric: Metric, typicalScale: number): number {
  const range = transformedRange(metric.transform, metric);
  return Math.max(FLOOR_SHARE_OF_TYPICAL * typicalScale, FLOOR_SHARE_OF_RANGE * (range ?? 0));
}

function groupEnds(stepMs: number, horizonSteps: number): number[] {
  const ends = GROUP_ENDS_MS.map((ms) => Math.round(ms / stepMs)).filter((end) => end >= 1 && end < horizonSteps);
  return [...new Set(ends), horizonSteps];
}

function checkSizes(contract: Contract, stepMs: number, options: InputSpecOptions): void {
  if (DAY_MS % stepMs !== 0) {
    throw new ForewarnError(
      "interval_mismatch",
      `${contract.name}: Expected an interval that divides a day, got ${contract.interval}`,
    );
  }
  const { patchSteps } = options;
  for (const name of ["contextSteps", "horizonSteps", "patchSteps", "historySteps"] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 1) {
      throw new ForewarnError("usage_invalid", `${name}: Expected a whole number from 1 up, got ${options[name]}`);
    }
  }
  for (const name of ["contextSteps", "horizonSteps"] as const) {
    if (options[name] % patchSteps !== 0) {
      throw new ForewarnError(
        "usage_invalid",
        `${name}: Expected a multiple of the ${patchSteps} steps of a token, got ${options[name]}`,
      );
    }
  }
}
