// The incidents of one server in time order, one at a time: its own, drawn as far as asked for, and those that cascades
// bring. Where both would overlap, the cascade goes first.
import type { Rng } from "../../base/index.ts";
import type { PlannedServer } from "../fleet/plan-fleet.ts";
import { DAY_MS, exponential, HOUR_MS, pickWeighted } from "../random.ts";
import { drawIncident } from "./draw-incident.ts";
import type { Incident, IncidentKind } from "./incident.ts";
import { KINDS } from "./kinds.ts";

/**
 * Mean time from the end of an incident of a server to the start of its next one. A healthy fleet has a tenth as many;
 * here months of trouble are pressed into weeks, so that a model has something to learn from.
 */
const EVERY_DAYS = 8;
const PROBLEM_FACTOR = 3;
/** Quiet after an incident, so that what follows is one of its own under rules that ask for an hour of calm. */
const QUIET_MS = 3 * HOUR_MS;
/** How far ahead cascades must be known to keep their place free: longer than any incident lasts. */
const AHEAD_MS = 3 * DAY_MS;

/**
 * The incidents of a server.
 * @param rate Multiplies the frequency; 0 is none.
 * @param reserved Incidents that cascades or a script bring to this server before a time, in time order.
 * @returns The incident that has begun last at `timeMs`, if any. Times asked for must not go back.
 */
export function createTimeline(
  rng: Rng,
  { server, profile, personality }: PlannedServer,
  startMs: number,
  rate: number,
  reserved: (timeMs: number) => readonly Incident[],
): (timeMs: number) => Incident | undefined {
  const weights = kindWeights(profile);
  const everyMs = (EVERY_DAYS * DAY_MS) / (rate * (personality.problemChild ? PROBLEM_FACTOR : 1));
  let count = 0;
  let drawnToMs = startMs - everyMs;
  let own = rate === 0 ? undefined : drawOwn();
  let taken = 0;
  let current: Incident | undefined;

  /** The next own incident that leaves the reserved ones their place. */
  function drawOwn(): Incident {
    for (;;) {
      const incidentStartMs = drawnToMs + exponential(rng, everyMs);
      count += 1;
      const id = `${server}-${String(count).padStart(4, "0")}`;
      const incident = drawIncident(rng, { id, server, kind: pickWeighted(rng, weights), startMs: incidentStartMs });
      drawnToMs = incident.backMs + QUIET_MS;
      const free = reserved(incident.backMs + AHEAD_MS).every(
        (other) => other.backMs + QUIET_MS < incident.startMs || incident.backMs + QUIET_MS < other.startMs,
      );
      if (free) return incident;
    }
  }

  return (timeMs) => {
    while (own !== undefined && own.startMs <= timeMs) {
      current = own;
      own = drawOwn();
    }
    const brought = reserved(timeMs + 1);
    for (; taken < brought.length; taken++) {
      const next = brought[taken]!;
      if (next.startMs > timeMs) break;
      if (current === undefined || next.startMs > current.startMs) current = next;
    }
    return current;
  };
}

function kindWeights(profile: PlannedServer["profile"]): Record<IncidentKind, number> {
  const kinds = Object.entries(KINDS) as [IncidentKind, (typeof KINDS)[IncidentKind]][];
  return Object.fromEntries(
    kinds.map(([name, { weight, profileWeights }]) => [name, weight * (profileWeights?.[profile] ?? 1)]),
  ) as Record<IncidentKind, number>;
}
