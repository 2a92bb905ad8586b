// The base rate of a server's own past: what one would say of a breach without a model.
import type { PreparedBreach } from "../../dataset/index.ts";

/**
 * Share of the steps whose `endSteps` steps after them were over and known at `origin`, and that were not in an incident,
 * after which an incident began within those steps; 0 without such a step.
 * @param knownAfterSteps An onset is known this many steps after it.
 * @returns The rate as a function of the origin.
 */
export function pastRate(
  { onsets, active }: PreparedBreach,
  endSteps: number,
  knownAfterSteps: number,
): (origin: number) => number {
  const steps = active.length;
  const atRisk = new Uint32Array(steps + 1); // before step i
  const events = new Uint32Array(steps + 1);
  let next = 0;
  for (let t = 0; t < steps; t++) {
    while (next < onsets.length && onsets[next]! <= t) next++;
    const free = active[t] === 0;
    atRisk[t + 1] = atRisk[t]! + (free ? 1 : 0);
    events[t + 1] = events[t]! + (free && next < onsets.length && onsets[next]! <= t + endSteps ? 1 : 0);
  }
  return (origin) => {
    const end = Math.max(0, origin - endSteps - knownAfterSteps + 1);
    return atRisk[end] === 0 ? 0 : events[end]! / atRisk[end]!;
  };
}
