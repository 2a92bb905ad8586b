// The score of a warning at one threshold: what was found in time, what it cost, and how it spreads over servers.
import { quantileOf } from "../../measure/index.ts";
import { findClaims, findEvents } from "./claims.ts";
import { type DecisionScores, scoreDecisions } from "./decision-scores.ts";
import { isScored, type OnsetCause, type WarningOptions, type WarningSeries } from "./warning-series.ts";

/** Event-based score; ratios are NaN where not defined. */
export interface EarlyWarningScore {
  threshold: number;
  servers: number;
  /** Time under decision; a server under several rules counts once. */
  serverWeeks: number;
  /** The events that count: all but those known to be unforeseeable. */
  events: EventScore;
  /** Events known to have no precursor, counted apart. Claims that they close still count as what they are. */
  unforeseeable: EventScore;
  /** Events of each kind that the truth tells apart, foreseeable or not, by name. */
  kinds: KindScore[];
  claims: number;
  trueClaims: number;
  lateClaims: number;
  falseClaims: number;
  /** True claims / all claims, late ones included. */
  precision: number;
  falseAlarmsPerServerWeek: number;
  /** Time from the opening of the claim to each detected event. */
  leadMinutes: Spread;
  /** The same warning as single decisions. */
  decisions: DecisionScores;
}

/** How many of some events were found. */
export interface EventScore {
  count: number;
  /** Inside a true claim. */
  detected: number;
  /** Inside a late claim: announced, but sooner before than is useful. Not detected. */
  detectedLate: number;
  /** detected / count */
  recall: number;
}

/** How many events of a kind were found. */
export interface KindScore extends EventScore {
  kind: string;
  foreseeable: boolean;
}

/** Quantiles of a sample; NaN of none. */
export interface Spread {
  p10: number;
  p50: number;
  p90: number;
}

const WEEK_MS = 604_800_000;
const MINUTE_MS = 60_000;

/**
 * Scores the claims of a method that warns whenever its score is at least `threshold`.
 * @param seriesList One entry per server and rule. Rules may be pooled or scored apart.
 */
export function scoreClaims(
  seriesList: readonly WarningSeries[],
  threshold: number,
  options: WarningOptions,
): EarlyWarningScore {
  const weeks = new Map<string, number>();
  const events = noEvents();
  const unforeseeable = noEvents();
  const kinds = new Map<string, EventCounts & OnsetCause>();
  const claims = { true: 0, late: 0, false: 0 };
  const leads: number[] = [];
  for (const series of seriesList) {
    weeks.set(series.server, Math.max(weeks.get(series.server) ?? 0, weeksOf(series, options)));
    const counts = findEvents(series, options);
    const groupsOf = (onset: number): EventCounts[] => {
      const cause = series.causes?.[onset] ?? null;
      if (cause === null) return [events];
      const kind = kinds.get(cause.kind) ?? { ...cause, ...noEvents() };
      kinds.set(cause.kind, kind);
      return [cause.foreseeable ? events : unforeseeable, kind];
    };
    for (const [onset, isEvent] of counts.entries())
      if (isEvent === 1) for (const group of groupsOf(onset)) group.count++;
    for (const { outcome, onset, leadSteps } of findClaims(series, threshold, options)) {
      claims[outcome]++;
      if (outcome === "false" || counts[onset] === 0) continue;
      for (const group of groupsOf(onset)) group[outcome === "true" ? "detected" : "detectedLate"]++;
      if (outcome === "true") leads.push((leadSteps * series.intervalMs) / MINUTE_MS);
    }
  }
  const all = claims.true + claims.late + claims.false;
  const serverWeeks = [...weeks.values()].reduce((a, b) => a + b, 0);
  return {
    threshold,
    servers: weeks.size,
    serverWeeks,
    events: withRecall(events),
    unforeseeable: withRecall(unforeseeable),
    kinds: [...kinds.values()].map(withRecall).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    claims: all,
    trueClaims: claims.true,
    lateClaims: claims.late,
    falseClaims: claims.false,
    precision: claims.true / all,
    falseAlarmsPerServerWeek: claims.false / serverWeeks,
    leadMinutes: spreadOf(leads),
    decisions: scoreDecisions(seriesList, threshold, options),
  };
}

type EventCounts = Omit<EventScore, "recall">;

function noEvents(): EventCounts {
  return { count: 0, detected: 0, detectedLate: 0 };
}

function withRecall<Counts extends EventCounts>(counts: Counts): Counts & { recall: number } {
  return { ...counts, recall: counts.detected / counts.count };
}

/** How a score spreads over servers; a server without events has no recall, one without claims no precision. */
export interface ServerSpread {
  recall: Spread;
  precision: Spread;
  falseAlarmsPerServerWeek: Spread;
}

/** Scores every server alone at `threshold` and says how the scores spread. */
export function spreadOverServers(
  seriesList: readonly WarningSeries[],
  threshold: number,
  options: WarningOptions,
): ServerSpread {
  const byServer = new Map<string, WarningSeries[]>();
  for (const series of seriesList) byServer.set(series.server, [...(byServer.get(series.server) ?? []), series]);
  const scores = [...byServer.values()].map((own) => scoreClaims(own, threshold, options));
  return {
    recall: spreadOf(scores.map(({ events }) => events.recall)),
    precision: spreadOf(scores.map(({ precision }) => precision)),
    falseAlarmsPerServerWeek: spreadOf(scores.map((score) => score.falseAlarmsPerServerWeek)),
  };
}

function weeksOf(series: WarningSeries, options: WarningOptions): number {
  let scored = 0;
  for (let i = 0; i < series.decisionSteps.length; i++) if (isScored(series, i, options)) scored++;
  return (scored * series.decisionEverySteps * series.intervalMs) / WEEK_MS;
}

function spreadOf(sample: readonly number[]): Spread {
  const sorted = Float64Array.from(sample.filter((value) => !Number.isNaN(value))).sort();
  return { p10: quantileOf(sorted, 0.1), p50: quantileOf(sorted, 0.5), p90: quantileOf(sorted, 0.9) };
}
