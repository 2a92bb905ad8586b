// Aggregations: series of equal grouping labels become one, or keep only some of their values.
import { queryFailed } from "../errors.ts";
import { formatLabelValue } from "../format-value.ts";
import { dropLabels, keepLabels, type Labels, labelKey, METRIC_NAME, withLabel } from "../labels.ts";
import { type Aggregation, type AggregationName, type StringLiteral, unwrap } from "../syntax/ast.ts";
import type { EvaluationContext } from "./context.ts";
import {
  count,
  deviation,
  maximum,
  mean,
  minimum,
  one,
  quantile,
  type Statistic,
  sum,
  variance,
} from "./statistics.ts";
import { emptySeries, mergeSeries, type StepSeries } from "./values.ts";

/** Aggregations that are a statistic of the values at each step. */
const STATISTICS: Partial<Record<AggregationName, Statistic>> = {
  sum,
  avg: mean,
  min: minimum,
  max: maximum,
  count,
  group: one,
  stddev: deviation,
  stdvar: variance,
};

/** The series of one group and the labels they share. */
interface Group {
  labels: Labels;
  members: StepSeries[];
}

/**
 * Aggregates a vector.
 * @param parameters The scalar parameter over the steps, for topk, bottomk and quantile.
 */
export async function aggregate(
  aggregation: Aggregation,
  series: readonly StepSeries[],
  parameters: Float64Array | null,
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const results: StepSeries[] = [];
  for (const group of groupSeries(aggregation, series)) {
    for (const result of await aggregateGroup(aggregation, group, parameters, steps, context)) results.push(result);
    await context.budget.pause();
  }
  return aggregation.name === "count_values" ? mergeSeries(results, context.positionOf(aggregation)) : results;
}

async function aggregateGroup(
  aggregation: Aggregation,
  group: Group,
  parameters: Float64Array | null,
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const { name } = aggregation;
  if (name === "topk" || name === "bottomk") {
    return await selectBest(aggregation, group.members, parameters!, steps, context);
  }
  if (name === "count_values") return await countValues(aggregation, group, steps, context);
  const statistic = STATISTICS[name];
  return [
    await statisticOf(group, steps, context, (values, to, step) =>
      statistic === undefined ? quantile(parameters![step]!, values, 0, to) : statistic(values, 0, to),
    ),
  ];
}

function groupSeries({ grouping, isWithout }: Aggregation, series: readonly StepSeries[]): Group[] {
  const names = new Set(isWithout ? [...grouping, METRIC_NAME] : grouping);
  const groups = new Map<string, Group>();
  for (const one of series) {
    const labels = isWithout ? dropLabels(one.labels, names) : keepLabels(one.labels, names);
    const key = labelKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, members: [one] });
    else group.members.push(one);
  }
  return [...groups.values()];
}

/** One series: at each step a function of the values of all members that have one. */
async function statisticOf(
  { labels, members }: Group,
  steps: number,
  context: EvaluationContext,
  of: (values: Float64Array, to: number, step: number) => number,
): Promise<StepSeries> {
  context.budget.takePoints(steps);
  const result = emptySeries(labels, steps);
  const values = new Float64Array(members.length);
  for (let step = 0; step < steps; step++) {
    if (context.budget.work(members.length * 4)) await context.budget.pause();
    let to = 0;
    for (const member of members) if (member.present[step] === 1) values[to++] = member.values[step]!;
    if (to === 0) continue;
    result.values[step] = of(values, to, step);
    result.present[step] = 1;
  }
  return result;
}

/** The k largest or smallest values at each step, each in its own series; NaN comes last. */
async function selectBest(
  aggregation: Aggregation,
  members: readonly StepSeries[],
  parameters: Float64Array,
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const sign = aggregation.name === "topk" ? -1 : 1;
  const chosen = new Map<StepSeries, StepSeries>();
  for (let step = 0; step < steps; step++) {
    if (context.budget.work(members.length * 40)) await context.budget.pause();
    const size = parameters[step]!;
    if (!(Math.abs(size) <= Number.MAX_SAFE_INTEGER)) {
      throw queryFailed(`a number of series for ${aggregation.name}`, String(size), context.positionOf(aggregation));
    }
    const ranked = members
      .filter(({ present }) => present[step] === 1)
      .sort((a, b) => compareValues(a.values[step]!, b.values[step]!, sign));
    for (const member of ranked.slice(0, Math.max(0, Math.trunc(size)))) {
      let result = chosen.get(member);
      if (result === undefined) {
        context.budget.takePoints(steps);
        result = { labels: member.labels, values: member.values, present: new Uint8Array(steps) };
        chosen.set(member, result);
      }
      result.present[step] = 1;
    }
  }
  return [...chosen.values()];
}

/** Orders values, ascending for sign 1 and descending for -1, NaN last in both. */
export function compareValues(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -sign : sign;
}

/** For every value the number of members that have it, with the value as a label. */
async function countValues(
  aggregation: Aggregation,
  group: Group,
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const label = (unwrap(aggregation.parameter!) as StringLiteral).value;
  if (label === "") throw queryFailed("a label name", "an empty one", context.positionOf(aggregation));
  const results = new Map<string, StepSeries>();
  for (const { values, present } of group.members) {
    if (context.budget.work(steps * 100)) await context.budget.pause();
    for (let step = 0; step < steps; step++) {
      if (present[step] === 0) continue;
      const text = formatLabelValue(values[step]!);
      let result = results.get(text);
      if (result === undefined) {
        context.budget.takePoints(steps);
        result = emptySeries(withLabel(group.labels, label, text), steps);
        results.set(text, result);
      }
      result.values[step]! += 1;
      result.present[step] = 1;
    }
  }
  return [...results.values()];
}
