// One alert rule on one server, from tick to tick: inactive, pending, predicted, and how each claim came out.
//
// A claim says "an incident begins within the horizon" and is held to that, also when the alert goes off in between. An
// onset is known only some steps after it began, so a claim past its deadline settles for a while before it is closed.
import type { Reading } from "./reading.ts";
import type { AlertRule } from "./rules.ts";
import type { AlertTrack, Claim, ClosedClaim, Incident } from "./track.ts";

/** As much of a reading and of a rule as the lifecycle depends on. */
type TrackReading = Pick<Reading, "level" | "forecastId" | "modelId" | "issuedAtMs" | "originMs">;
type TrackRule = Pick<AlertRule, "withinMs" | "forMs" | "clearForMs">;

/** What happened since the tick before. */
export interface TrackInput {
  nowMs: number;
  /** Null without a new forecast: then nothing changes but what time and incidents change. */
  reading: TrackReading | null;
  /** Of the rule's event and this server: those that last, and those that ended since the last tick. Repeats do no harm. */
  incidents: readonly Pick<Incident, "onsetMs" | "endMs">[];
  /** How long after its beginning an onset may become known. */
  settleMs: number;
  inMaintenance: boolean;
}

/** Takes one tick and changes the track in place. @returns The claims that it closed. */
export function advanceTrack(track: AlertTrack, rule: TrackRule, input: TrackInput): ClosedClaim[] {
  const closed: ClosedClaim[] = [];
  if (input.inMaintenance && track.claim) track.claim.maintenance = true;
  for (const { onsetMs } of input.incidents.toSorted((a, b) => a.onsetMs - b.onsetMs)) {
    if (onsetMs > (track.lastOnsetMs ?? -Infinity)) closed.push(...meetOnset(track, onsetMs, input));
  }
  const lasts = input.incidents.some(({ onsetMs, endMs }) => onsetMs === track.incident?.onsetMs && endMs === null);
  if (!lasts) track.incident = null;
  closed.push(...settle(track, input));
  if (input.reading) takeReading(track, rule, input.reading, input);
  show(track, input.nowMs);
  return closed;
}

/** The state that a user sees. */
export function phaseOf({ shown, activeSinceMs }: AlertTrack): "inactive" | "pending" | "predicted" | "confirmed" {
  if (shown && shown.status !== "resolved") return shown.status;
  return activeSinceMs === null ? "inactive" : "pending";
}

function meetOnset(track: AlertTrack, onsetMs: number, { nowMs, inMaintenance }: TrackInput): ClosedClaim[] {
  const holds = (claim: Claim) => claim.originMs <= onsetMs && onsetMs <= claim.deadlineMs;
  const claim = [...track.settling, ...(track.claim ? [track.claim] : [])].find(holds) ?? null;
  track.lastOnsetMs = onsetMs;
  track.incident = { onsetMs, wasAnnounced: claim !== null && track.shown?.status === "predicted" };
  if (claim) {
    track.settling = track.settling.filter((other) => other !== claim);
    if (track.claim === claim) track.claim = null;
    return [
      {
        outcome: "confirmed",
        claim,
        onsetMs,
        leadMs: onsetMs - claim.openedAtMs,
        closedAtMs: nowMs,
        maintenance: claim.maintenance,
      },
    ];
  }
  const { covered } = track;
  if (covered === null || onsetMs < covered.fromMs || onsetMs > covered.untilMs) return [];
  return [{ outcome: "missed", claim: null, onsetMs, leadMs: null, closedAtMs: nowMs, maintenance: inMaintenance }];
}

function settle(track: AlertTrack, { nowMs, settleMs, reading }: TrackInput): ClosedClaim[] {
  if (track.claim && nowMs > track.claim.deadlineMs) {
    track.settling.push(track.claim);
    track.claim = null;
    if (reading === null) forgetCondition(track);
  }
  if (track.settling.length === 0) return [];
  const isOver = (claim: Claim) => nowMs > claim.deadlineMs + settleMs;
  const over = track.settling.filter(isOver);
  track.settling = track.settling.filter((claim) => !isOver(claim));
  return over.map((claim) => ({
    outcome: claim.acknowledgement || claim.maintenance ? "averted" : "expired",
    claim,
    onsetMs: null,
    leadMs: null,
    closedAtMs: nowMs,
    maintenance: claim.maintenance,
  }));
}

/** Without forecasts nobody knows whether the condition still holds. */
function forgetCondition(track: AlertTrack): void {
  track.activeSinceMs = null;
  track.clearSinceMs = null;
  track.isOn = false;
}

function takeReading(
  track: AlertTrack,
  rule: TrackRule,
  reading: TrackReading,
  { nowMs, inMaintenance }: TrackInput,
): void {
  const { level, originMs, issuedAtMs, forecastId, modelId } = reading;
  const deadlineMs = originMs + rule.withinMs;
  const isContinued = track.covered !== null && originMs <= track.covered.untilMs;
  if (!isContinued) forgetCondition(track);
  track.covered = { fromMs: isContinued ? track.covered!.fromMs : originMs, untilMs: deadlineMs };
  track.activeSinceMs = level === "on" ? (track.activeSinceMs ?? nowMs) : null;
  track.clearSinceMs = level === "clear" ? (track.clearSinceMs ?? nowMs) : null;
  if (track.activeSinceMs !== null && nowMs - track.activeSinceMs >= rule.forMs) track.isOn = true;
  if (track.clearSinceMs !== null && nowMs - track.clearSinceMs >= rule.clearForMs) track.isOn = false;
  if (!track.isOn || track.claim) return;
  // While an incident lasts there is nothing to predict. A claim that ended is renewed only while the condition holds.
  if (level === "on" && !track.incident) {
    const openedAtMs = Math.max(issuedAtMs, originMs);
    track.claim = {
      forecastId,
      modelId,
      openedAtMs,
      originMs,
      deadlineMs,
      acknowledgement: null,
      maintenance: inMaintenance,
    };
  } else if (level !== "on") track.isOn = false;
}

function show(track: AlertTrack, nowMs: number): void {
  const { shown, incident } = track;
  const status = incident?.wasAnnounced ? "confirmed" : track.isOn && track.claim ? "predicted" : "resolved";
  const isOver = shown === null || shown.status === "resolved";
  if (status === (shown?.status ?? "resolved")) return;
  // After an incident the next prediction is a new alert.
  const isNew = isOver || (shown.status === "confirmed" && status === "predicted");
  track.shown = { status, startsAtMs: isNew ? nowMs : shown.startsAtMs, changedAtMs: nowMs };
}
