// Instant vectors: at every step the newest sample of each series that is young enough and not stale.
import { staleMarkers } from "../source.ts";
import type { VectorSelector } from "../syntax/ast.ts";
import type { EvaluationContext, SelectedSeries } from "./context.ts";
import { type Grid, lookFrom, timeOf } from "./grid.ts";
import { emptySeries, type StepSeries } from "./values.ts";

/**
 * Evaluates a selector at every step.
 * @param wanted Whether the values of the samples are wanted or their times in seconds.
 */
export async function selectInstants(
  selector: VectorSelector,
  grid: Grid,
  context: EvaluationContext,
  wanted: "values" | "seconds",
): Promise<StepSeries[]> {
  const series: StepSeries[] = [];
  for (const selected of context.selected.get(selector)!) {
    context.budget.takePoints(grid.count);
    context.budget.work(grid.count);
    const found = lookUp(selected, selector, grid, context, wanted);
    if (found !== null) series.push(found);
    await context.budget.pause();
  }
  return series;
}

function lookUp(
  { labels, timesMs, values, lookbackMs }: SelectedSeries,
  selector: VectorSelector,
  grid: Grid,
  { query }: EvaluationContext,
  wanted: "values" | "seconds",
): StepSeries | null {
  const result = emptySeries(labels, grid.count);
  const stale = new Set(staleMarkers(values));
  let after = 0;
  let isSeen = false;
  for (let step = 0; step < grid.count; step++) {
    const fromMs = lookFrom(selector, timeOf(grid, step), query);
    while (after < timesMs.length && timesMs[after]! <= fromMs) after++;
    const newest = after - 1;
    if (newest < 0 || timesMs[newest]! <= fromMs - lookbackMs || stale.has(newest)) continue;
    result.values[step] = wanted === "values" ? values[newest]! : timesMs[newest]! / 1000;
    result.present[step] = 1;
    isSeen = true;
  }
  return isSeen ? result : null;
}
