// The legal values of a metric, as a check and in words.
import type { Metric } from "./schema.ts";

/** Whether a finite value is legal for a metric: in its range, 0 or 1 for a flag. */
export function isInRange({ kind, min, max }: Metric, value: number): boolean {
  if (kind === "flag") return value === 0 || value === 1;
  return (min === null || value >= min) && (max === null || value <= max);
}

/** The legal values of a metric that has bounds: "0 to 100 percent". */
export function rangeText({ kind, min, max, unit }: Metric): string {
  if (kind === "flag") return "0 or 1";
  if (min === null) return `at most ${max} ${unit}`;
  return max === null ? `at least ${min} ${unit}` : `${min} to ${max} ${unit}`;
}
