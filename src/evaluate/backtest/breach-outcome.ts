// What came of a forecast breach: whether an incident began in time, as far as the data can tell.
import type { InputSpec, PreparedSeries } from "../../dataset/index.ts";

/** A horizon tells that nothing began only when at least this share of its steps was observed. */
const MIN_OBSERVED_SHARE = 0.5;

/**
 * Whether an incident of rule `rule` began in the `endSteps` steps after `origin`: 1 or 0; NaN while an incident is open
 * at the origin, or when too little was observed to say that none began.
 */
export function breachOutcome(
  spec: InputSpec,
  series: PreparedSeries,
  rule: number,
  origin: number,
  endSteps: number,
): number {
  const breach = series.breaches[rule]!;
  if (breach.active[origin] === 1) return Number.NaN;
  const last = origin + endSteps;
  if (breach.onsets.some((onset) => onset > origin && onset <= last)) return 1;
  const { metric, forSteps } = spec.breachRules[rule]!;
  const values = series.values[spec.metrics.indexOf(metric)]!;
  const readable = Math.max(last, Math.min(last + forSteps - 1, series.steps - 1)); // what would confirm an onset
  let observed = 0;
  for (let t = origin + 1; t <= readable && t < series.steps; t++) if (!Number.isNaN(values[t]!)) observed++;
  return observed >= MIN_OBSERVED_SHARE * (readable - origin) ? 0 : Number.NaN;
}
