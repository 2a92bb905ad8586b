// "Would have fired": stored forecasts and incidents of one event, replayed under an alert rule with the very lifecycle
// that serves. Servers do not depend on each other, so each is a lane of its own.
import { type LedgerEntry, type TrackRecord, trackRecord } from "./ledger.ts";
import { advanceTrack } from "./lifecycle.ts";
import { type AlertForecast, readForecast } from "./reading.ts";
import type { AlertRule } from "./rules.ts";
import { type AlertTrack, type ClosedClaim, type Incident, startTrack } from "./track.ts";

/** An incident with the time when it could be known. */
export interface RecordedIncident extends Incident {
  knownAtMs: number;
}

/** What forecasts said about a rule: nothing, or its level. */
export const READING = { none: 0, clear: 1, between: 2, on: 3 } as const;
const LEVELS = ["clear", "clear", "between", "on"] as const;

/** One server of a replay. */
export interface ReplayLane {
  server: string;
  /** Start of the first forecast step; NaN at ticks without a forecast.  [ticks] */
  originsMs: Float64Array;
  /** Of the rule's event, oldest first. */
  incidents: readonly RecordedIncident[];
}

/** What is replayed, whatever the rule's thresholds are. */
export interface ReplayGrid {
  /** When the forecasts of each tick were issued, increasing.  [ticks] */
  ticksMs: Float64Array;
  lanes: readonly ReplayLane[];
  /** Until when incidents are known: claims that could not yet be judged then are counted as open. */
  untilMs: number;
  /** Length of a step of the contract. */
  intervalMs: number;
  /** How late an observation may come. */
  graceMs: number;
  /** A claim is useful when its onset comes at least this much later. */
  usefulLeadMs: number;
}

/** How a rule would have done. */
export interface ReplayedRule {
  rule: string;
  /** Alerts that would have been sent: beginnings, not repeats. */
  alerts: number;
  /** Claims that could not be judged by the end. */
  open: number;
  record: TrackRecord;
}

/** As much of a rule as a replay needs beside what it reads. */
export type ReplayRule = Pick<AlertRule, "id" | "event" | "withinMs" | "forMs" | "clearForMs">;

/** Lanes replayed between two chances to pause. */
const PIECE_LANES = 16;

/**
 * Replays a rule; no silences and no acknowledgements.
 * @param readingsOf One of {@link READING} at each tick for a lane; may be the same array for every lane.  [ticks]
 * @returns How it would have done, and every closed claim and missed onset.
 */
export function* replayRule(
  rule: ReplayRule,
  grid: ReplayGrid,
  readingsOf: (lane: number) => Uint8Array,
): Generator<void, ReplayedRule & { entries: LedgerEntry[] }> {
  const entries: LedgerEntry[] = [];
  let [alerts, open] = [0, 0];
  for (const [index, lane] of grid.lanes.entries()) {
    const replayed = replayLane(rule, grid, lane, readingsOf(index));
    for (const closed of replayed.closed) entries.push({ ...closed, rule: rule.id, server: lane.server });
    alerts += replayed.alerts;
    open += replayed.open;
    if (index % PIECE_LANES === PIECE_LANES - 1) yield;
  }
  return { rule: rule.id, alerts, open, record: trackRecord(entries, grid.usefulLeadMs), entries };
}

/** What {@link READING} a rule takes from each of some forecasts, as a lane with its readings. */
export function readLane(
  rule: AlertRule,
  ticksMs: Float64Array,
  forecasts: Iterable<AlertForecast>,
): { originsMs: Float64Array; readings: Uint8Array } {
  const places = new Map(Array.from(ticksMs, (tickMs, place) => [tickMs, place]));
  const originsMs = new Float64Array(ticksMs.length).fill(Number.NaN);
  const readings = new Uint8Array(ticksMs.length);
  for (const forecast of forecasts) {
    const reading = readForecast(rule, forecast);
    const place = places.get(forecast.record.issuedAtMs);
    if (reading === null || place === undefined) continue;
    originsMs[place] = reading.originMs;
    readings[place] = READING[reading.level];
  }
  return { originsMs, readings };
}

