// Quantiles of a forecast by level.
import type { Band } from "./fan-data.ts";

type Target<Value> = { quantiles: Record<string, Value[]> };

/** Levels of a target, increasing. */
export function levelsOf({ quantiles }: Target<number | null>): number[] {
  return Object.keys(quantiles)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Values per step of the level nearest to the wanted one. */
export function nearest<Value extends number | null>(target: Target<Value>, level: number): Value[] {
  const levels = levelsOf(target);
  const best = levels.reduce((a, b) => (Math.abs(b - level) < Math.abs(a - level) ? b : a), levels[0] ?? level);
  return target.quantiles[String(best)] ?? [];
}

/** The 80 % band and the median, or what comes nearest to them, from a time on. */
export function bandOf(target: Target<number | null>, startMs: number): Band {
  return { startMs, low: nearest(target, 0.1), median: nearest(target, 0.5), high: nearest(target, 0.9) };
}
