// Values that a contract does not allow: what becomes of them, and how many there were.
import { isInRange, type Metric } from "../../contract/index.ts";
import type { MappedMetric } from "./mapping.ts";
import type { MappingTally } from "./tally.ts";

/** Distance beyond a bound, relative to it, that is only the rounding of an expression. */
const ROUNDING = 1e-9;

/** Clips or removes the values of a column that are outside the metric's range, in place. */
export function inRange(
  { metric, outOfRange }: MappedMetric,
  server: string,
  column: Float64Array,
  firstMs: number,
  intervalMs: number,
  tally: MappingTally,
): void {
  for (let step = 0; step < column.length; step++) {
    const value = column[step]!;
    if (Number.isNaN(value) || (Number.isFinite(value) && isInRange(metric, value))) continue;
    const nearest = Number.isFinite(value) ? nearestLegal(metric, value) : Number.NaN;
    const isRounding = Math.abs(nearest - value) <= ROUNDING * Math.max(1, Math.abs(nearest));
    column[step] = isRounding || outOfRange === "clip" ? nearest : Number.NaN;
    if (isRounding) continue;
    const { name } = metric;
    tally.outOfRange[name] = (tally.outOfRange[name] ?? 0) + 1;
    tally.firstOutOfRange[name] ??= `${server} ${new Date(firstMs + step * intervalMs).toISOString()}: ${value}`;
  }
}

function nearestLegal({ kind, min, max }: Metric, value: number): number {
  if (kind === "flag") return value > 0 ? 1 : 0;
  return Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, value));
}
