// Draws the course of one incident of a given kind.
import type { Rng } from "../../base/index.ts";
import { between, logBetween, MINUTE_MS, pick } from "../random.ts";
import { type Course, type Incident, type IncidentKind, repairTimeMs } from "./incident.ts";
import { KINDS } from "./kinds.ts";

/** Shares of the foreseeable incidents that fade by themselves and that an operator repairs in time. */
const NEAR_MISS_SHARE = 0.15;
const REPAIRED_SHARE = 0.12;

/** What an incident is drawn for; the course is drawn too unless it is given. */
export interface IncidentPlace {
  id: string;
  server: string;
  kind: IncidentKind;
  startMs: number;
  parentId?: string;
  course?: Course;
  /** Time from the first sign to the height; drawn if left out. */
  leadMs?: number;
}

/** Draws everything about an incident that its place does not fix. */
export function drawIncident(rng: Rng, place: IncidentPlace): Incident {
  const { id, server, kind, startMs, parentId = null } = place;
  const { leadMinutes, holdMinutes, downMinutes, shape, causes, foreseeable } = KINDS[kind];
  const drawnLeadMs = leadMinutes[0] === 0 ? 0 : logBetween(rng, ...leadMinutes) * MINUTE_MS;
  const holdMs = logBetween(rng, ...holdMinutes) * MINUTE_MS;
  const downMs = downMinutes === null ? 0 : logBetween(rng, ...downMinutes) * MINUTE_MS;
  const drawnCourse = drawCourse(rng, foreseeable);
  const course = place.course ?? drawnCourse;
  const leadMs = place.leadMs ?? drawnLeadMs;
  const peakMs = startMs + leadMs;
  const endMs =
    course === "breaches"
      ? peakMs + holdMs
      : course === "repaired"
        ? repairTimeMs(startMs, peakMs)
        : peakMs + Math.max(holdMs, between(rng, 0.4, 1) * leadMs);
  return {
    id,
    kind,
    server,
    course,
    startMs,
    peakMs,
    endMs,
    backMs: course === "breaches" ? endMs + downMs : endMs,
    levelPct: course === "recovers" ? between(rng, 72, 84) : between(rng, 96, 99.5),
    shape: between(rng, ...shape),
    variation: rng.uniform(),
    cause: pick(rng, causes),
    parentId,
  };
}

function drawCourse(rng: Rng, foreseeable: boolean): Course {
  const draw = rng.uniform();
  if (!foreseeable || draw >= NEAR_MISS_SHARE + REPAIRED_SHARE) return "breaches";
  return draw < NEAR_MISS_SHARE ? "recovers" : "repaired";
}
