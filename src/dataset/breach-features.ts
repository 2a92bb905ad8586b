// Inputs of the breach head: for each rule and group of future steps, what the past says about incidents there. An
// incident counts only when the step that completes it is not after the origin.
import { HOUR_MS, lagDays, lagIndex, stepsPerDay, stepsPerHour } from "./grid.ts";
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
  "onset_share_same_time",
  "onset_share_horizon",
  "onsets_day",
  "log_onsets_history",
  "time_since_condition",
] as const;

const WEEK_HOURS = 168;
const TREND_HOURS = 2;
/** `onsets_day` counts incidents of the last 24 h in units of so many, up to twice as many. */
const MANY_ONSETS = 4;

/** Makes the function that writes the `[G, F]` inputs of one rule at `start`; `window` is that of the rule's metric. */
export function createBreachFeatures(
  spec: InputSpec,
  rule: BreachRuleSpec,
): (out: Float32Array, start: number, window: MetricWindow, breach: PreparedBreach) => void {
  const day = stepsPerDay(spec);
  const hour = stepsPerHour(spec);
  const days = lagDays(spec);
  const metric = spec.metrics.indexOf(rule.metric);
  const threshold = transformValue(spec.transforms[metric]!, spec.ranges[metric]!, rule.threshold);
  const sign = rule.op === ">=" ? 1 : -1;
  const extreme = rule.op === ">=" ? DAY_LEVELS.indexOf(1) : DAY_LEVELS.indexOf(0);
  const line = { slope: 0, level: 0 };
  const row = new Float32Array(BREACH_FEATURES.length);
  // A model reads the features that it was trained with.
  const wanted = spec.breachFeatures.map((name) => (BREACH_FEATURES as readonly string[]).indexOf(name));
  /** Logarithm of the hours since `step` in [0, 1]; 1 for a week and more, or for a step that may not be read. */
  const timeSince = (step: number, { origin, oldest }: MetricWindow): number => {
    const hours = step < oldest ? WEEK_HOURS : ((origin - step) * spec.intervalMs) / HOUR_MS;
    return Math.log1p(Math.min(hours, WEEK_HOURS)) / Math.log1p(WEEK_HOURS);
  };

  return (out, start, window, breach) => {
    const { origin, oldest, location, scale } = window;
    const lastConfirmable = origin - rule.forSteps + 1;
    const hadOnset = (first: number, last: number): number =>
      countOnsets(breach, Math.max(first, oldest), Math.min(last, lastConfirmable)) > 0 ? 1 : 0;
    // Share of the past days in which an incident began at the time of day of the steps first..last after the origin.
    const onsetShare = (first: number, last: number): number => {
      let known = 0;
      let hits = 0;
      for (let back = 1; back <= days && origin + first - back * day >= oldest; back++) {
        if (origin + last - back * day > lastConfirmable) continue;
        known++;
        hits += hadOnset(origin + first - back * day, origin + last - back * day);
      }
      return known > 0 ? hits / known : 0;
    };
    const lastOnset = lastKnownOnset(breach, rule, origin);
    const last = lastValue(window, day);
    const latest = Number.isNaN(last) ? location : last;
    const onsetsDay = countOnsets(breach, Math.max(origin - day + 1, oldest), lastConfirmable);
    const shareDay = conditionShare(breach, window, day);
    const shareHour = conditionShare(breach, window, hour);
    // An incident that began but is not complete at the origin is not known to be one.
    const begun = countOnsets(breach, lastConfirmable + 1, origin) > 0;
    const active = breach.active[origin] === 1 && !begun ? 1 : 0;
    const sinceOnset = timeSince(lastOnset, window);
    const lastCondition = breach.condition.subarray(oldest, origin + 1).lastIndexOf(1);
    const sinceCondition = timeSince(lastCondition < 0 ? -1 : oldest + lastCondition, window);
    const shareHorizon = onsetShare(1, spec.horizonSteps);
    const onsetsHistory = countOnsets(breach, Math.max(origin - days * day + 1, oldest), lastConfirmable);
    fitLine(line, window, Math.min(TREND_HOURS * hour, day), latest);

    let groupStart = 1;
    let at = start;
    for (const groupEnd of spec.breachGroupEnds) {
      row[0] = hadOnset(lagIndex(origin, groupStart, day), lagIndex(origin, groupEnd, day));
      row[1] = hadOnset(lagIndex(origin, groupStart, 7 * day), lagIndex(origin, groupEnd, 7 * day));
      row[2] = Math.log1p(onsetsDay);
      row[3] = shareDay;
      row[4] = shareHour;
      row[5] = breach.condition[origin]!;
      row[6] = active;
      row[7] = squash((sign * (threshold - latest)) / scale);
      row[8] = squash((sign * (threshold - window.dayQuantiles[extreme]!)) / scale);
      row[9] = squash((sign * (line.level + line.slope * groupEnd - threshold)) / scale);
      row[10] = sinceOnset;
      row[11] = onsetShare(groupStart, groupEnd);
      row[12] = shareHorizon;
      row[13] = Math.min(onsetsDay / MANY_ONSETS, 2);
      row[14] = Math.log1p(onsetsHistory);
      row[15] = sinceCondition;
      for (const feature of wanted) out[at++] = row[feature]!;
      groupStart = groupEnd + 1;
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
