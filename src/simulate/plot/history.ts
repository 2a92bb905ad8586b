// What happened to a simulated fleet: its truth, and when each incident was really over.
import { type Contract, intervalMs as contractStepMs } from "../../contract/index.ts";
import type { IncidentTruth } from "../../store/index.ts";
import { createFleet, type FleetOptions } from "../create-fleet.ts";
import { createTruthRecorder } from "../truth/truth-recorder.ts";

/** An incident of the truth, with what a picture needs besides. */
export interface PastIncident extends IncidentTruth {
  profile: string;
  /** First sign of it, or its breach when it has none. */
  beganMs: number;
  /** Its breach is over, its effect is gone and the server reports again. */
  overMs: number;
}

/** A fleet's past. */
export interface FleetHistory {
  startMs: number;
  endMs: number;
  /** Sorted by name. */
  servers: { server: string; profile: string }[];
  /** By server, then in time order. */
  incidents: PastIncident[];
}

/** Steps a fleet over `steps` instants and keeps what happened, not the rows. */
export function recordHistory(options: FleetOptions, steps: number, contract: Contract): FleetHistory {
  const { startMs, intervalMs } = options;
  const endMs = startMs + steps * intervalMs;
  const fleet = createFleet(options);
  const incidents = fleet.servers.flatMap((server) => {
    const recorder = createTruthRecorder(server, contract);
    const plannedEndMs = new Map<string, number>();
    for (let timeMs = startMs; timeMs < endMs; timeMs += intervalMs) {
      recorder.observe(timeMs, server.step(timeMs));
      if (server.incident !== undefined) plannedEndMs.set(server.incident.id, server.incident.backMs);
    }
    return recorder.finish(endMs).map((truth): PastIncident => {
      const beganMs = truth.precursorStartMs ?? truth.breachStartMs ?? startMs;
      const overMs = Math.max(plannedEndMs.get(truth.incidentId) ?? beganMs, truth.breachEndMs ?? beganMs);
      return {
        ...truth,
        profile: server.profile,
        beganMs,
        overMs: Math.max(overMs, beganMs + contractStepMs(contract)),
      };
    });
  });
  return { startMs, endMs, servers: fleet.servers.map(({ server, profile }) => ({ server, profile })), incidents };
}

/** Time from the first sign to the breach; null without either, and for what nothing announces. */
export function leadMs({ foreseeable, precursorStartMs, breachStartMs }: IncidentTruth): number | null {
  if (!foreseeable || precursorStartMs === null || breachStartMs === null) return null;
  return breachStartMs - precursorStartMs;
}
