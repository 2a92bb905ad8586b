// Quantiles of classic histograms: cumulative buckets with their upper bounds in the label `le`.
import { dropLabels, labelKey, labelValue, METRIC_NAME } from "../labels.ts";
import type { Call } from "../syntax/ast.ts";
import type { EvaluationContext } from "./context.ts";
import { emptySeries, mergeSeries, type StepSeries } from "./values.ts";

/** A bucket: how many observations are at most `upperBound`. */
export interface Bucket {
  upperBound: number;
  count: number;
}

const BUCKET_LABELS: ReadonlySet<string> = new Set([METRIC_NAME, "le"]);

/** Relative difference of counts that is taken for a rounding error. */
const SMALL_DELTA = 1e-12;

/** `histogram_quantile(level, vector)`: one series for every set of labels without `le`. */
export async function histogramQuantile(
  call: Call,
  levels: Float64Array,
  series: readonly StepSeries[],
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const groups = new Map<string, { upperBound: number; series: StepSeries }[]>();
  for (const one of series) {
    const upperBound = parseBound(labelValue(one.labels, "le"));
    if (upperBound === null) continue;
    const key = labelKey(dropLabels(one.labels, BUCKET_LABELS));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ upperBound, series: one }]);
    else group.push({ upperBound, series: one });
  }
  const results: StepSeries[] = [];
  for (const members of groups.values()) {
    context.budget.takePoints(levels.length);
    const result = emptySeries(dropLabels(members[0]!.series.labels, BUCKET_LABELS), levels.length);
    for (let step = 0; step < levels.length; step++) {
      if (context.budget.work(members.length * 40)) await context.budget.pause();
      const present = members.filter(({ series }) => series.present[step] === 1);
      if (present.length === 0) continue;
      const buckets = present.map(({ upperBound, series }) => ({ upperBound, count: series.values[step]! }));
      result.values[step] = bucketQuantile(levels[step]!, buckets);
      result.present[step] = 1;
    }
    results.push(result);
  }
  return mergeSeries(results, context.positionOf(call));
}

/**
 * The quantile within cumulative buckets in any order, interpolated linearly within its bucket. NaN without a bucket
 * for +Inf, another one and an observation; the highest finite bound if it lies above (prometheus promql/quantile.go).
 */
export function bucketQuantile(level: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(level)) return Number.NaN;
  if (level < 0) return -Infinity;
  if (level > 1) return Infinity;
  const buckets = makeMonotonic(coalesce(unsorted.toSorted((a, b) => compareNumbers(a.upperBound, b.upperBound))));
  const highest = buckets.at(-1)!;
  if (highest.upperBound !== Infinity || buckets.length < 2) return Number.NaN;
  if (highest.count === 0 || Number.isNaN(highest.count)) return Number.NaN;
  const rank = level * highest.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  if (index === buckets.length - 1 || index < 0) return buckets.at(-2)!.upperBound;
  const { upperBound, count } = buckets[index]!;
  if (index === 0 && upperBound <= 0) return upperBound;
  const below = index === 0 ? { upperBound: 0, count: 0 } : buckets[index - 1]!;
  return below.upperBound + (upperBound - below.upperBound) * ((rank - below.count) / (count - below.count));
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Adds up buckets of the same bound, which different writings of a number make. */
function coalesce(sorted: readonly Bucket[]): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { upperBound, count } of sorted) {
    const previous = buckets.at(-1);
    if (previous?.upperBound === upperBound) previous.count += count;
    else buckets.push({ upperBound, count });
  }
  return buckets;
}

/** Lifts counts that fall from one bucket to the next, and levels differences too small to be real. */
function makeMonotonic(buckets: Bucket[]): Bucket[] {
  for (let i = 1; i < buckets.length; i++) {
    const [before, bucket] = [buckets[i - 1]!.count, buckets[i]!];
    const isSmall = Math.abs(bucket.count - before) < SMALL_DELTA * (Math.abs(bucket.count) + Math.abs(before));
    if (isSmall || bucket.count < before) bucket.count = before;
  }
  return buckets;
}

/** A number as Go reads it, or null. */
function parseBound(text: string): number | null {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}
