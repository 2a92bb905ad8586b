// Everything that a query reads, read before it is evaluated: one request for each selector, equal ones together, all at once.
import { queryFailed } from "../errors.ts";
import { compareLabels, type Labels, labelsOf } from "../labels.ts";
import type { QueryOptions } from "../options.ts";
import { type SeriesSource, type SourceSeries, staleMarkers } from "../source.ts";
import { childrenOf, type Expression, type VectorSelector } from "../syntax/ast.ts";
import type { Budget } from "./budget.ts";
import type { SelectedSeries } from "./context.ts";
import { type Grid, lastTimeOf, lookFrom, type QueryTimes } from "./grid.ts";

/** What a selector needs of the source. */
interface Need {
  selector: VectorSelector;
  startMs: number;
  endMs: number;
  /** Whether the samples of a range are wanted, for which stale markers do not count. */
  isRange: boolean;
}

/**
 * Reads the series of every selector of `expression`.
 * @throws ForewarnError `query_failed` beyond the limits of series and samples; what the source throws.
 */
export async function fetchSeries(
  expression: Expression,
  source: SeriesSource,
  grid: Grid,
  query: QueryTimes,
  options: QueryOptions,
  budget: Budget,
): Promise<Map<VectorSelector, readonly SelectedSeries[]>> {
  const lookbackMs = Math.max(options.lookbackMs, source.maxLookbackMs ?? 0);
  const needs: Need[] = [];
  collectNeeds(expression, grid.startMs, lastTimeOf(grid), query, lookbackMs, needs);
  const reads = new Map<string, Promise<readonly SelectedSeries[]>>();
  for (const need of needs) {
    const key = keyOf(need);
    if (!reads.has(key)) reads.set(key, read(need, source, options, budget));
  }
  await Promise.all(reads.values());
  const selected = new Map<VectorSelector, readonly SelectedSeries[]>();
  for (const need of needs) selected.set(need.selector, await reads.get(keyOf(need))!);
  return selected;
}

/** What two needs share if one request answers both. */
function keyOf({ selector, startMs, endMs, isRange }: Need): string {
  return JSON.stringify([selector.matchers, startMs, endMs, isRange]);
}

async function read(
  need: Need,
  source: SeriesSource,
  { maxSeries, maxSamples, lookbackMs }: QueryOptions,
  budget: Budget,
): Promise<readonly SelectedSeries[]> {
  const { selector, startMs, endMs } = need;
  const found = await budget.wait((signal) =>
    source.select({ matchers: selector.matchers, startMs, endMs, maxSeries, maxSamples, signal }),
  );
  if (found.length > maxSeries) throw queryFailed(`at most ${maxSeries} series of a selector`, "more", "");
  const selected: SelectedSeries[] = [];
  for (const series of found) {
    const one = cut(series, need, lookbackMs);
    budget.takeSamples(one.values.length);
    if (one.values.length > 0) selected.push(one);
    if (budget.work(1000 + one.values.length)) await budget.pause();
  }
  await budget.pause();
  return selected.sort((a, b) => compareLabels(a.labels, b.labels));
}

function collectNeeds(
  expression: Expression,
  firstMs: number,
  lastMs: number,
  query: QueryTimes,
  lookbackMs: number,
  needs: Need[],
): void {
  switch (expression.kind) {
    case "vectorSelector":
    case "matrixSelector": {
      const isRange = expression.kind === "matrixSelector";
      const selector = isRange ? expression.selector : expression;
      const startMs = lookFrom(selector, firstMs, query) - (isRange ? expression.rangeMs : lookbackMs);
      needs.push({ selector, startMs, endMs: lookFrom(selector, lastMs, query), isRange });
      break;
    }
    case "subquery": {
      const beginMs = lookFrom(expression, firstMs, query) - expression.rangeMs;
      const endMs = lookFrom(expression, lastMs, query);
      collectNeeds(expression.expression, beginMs, endMs, query, lookbackMs, needs);
      break;
    }
    default:
      for (const child of childrenOf(expression)) collectNeeds(child, firstMs, lastMs, query, lookbackMs, needs);
  }
}

/** Sources give the same object for a series at every request. */
const labelsByRecord = new WeakMap<SourceSeries["labels"], Labels>();

function knownLabelsOf(record: SourceSeries["labels"]): Labels {
  const known = labelsByRecord.get(record);
  if (known !== undefined) return known;
  const labels = labelsOf(record);
  labelsByRecord.set(record, labels);
  return labels;
}

/** The samples within the need, without stale markers where a range is read. */
function cut(series: SourceSeries, need: Need, defaultLookbackMs: number): SelectedSeries {
  const from = firstAfter(series.timesMs, need.startMs);
  const to = firstAfter(series.timesMs, need.endMs);
  const labels = knownLabelsOf(series.labels);
  const lookbackMs = Math.max(defaultLookbackMs, series.lookbackMs ?? 0);
  const timesMs = series.timesMs.subarray(from, to);
  const values = series.values.subarray(from, to);
  const stale = need.isRange ? new Set(staleMarkers(values)) : null;
  if (stale === null || stale.size === 0) return { labels, timesMs, values, lookbackMs };
  const isKept = (_: number, i: number) => !stale.has(i);
  return { labels, timesMs: timesMs.filter(isKept), values: values.filter(isKept), lookbackMs };
}

/** Index of the first time after `limitMs`, the length if there is none. */
export function firstAfter(timesMs: Float64Array, limitMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesMs[middle]! > limitMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
