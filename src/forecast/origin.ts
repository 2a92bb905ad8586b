// Where a forecast of a series may start: its newest observed step, if that is recent and has enough history before it.
import { ForewarnError, formatDuration } from "../base/index.ts";
import { assertEnoughHistory, type InputSpec, type PreparedSeries } from "../dataset/index.ts";

/** How many intervals the newest step may end before the time of the forecast. */
const MAX_AGE_STEPS = 3;

/**
 * The newest step that ends at or before `atMs` and has a value of at least one target.
 * @throws ForewarnError `stale_input` when it ends more than three intervals before `atMs`; `insufficient_data` when
 *   there is none or too little history before it.
 */
export function chooseOrigin(spec: InputSpec, series: PreparedSeries, atMs: number): number {
  const origin = newestObservedStep(spec, series, atMs);
  const ageMs = atMs - (series.startMs + (origin + 1) * spec.intervalMs);
  if (origin >= 0 && ageMs > MAX_AGE_STEPS * spec.intervalMs) {
    const limit = formatDuration(MAX_AGE_STEPS * spec.intervalMs);
    throw new ForewarnError(
      "stale_input",
      `${series.server}: Expected a value within ${limit} before ${new Date(atMs).toISOString()}, ` +
        `got the last one ${formatDuration(ageMs)} before it`,
      { hint: "import newer rows, or choose an earlier time" },
    );
  }
  assertEnoughHistory(spec, series, origin);
  return origin;
}

function newestObservedStep(spec: InputSpec, { observedBefore, startMs, steps }: PreparedSeries, atMs: number): number {
  let step = Math.min(steps, Math.floor((atMs - startMs) / spec.intervalMs)) - 1;
  while (step >= 0 && observedBefore[step + 1] === observedBefore[step]) step--;
  return Math.max(step, -1);
}