function replayLane(
  { event, withinMs, ...rest }: ReplayRule,
  { ticksMs, untilMs, intervalMs, graceMs }: ReplayGrid,
  { originsMs, incidents }: ReplayLane,
  readings: Uint8Array,
) {
  const rule = { event, withinMs, ...rest };
  const settleMs = event.forSteps * intervalMs + graceMs;
  const track = startTrack();
  const closed: ClosedClaim[] = [];
  let [alerts, begunMs] = [0, Number.NaN];
  let beforeMs = Number.NEGATIVE_INFINITY;
  let firstOpen = 0;

  const take = (nowMs: number, tick: number | null): void => {
    const known = [];
    for (let at = firstOpen; at < incidents.length; at++) {
      const { onsetMs, endMs, knownAtMs } = incidents[at]!;
      if (knownAtMs > nowMs) break;
      if (endMs !== null && endMs <= beforeMs && knownAtMs <= beforeMs) firstOpen = at + 1;
      else known.push({ onsetMs, endMs: endMs !== null && endMs <= nowMs ? endMs : null });
    }
    const code = tick === null ? READING.none : readings[tick]!;
    const reading =
      code === READING.none
        ? null
        : { level: LEVELS[code]!, originMs: originsMs[tick!]!, issuedAtMs: nowMs, forecastId: "", modelId: "" };
    const input = { nowMs, reading, incidents: known, settleMs, inMaintenance: false };
    for (const claim of advanceTrack(track, rule, input)) closed.push(claim);
    beforeMs = nowMs;
    if (track.shown && track.shown.status !== "resolved" && track.shown.startsAtMs !== begunMs) {
      begunMs = track.shown.startsAtMs;
      alerts++;
    }
  };

  for (let tick = 0; tick < ticksMs.length && ticksMs[tick]! <= untilMs; ) {
    tick = passOver(track, tick, { ticksMs, originsMs, readings, withinMs, settleMs }, incidents[firstOpen]);
    if (tick >= ticksMs.length || ticksMs[tick]! > untilMs) break;
    take(ticksMs[tick]!, tick);
    tick++;
  }
  if (untilMs > beforeMs) take(untilMs, null);
  return { closed, alerts, open: track.settling.length + (track.claim ? 1 : 0) };
}

/**
 * Goes over the ticks at which nothing can change but what forecasts cover: no claim comes to its deadline, no incident
 * becomes known or lasts, and the level stays on the side where it is. Most ticks are such.
 * @returns The first tick that must be taken.
 */
function passOver(
  track: AlertTrack,
  from: number,
  lane: Pick<ReplayLane, "originsMs"> & {
    ticksMs: Float64Array;
    readings: Uint8Array;
    withinMs: number;
    settleMs: number;
  },
  nextIncident: RecordedIncident | undefined,
): number {
  const { ticksMs, originsMs, readings, withinMs, settleMs } = lane;
  const { claim, settling, incident, isOn, activeSinceMs } = track;
  const isOff = !isOn && activeSinceMs === null;
  const stands = isOn && activeSinceMs !== null && claim !== null;
  if (incident !== null || !(isOff || stands)) return from;
  let lastMs = Math.min(claim?.deadlineMs ?? Infinity, (nextIncident?.knownAtMs ?? Infinity) - 1);
  for (const { deadlineMs } of settling) lastMs = Math.min(lastMs, deadlineMs + settleMs);
  let { fromMs, untilMs } = track.covered ?? { fromMs: Number.NaN, untilMs: Number.NEGATIVE_INFINITY };
  let tick = from;
  for (; tick < ticksMs.length && ticksMs[tick]! <= lastMs; tick++) {
    const reading = readings[tick]!;
    if ((reading === READING.on) !== stands) break;
    if (reading === READING.none) continue;
    const originMs = originsMs[tick]!;
    if (!(originMs <= untilMs)) {
      if (stands) break;
      fromMs = originMs;
    }
    untilMs = originMs + withinMs;
  }
  if (untilMs !== Number.NEGATIVE_INFINITY) track.covered = { fromMs, untilMs };
  return tick;
}
