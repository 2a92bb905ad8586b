// The instants at which an expression is evaluated, and where selectors look from each of them.
import type { Modifiers } from "../syntax/ast.ts";

/** Evenly spaced instants; an instant query has one. */
export interface Grid {
  startMs: number;
  stepMs: number;
  count: number;
}

/** Begin and end of the whole query as given, for `@ start()` and `@ end()`; the end may lie after the last step. */
export interface QueryTimes {
  startMs: number;
  endMs: number;
}

/** The instant of a step. */
export function timeOf(grid: Grid, step: number): number {
  return grid.startMs + step * grid.stepMs;
}

/** The last instant. */
export function lastTimeOf(grid: Grid): number {
  return timeOf(grid, grid.count - 1);
}

/** The instant that a selector or subquery looks from when it is evaluated at `timeMs`. */
export function lookFrom({ at, offsetMs }: Modifiers, timeMs: number, query: QueryTimes): number {
  if (at === null) return timeMs - offsetMs;
  if (at.kind === "time") return at.timeMs - offsetMs;
  return (at.kind === "start" ? query.startMs : query.endMs) - offsetMs;
}

/**
 * The instants at which a subquery evaluates its expression: all multiples of `stepMs` after `afterMs` up to `endMs`, so
 * that neighbouring evaluations see the same points.
 */
export function alignedGrid(afterMs: number, endMs: number, stepMs: number): Grid {
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs;
  return { startMs, stepMs, count: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
}
