// The simulation of a whole fleet as a stream of columnar chunks: pure, seeded, no clock.
import { createRng, ForewarnError } from "../base/index.ts";
import { fleetContract } from "../contract/index.ts";
import { type PlannedServer, planFleet } from "./fleet.ts";
import { PROFILES, type Profile } from "./profiles.ts";
import { createServer } from "./server.ts";
import { planTroubles } from "./troubles.ts";

const HOUR_MS = 3_600_000;
const CHUNK_ROWS = 2048;

/** Start of a simulation unless another is given: Monday 2026-01-05, 00:00 UTC. */
export const FIRST_MONDAY_MS = Date.UTC(2026, 0, 5);

/** What to simulate. */
export interface SimulationOptions {
  /** Number of servers, at least 1. */
  servers: number;
  hours: number;
  /** Spacing of the rows. */
  intervalMs: number;
  /** Unsigned 32-bit seed; the same options give the same rows. */
  seed: number;
  /** Epoch milliseconds of the first row; {@link FIRST_MONDAY_MS} by default. */
  startMs?: number;
}

/** Up to 2,048 rows of one server in time order, column by column. */
export interface RowChunk extends PlannedServer {
  /** Epoch milliseconds. [rows] */
  timestampsMs: number[];
  state: string[];
  /** One array for each metric of fleet/4.0, in contract order. [metrics][rows] */
  metrics: number[][];
  notes: (string | null)[];
}

/**
 * Simulates a fleet under the contract fleet/4.0: server after server by name, each in time order. A server's rows
 * depend on the options and its own name only, so a larger fleet has the same rows for the servers it shares.
 * @throws ForewarnError `usage_invalid` for options out of range.
 */
export function* simulateFleet(options: SimulationOptions): Generator<RowChunk> {
  const steps = checkOptions(options);
  const { servers, intervalMs, seed, startMs = FIRST_MONDAY_MS } = options;
  const endMs = startMs + steps * intervalMs;
  for (const planned of planFleet(servers)) {
    const rng = createRng(seed).fork(planned.server);
    const profile: Profile = PROFILES[planned.profile];
    const troubles = planTroubles(rng.fork("troubles"), profile, startMs, endMs);
    const rowAt = createServer(rng, profile, troubles, intervalMs);
    let chunk = emptyChunk(planned);
    for (let step = 0; step < steps; step++) {
      const timeMs = startMs + step * intervalMs;
      const row = rowAt(timeMs);
      if (row === undefined) continue;
      chunk.timestampsMs.push(timeMs);
      chunk.state.push(row.state);
      chunk.notes.push(row.notes);
      for (const [i, metric] of fleetContract.metrics.entries())
        chunk.metrics[i]!.push(round(row.metrics[metric.name]!));
      if (chunk.timestampsMs.length === CHUNK_ROWS) {
        yield chunk;
        chunk = emptyChunk(planned);
      }
    }
    if (chunk.timestampsMs.length > 0) yield chunk;
  }
}

/** Returns the number of steps of the grid. */
function checkOptions({ servers, hours, intervalMs, seed, startMs = FIRST_MONDAY_MS }: SimulationOptions): number {
  const check = (holds: boolean, name: string, expected: string, got: number): void => {
    if (!holds) throw new ForewarnError("usage_invalid", `${name}: Expected ${expected}, got ${got}`);
  };
  check(Number.isInteger(servers) && servers >= 1, "servers", "a whole number from 1", servers);
  check(Number.isFinite(hours) && hours > 0, "hours", "more than 0", hours);
  check(Number.isInteger(intervalMs) && intervalMs >= 1, "interval", "at least 1 ms", intervalMs);
  check(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, "seed", "a whole number from 0 to 4294967295", seed);
  check(Number.isSafeInteger(startMs) && startMs >= 0, "start", "a time from 1970 on", startMs);
  const steps = Math.floor((hours * HOUR_MS) / intervalMs);
  check(steps >= 1, "hours", "at least one interval", hours);
  return steps;
}

function emptyChunk(planned: PlannedServer): RowChunk {
  return { ...planned, timestampsMs: [], state: [], metrics: fleetContract.metrics.map(() => []), notes: [] };
}

/** Four decimals are far below the noise and keep files small. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
