// Range vectors: the samples of a selector, or the steps of a subquery, seen through a window that moves with the step.
import { dropName, type Labels, NO_LABELS } from "../labels.ts";
import {
  type Call,
  type Expression,
  type MatrixSelector,
  type Modifiers,
  type Subquery,
  unwrap,
} from "../syntax/ast.ts";
import { absentLabels } from "./absent.ts";
import type { EvaluationContext } from "./context.ts";
import { firstAfter } from "./fetch.ts";
import { alignedGrid, type Grid, lastTimeOf, lookFrom, timeOf } from "./grid.ts";
import { NAME_KEEPING, RANGE_FUNCTIONS, type Window } from "./range-functions.ts";
import { emptySeries, mergeSeries, type StepSeries } from "./values.ts";

/** The samples of one series. */
export interface SampledSeries {
  labels: Labels;
  timesMs: Float64Array;
  values: Float64Array;
}

/** The series of a range vector, with how long the range is and where it ends. */
export interface RangeVector {
  series: readonly SampledSeries[];
  rangeMs: number;
  modifiers: Modifiers;
}

/** Evaluates a range vector; its window is cut by whoever uses it. */
export async function evaluateRange(
  expression: Expression,
  grid: Grid,
  context: EvaluationContext,
): Promise<RangeVector> {
  const range = unwrap(expression) as MatrixSelector | Subquery;
  if (range.kind === "matrixSelector") {
    const { selector, rangeMs } = range;
    return { series: context.selected.get(selector)!, rangeMs, modifiers: selector };
  }
  return { series: await evaluateSubquery(range, grid, context), rangeMs: range.rangeMs, modifiers: range };
}

async function evaluateSubquery(subquery: Subquery, grid: Grid, context: EvaluationContext): Promise<SampledSeries[]> {
  const { expression, rangeMs, stepMs } = subquery;
  const firstMs = lookFrom(subquery, grid.startMs, context.query);
  const lastMs = lookFrom(subquery, lastTimeOf(grid), context.query);
  const inner = alignedGrid(firstMs - rangeMs, lastMs, stepMs ?? context.options.subqueryStepMs);
  if (inner.count === 0) return [];
  context.budget.takePoints(inner.count);
  const value = await context.evaluate(expression, inner);
  const timesMs = Float64Array.from({ length: inner.count }, (_, step) => timeOf(inner, step));
  return value.kind === "vector" ? value.series.map((series) => samplesOf(series, timesMs)) : [];
}

function samplesOf({ labels, values, present }: StepSeries, timesMs: Float64Array): SampledSeries {
  const isPresent = (_: number, step: number) => present[step] === 1;
  return { labels, timesMs: timesMs.filter(isPresent), values: values.filter(isPresent) };
}

/** The samples that a range vector holds at one instant. */
export function samplesAt(
  { timesMs, values }: SampledSeries,
  { rangeMs, modifiers }: RangeVector,
  timeMs: number,
  context: EvaluationContext,
): { timesMs: Float64Array; values: Float64Array } {
  const endMs = lookFrom(modifiers, timeMs, context.query);
  const from = firstAfter(timesMs, endMs - rangeMs);
  const to = firstAfter(timesMs, endMs);
  return { timesMs: timesMs.subarray(from, to), values: values.subarray(from, to) };
}

/** Calls a function of a range vector at every step. @param parameters Its scalar argument over the steps, if any. */
export async function callRangeFunction(
  call: Call,
  range: RangeVector,
  parameters: Float64Array | null,
  grid: Grid,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const apply = RANGE_FUNCTIONS.get(call.name)!;
  const results: StepSeries[] = [];
  for (const series of range.series) {
    context.budget.takePoints(grid.count);
    const labels = NAME_KEEPING.has(call.name) ? series.labels : dropName(series.labels);
    const result = emptySeries(labels, grid.count);
    let isSeen = false;
    for (const [step, window] of windowsOf(series, range, grid, context)) {
      if (context.budget.work(1 + window.to - window.from)) await context.budget.pause();
      const value = apply(window, parameters?.[step] ?? 0);
      if (value === undefined) continue;
      result.values[step] = value;
      result.present[step] = 1;
      isSeen = true;
    }
    if (isSeen) results.push(result);
    await context.budget.pause();
  }
  return mergeSeries(results, context.positionOf(call));
}

/** `absent_over_time`: 1 at every step at which no series has a sample in its window. */
export async function absentOverTime(
  call: Call,
  range: RangeVector,
  grid: Grid,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const result = emptySeries(absentLabels(call.args[0]!) ?? NO_LABELS, grid.count);
  result.values.fill(1);
  result.present.fill(1);
  for (const series of range.series) {
    for (const [step] of windowsOf(series, range, grid, context)) result.present[step] = 0;
    if (context.budget.work(grid.count)) await context.budget.pause();
  }
  return [result];
}

/** Every step whose window holds samples. The window is one object, changed from step to step. */
function* windowsOf(
  { timesMs, values }: SampledSeries,
  { rangeMs, modifiers }: RangeVector,
  grid: Grid,
  { query }: EvaluationContext,
): Generator<[number, Window]> {
  const window: Window = { timesMs, values, from: 0, to: 0, startMs: 0, endMs: 0, evaluationMs: 0 };
  for (let step = 0; step < grid.count; step++) {
    window.evaluationMs = timeOf(grid, step);
    window.endMs = lookFrom(modifiers, window.evaluationMs, query);
    window.startMs = window.endMs - rangeMs;
    while (window.from < timesMs.length && timesMs[window.from]! <= window.startMs) window.from++;
    while (window.to < timesMs.length && timesMs[window.to]! <= window.endMs) window.to++;
    if (window.to > window.from) yield [step, window];
  }
}
