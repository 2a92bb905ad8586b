// One server stepped through time: its load, work, incidents and noise become a row of fleet/4.0 at each instant.
import type { Rng } from "../../base/index.ts";
import { fleetContract } from "../../contract/index.ts";
import type { PlannedServer } from "../fleet/plan-fleet.ts";
import { PROFILES } from "../fleet/profiles.ts";
import { type Effects, neutralEffects, resetEffects } from "../incidents/effects.ts";
import { type Incident, intensity } from "../incidents/incident.ts";
import { KINDS } from "../incidents/kinds.ts";
import { createNoises } from "../load/noise.ts";
import { createWork } from "../load/work.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../random.ts";
import { createGaps, createMaintenance } from "./maintenance.ts";
import { NOISE_TIMES_MS, writeMetrics } from "./metrics.ts";
import { reportNote, reportState, wentDown } from "./report.ts";

const WEEK_MS = 7 * DAY_MS;
/** The kernel's kill is reported for some minutes after the server is back. */
const OOM_REPORTED_MS = 6 * MINUTE_MS;
/** A restart frees this much memory, which grows back within hours. */
const FRESH_PCT = 10;
const FRESH_MS = 3 * HOUR_MS;

/** A server that is stepped forward in time. */
export interface SimulatedServer extends PlannedServer {
  /** Values of the last row, in the order of the metrics of fleet/4.0. */
  readonly metrics: Float64Array;
  /** Place of the last row's state in the contract's list. */
  readonly state: number;
  /** What an operator wrote down in the last row. */
  readonly note: string | null;
  /** The incident that has begun last, whether or not it is over. */
  readonly incident: Incident | undefined;
  /**
   * Goes on to `timeMs`, which must be the next instant of the grid.
   * @returns Whether a row arrives; if not, the last row stays as it was.
   */
  step(timeMs: number): boolean;
}

/** What a server is made from. */
export interface ServerParts {
  planned: PlannedServer;
  rng: Rng;
  startMs: number;
  intervalMs: number;
  /** Load of its profile and zone over time. */
  loadAt: (timeMs: number) => number;
  /** Its incidents, from `createTimeline`. */
  incidentAt: (timeMs: number) => Incident | undefined;
}

/** Makes a server. Its noise does not depend on its incidents, so the same server without them has the same noise. */
export function createServer({ planned, rng, startMs, intervalMs, loadAt, incidentAt }: ServerParts): SimulatedServer {
  const profile = PROFILES[planned.profile];
  const { personality } = planned;
  const workAt = createWork(rng.fork("work"), profile, personality, startMs);
  const maintenanceAt = createMaintenance(rng.fork("maintenance"), startMs);
  const gapAt = createGaps(rng.fork("collector"), startMs);
  const noises = createNoises(rng.fork("noise"), NOISE_TIMES_MS, intervalMs);
  const effects: Effects = neutralEffects();
  const metrics = new Float64Array(fleetContract.metrics.length);
  const server = {
    ...planned,
    metrics,
    state: 0,
    note: null as string | null,
    incident: undefined as Incident | undefined,
    step(timeMs: number): boolean {
      noises.next();
      const incident = incidentAt(timeMs);
      const maintenance = maintenanceAt(timeMs);
      const work = workAt(timeMs);
      server.incident = incident;
      if (contains(gapAt(timeMs), timeMs) || contains(maintenance.restart, timeMs)) return false;
      if (incident !== undefined && incident.endMs <= timeMs && timeMs < incident.backMs) return false;

      resetEffects(effects);
      const strength = incident === undefined || hasRestarted(incident, timeMs) ? 0 : intensity(incident, timeMs);
      if (strength > 0) {
        effects.levelPct = incident!.levelPct;
        KINDS[incident!.kind].apply(strength, effects, incident!, timeMs);
      }
      const idle = contains(maintenance, timeMs) ? 0.1 : 1;
      writeMetrics(metrics, profile, personality, {
        load: idle * loadAt(timeMs - personality.shiftMs),
        work,
        effects,
        noise: noises.values,
        weekShare: (timeMs % WEEK_MS) / WEEK_MS,
        freshPct: freshMemory(incident, timeMs),
        outOfMemory: isOutOfMemory(incident, timeMs),
      });
      const inputs = { timeMs, intervalMs, incident, maintenance, deployMs: work.deployMs };
      server.state = reportState(metrics, inputs);
      server.note = reportNote(inputs);
      return true;
    },
  };
  return server;
}

function contains({ startMs, endMs }: { startMs: number; endMs: number }, timeMs: number): boolean {
  return startMs <= timeMs && timeMs < endMs;
}

/** A restart ends an effect at once. */
function hasRestarted(incident: Incident, timeMs: number): boolean {
  return wentDown(incident) && timeMs >= incident.backMs;
}

function freshMemory(incident: Incident | undefined, timeMs: number): number {
  if (incident === undefined || !hasRestarted(incident, timeMs)) return 0;
  const age = (timeMs - incident.backMs) / FRESH_MS;
  return age >= 1 ? 0 : FRESH_PCT * (1 - age);
}

function isOutOfMemory(incident: Incident | undefined, timeMs: number): boolean {
  return (
    incident?.kind === "memory_leak" && hasRestarted(incident, timeMs) && timeMs < incident.backMs + OOM_REPORTED_MS
  );
}
