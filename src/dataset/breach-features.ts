// Inputs of the breach head: for each rule and group of future steps, what the past says about incidents there. An
// incident counts only when the step that completes it is not after the origin.
import { HOUR_MS, lagIndex, stepsPerDay, stepsPerHour } from "./grid.ts";
import type { BreachRuleSpec, InputSpec } from "./input-spec.ts";
import { lastValue } from "./level-candidates.ts";
import { DAY_LEVELS, type MetricWindow } from "./metric-window.ts";
import { countOnsets, lastKnownOnset, type PreparedBreach } from "./prepared-series.ts";
import { squash } from "./squash.ts";
import { transformValue } from "./transform.ts";

/** Names of the inputs of the breach head for each rule and group, in order. */
export const BREACH_FEATURES = [
  "onset_same_time_yesterday",
  "onset_same_time_last_week",
  "log_onsets_day",
  "condition_share_day",
  "condition_share_hour",
  "condition_now",
  "active_now",
  "distance_last",
  "distance_day_extreme",
  "trend_beyond_threshold",
  "time_since_onset",
] as const;

const WEEK_HOURS = 168;
const TREND_HOURS = 2;

/** Makes the function that writes the `[G, F]` inputs of one rule at `start`; `window` is that of the rule's metric. */
export function createBreachFeatures(
  spec: InputSpec,
  rule: BreachRuleSpec,
): (out: Float32Array, start: number, window: MetricWindow, breach: PreparedBreach) => void {
  const day = stepsPerDay(spec);
  const hour = stepsPerHour(spec);
  const metric = spec.metrics.indexOf(rule.metric);
  const threshold = transformValue(spec.transforms[metric]!, spec.ranges[metric]!, rule.threshold);
  const sign = rule.op === ">=" ? 1 : -1;
  const extreme = rule.op === ">=" ? DAY_LEVELS.indexOf(1) : DAY_LEVELS.indexOf(0);
  const line = { slope: 0, level: 0 };

  return (out, start, window, breach) => {
    const { origin, oldest, location, scale } = window;
    const lastConfirmable = origin - rule.forSteps + 1;
    const hadOnset = (first: number, last: number): number =>
      countOnsets(breach, Math.max(first, oldest), Math.min(last, lastConfirmable)) > 0 ? 1 : 0;
    const lastOnset = lastKnownOnset(breach, rule, origin);
    const last = lastValue(window, day);
    const latest = Number.isNaN(last) ? location : last;
    const onsetsDay = countOnsets(breach, Math.max(origin - day + 1, oldest), lastConfirmable);
    const shareDay = conditionShare(breach, window, day);
    const shareHour = conditionShare(breach, window, hour);
    // An incident that began but is not complete at the origin is not known to be one.
    const begun = countOnsets(breach, lastConfirmable + 1, origin) > 0;
    const active = breach.active[origin] === 1 && !begun ? 1 : 0;
    const hoursSince = lastOnset < oldest ? WEEK_HOURS : ((origin - lastOnset) * spec.intervalMs) / HOUR_MS;
    fitLine(line, window, Math.min(TREND_HOURS * hour, day), latest);

    let groupStart = 1;
    let at = start;
    for (const groupEnd of spec.breachGroupEnds) {
      out[at] = hadOnset(lagIndex(origin, groupStart, day), lagIndex(origin, groupEnd, day));
      out[at + 1] = hadOnset(lagIndex(origin, groupStart, 7 * day), lagIndex(origin, groupEnd, 7 * day));
      out[at + 2] = Math.log1p(onsetsDay);
      out[at + 3] = shareDay;
      out[at + 4] = shareHour;
      out[at + 5] = breach.condition[origin]!;
      out[at + 6] = active;
      out[at + 7] = squash((sign * (threshold - latest)) / scale);
      out[at + 8] = squash((sign * (threshold - window.dayQuantiles[extreme]!)) / scale);
      out[at + 9] = squash((sign * (line.level + line.slope * groupEnd - threshold)) / scale);
      out[at + 10] = Math.log1p(Math.min(hoursSince, WEEK_HOURS)) / Math.log1p(WEEK_HOURS);
      groupStart = groupEnd + 1;
      at += BREACH_FEATURES.length;
    }
  };
}

/** Share of the observed steps of the last `steps` that meet the condition, 0 when none is observed. */
function conditionShare(breach: PreparedBreach, { values, origin, oldest }: MetricWindow, steps: number): number {
  let observed = 0;
  let met = 0;
  for (let t = Math.max(oldest, origin - steps + 1); t <= origin; t++) {
    if (Number.isNaN(values[t]!)) continue;
    observed++;
    met += breach.condition[t]!;
  }
  return observed > 0 ? met / observed : 0;
}

/** Least squares through the last `steps` observed values; `level` is at the origin. Flat at `latest` without two values. */
function fitLine(line: { slope: number; level: number }, window: MetricWindow, steps: number, latest: number): void {
  const { values, origin, oldest } = window;
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (let t = Math.max(oldest, origin - steps + 1); t <= origin; t++) {
    const y = values[t]!;
    if (Number.isNaN(y)) continue;
    const x = t - origin;
    count++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const spread = count * sumXX - sumX * sumX;
  line.slope = spread > 0 ? (count * sumXY - sumX * sumY) / spread : 0;
  line.level = spread > 0 ? (sumY - line.slope * sumX) / count : latest;
}
