// Spans of time that come one after the other at random, drawn only as far as they are asked for.

/** A span of time; `endMs` is not part of it. */
export interface Span {
  startMs: number;
  endMs: number;
}

/**
 * A sequence of spans without overlap.
 * @param draw Draws the span that follows `afterMs`; it must start no earlier.
 * @returns The span that holds `timeMs`, or the next one if none does. Times asked for must not go back.
 */
export function createRenewal<S extends Span>(startMs: number, draw: (afterMs: number) => S): (timeMs: number) => S {
  let current = draw(startMs);
  return (timeMs) => {
    while (current.endMs <= timeMs) current = draw(current.endMs);
    return current;
  };
}

/** Share of a span's height at a time: 0 outside, 1 inside, with linear edges of the given length within it. */
export function plateau({ startMs, endMs }: Span, edgeMs: number, timeMs: number): number {
  if (timeMs <= startMs || timeMs >= endMs) return 0;
  return Math.min(1, (timeMs - startMs) / edgeMs, (endMs - timeMs) / edgeMs);
}
