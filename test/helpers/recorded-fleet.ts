// A simulated fleet stepped through its time and kept in memory, for tests of what the simulator makes.
import { breachRuleSteps, fleetContract } from "../../src/contract/index.ts";
import { createFleet, FIRST_MONDAY_MS, type FleetOptions } from "../../src/simulate/index.ts";
import { createTruthRecorder } from "../../src/simulate/truth/truth-recorder.ts";
import type { IncidentTruth } from "../../src/store/index.ts";

export const START_MS = FIRST_MONDAY_MS;
export const FIVE_MINUTES_MS = 300_000;

export interface RecordedServer {
  server: string;
  profile: string;
  /** One value per instant of the grid and metric, by name; NaN where no row arrived. */
  metrics: Record<string, Float64Array>;
  /** Place of the state in the contract's list, -1 where no row arrived. */
  states: Int8Array;
  notes: Map<number, string>;
  truth: IncidentTruth[];
}

/** Runs a fleet for `hours` from {@link START_MS}. */
export function recordFleet({
  hours,
  ...options
}: Omit<FleetOptions, "startMs"> & { hours: number }): RecordedServer[] {
  const fleet = createFleet({ ...options, startMs: START_MS });
  const steps = (hours * 3_600_000) / options.intervalMs;
  return fleet.servers.map((server) => {
    const columns = fleetContract.metrics.map(() => new Float64Array(steps).fill(Number.NaN));
    const states = new Int8Array(steps).fill(-1);
    const notes = new Map<number, string>();
    const recorder = createTruthRecorder(server, fleetContract);
    for (let step = 0; step < steps; step++) {
      const timeMs = START_MS + step * options.intervalMs;
      const arrived = server.step(timeMs);
      recorder.observe(timeMs, arrived);
      if (!arrived) continue;
      for (const [metric, column] of columns.entries()) column[step] = server.metrics[metric]!;
      states[step] = server.state;
      if (server.note !== null) notes.set(step, server.note);
    }
    return {
      server: server.server,
      profile: server.profile,
      metrics: Object.fromEntries(fleetContract.metrics.map(({ name }, metric) => [name, columns[metric]!])),
      states,
      notes,
      truth: recorder.finish(START_MS + steps * options.intervalMs),
    };
  });
}

/** Steps of the breach rules of fleet/4.0, by id. */
export const RULES = Object.fromEntries(breachRuleSteps(fleetContract).map((rule) => [rule.id, rule]));
