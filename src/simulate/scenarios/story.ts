// The course of a scripted story: five simulated hours, five minutes at 60 times real time, in four phases.
import { HOUR_MS } from "../random.ts";

/** Phases of a story with the hours at which they begin and end, counted from its start. */
export const PHASES = {
  baseline: [0, 1],
  escalation: [1, 2.5],
  peak: [2.5, 4],
  recovery: [4, 5],
} as const satisfies Record<string, readonly [number, number]>;

/** A phase of a story. */
export type Phase = keyof typeof PHASES;

/** Length of a story. */
export const STORY_HOURS = PHASES.recovery[1];

/** The phase in which a story that starts at `startMs` is at a time; null before and after it. */
export function phaseAt(startMs: number, timeMs: number): Phase | null {
  const hours = (timeMs - startMs) / HOUR_MS;
  const phases = Object.entries(PHASES) as [Phase, readonly [number, number]][];
  return phases.find(([, [from, to]]) => from <= hours && hours < to)?.[0] ?? null;
}
