// Quantiles of a forecast by level.
import type { Forecast } from "../data/types.ts";

type Target = Forecast["targets"][number];

/** Levels of a target, increasing. */
export function levelsOf({ quantiles }: Target): number[] {
  return Object.keys(quantiles)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Values per step of the level nearest to the wanted one. */
export function nearest(target: Target, level: number): number[] {
  const levels = levelsOf(target);
  const best = levels.reduce((a, b) => (Math.abs(b - level) < Math.abs(a - level) ? b : a), levels[0] ?? level);
  return target.quantiles[String(best)] ?? [];
}
