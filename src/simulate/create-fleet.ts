// A whole fleet ready to be stepped through time: pure, seeded, no clock. Batch, live feed and scenarios all run this one.
import { createRng } from "../base/index.ts";
import { planFleet } from "./fleet/plan-fleet.ts";
import { PROFILES } from "./fleet/profiles.ts";
import { drawTopology, type Topology } from "./fleet/topology.ts";
import { createCascades } from "./incidents/cascades.ts";
import type { Incident } from "./incidents/incident.ts";
import { createTimeline } from "./incidents/timeline.ts";
import { createCampaigns } from "./load/campaigns.ts";
import { createLoadCurve } from "./load/load-curve.ts";
import { createServer, type SimulatedServer } from "./server/simulated-server.ts";

/** A fleet of servers and who calls whom. */
export interface SimulatedFleet {
  /** Sorted by name. */
  servers: SimulatedServer[];
  topology: Topology;
  /**
   * Begins another story at an instant that has not been stepped to. Incidents of the story before that last then are
   * repaired, and those that would come later never do.
   */
  tell(script: Script): void;
}

/** What to simulate. */
export interface FleetOptions {
  /** Number of servers, at least 1. */
  servers: number;
  /** Unsigned 32-bit seed; the same options give the same rows. */
  seed: number;
  /** Epoch milliseconds of the first row. */
  startMs: number;
  /** Spacing of the rows. */
  intervalMs: number;
  /** Multiplies how often things go wrong; 1 by default, 0 is a fleet without incidents and otherwise the same. */
  incidentRate?: number;
  /** A scripted story: its incidents, and the time in which nothing else goes wrong. */
  script?: (fleet: Pick<SimulatedFleet, "topology">) => Script;
}

/** Incidents of a story; only one at a time for each server, in time order. */
export interface Script {
  startMs: number;
  endMs: number;
  incidents: readonly Incident[];
}

/** Makes a fleet. Its servers draw what they need as time goes on, so a longer run begins with the same rows. */
export function createFleet(options: FleetOptions): SimulatedFleet {
  const { servers, seed, startMs, intervalMs, incidentRate = 1, script } = options;
  const rng = createRng(seed);
  const fleet = planFleet(servers, rng.fork("fleet"));
  const topology = drawTopology(fleet, rng.fork("topology"));
  const cascades = createCascades(rng.fork("cascades"), topology, startMs, incidentRate);
  const campaignLift = createCampaigns(rng.fork("campaigns"));
  const curves = new Map<string, (timeMs: number) => number>();
  let story = script?.({ topology });

  return {
    topology,
    tell(next) {
      story = {
        ...next,
        incidents: [...(story?.incidents ?? []).flatMap((one) => cutShort(one, next.startMs)), ...next.incidents],
      };
    },
    servers: fleet.map((planned) => {
      const own = rng.fork(`server ${planned.server}`);
      const key = `${planned.profile} ${planned.personality.zone}`;
      const loadAt =
        curves.get(key) ?? createLoadCurve(PROFILES[planned.profile], planned.personality.zone, campaignLift);
      curves.set(key, loadAt);
      const incidentAt = createTimeline(own.fork("incidents"), planned, startMs, incidentRate, (timeMs) =>
        cascades.of(planned.server, timeMs),
      );
      return createServer({
        planned,
        rng: own,
        startMs,
        intervalMs,
        loadAt,
        incidentAt: withStory(incidentAt, () => story, planned.server),
      });
    }),
  };
}

/** Incidents of a server with those of the story that is told in place of whatever else overlaps its time. */
function withStory(
  incidentAt: (timeMs: number) => Incident | undefined,
  storyNow: () => Script | undefined,
  server: string,
): (timeMs: number) => Incident | undefined {
  let story = storyNow();
  let own: Incident[] = [];
  const readStory = (): void => {
    story = storyNow();
    own = story?.incidents.filter((incident) => incident.server === server) ?? [];
  };
  readStory();
  return (timeMs) => {
    if (storyNow() !== story) readStory();
    const other = incidentAt(timeMs);
    if (story === undefined) return other;
    const told = own.findLast((incident) => incident.startMs <= timeMs);
    const disturbs = other !== undefined && other.startMs < story.endMs && other.backMs > story.startMs;
    if (told !== undefined && (other === undefined || disturbs || told.startMs > other.startMs)) return told;
    return disturbs ? undefined : other;
  };
}

/** An incident of a story that ends at `timeMs`: as it was when it was over, repaired when it lasts, or not at all. */
function cutShort(incident: Incident, timeMs: number): Incident[] {
  if (incident.startMs >= timeMs) return [];
  if (incident.endMs <= timeMs) return [incident];
  return [{ ...incident, course: "repaired", endMs: timeMs, backMs: timeMs }];
}
