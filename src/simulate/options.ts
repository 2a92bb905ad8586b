// What to simulate, and which of it is possible.
import { ForewarnError, formatDuration, parseDuration } from "../base/index.ts";
import { type Contract, intervalMs as contractIntervalMs, fleetContract } from "../contract/index.ts";
import type { FleetOptions } from "./create-fleet.ts";
import { DAY_MS, HOUR_MS } from "./random.ts";
import { checkScenario, type ScenarioName, scenarioScript } from "./scenarios/scenarios.ts";
import { STORY_HOURS } from "./scenarios/story.ts";

/** Start of a simulation unless another is given: Monday 2026-01-05, 00:00 UTC. */
export const FIRST_MONDAY_MS = Date.UTC(2026, 0, 5);
const MOST_SERVERS = 100_000;
const LEAST_INTERVAL_MS = 1000;
/** Times beyond are refused everywhere. */
const LATEST_MS = Date.UTC(2100, 0, 1);
const MOST_ROWS = 1e10;

/** What to simulate. */
export interface SimulationOptions {
  /** Number of servers, 1 to 100,000. */
  servers: number;
  hours: number;
  /** Spacing of the rows: 1 s to 1 h. Up to 5 m it must divide 5 m; above, it must divide the day. */
  intervalMs: number;
  /** Unsigned 32-bit seed; the same options give the same rows. */
  seed: number;
  /** Epoch milliseconds of the first row; {@link FIRST_MONDAY_MS} by default. */
  startMs?: number;
  /** Multiplies how often things go wrong; 1 by default. */
  incidentRate?: number;
  /** Largest offset of a server's clock from the true time; 0 by default. */
  clockSkewMs?: number;
  /** A scripted story in the last five hours; nothing else goes wrong meanwhile. */
  scenario?: ScenarioName;
}

/**
 * Checks options.
 * @returns The number of instants of the grid.
 * @throws ForewarnError `usage_invalid` for options out of range, `interval_mismatch` for an interval that does not fit.
 */
export function checkOptions(options: SimulationOptions): number {
  const { servers, hours, intervalMs, seed, startMs = FIRST_MONDAY_MS, incidentRate = 1, clockSkewMs = 0 } = options;
  const check = (holds: boolean, name: string, expected: string, got: number): void => {
    if (!holds) throw new ForewarnError("usage_invalid", `${name}: Expected ${expected}, got ${got}`);
  };
  const isWhole = (value: number, from: number, to: number): boolean =>
    Number.isInteger(value) && value >= from && value <= to;
  check(isWhole(servers, 1, MOST_SERVERS), "servers", `a whole number from 1 to ${MOST_SERVERS}`, servers);
  check(Number.isFinite(hours) && hours > 0, "hours", "more than 0", hours);
  check(
    isWhole(intervalMs, LEAST_INTERVAL_MS, HOUR_MS),
    "interval",
    `${formatDuration(LEAST_INTERVAL_MS)} to ${formatDuration(HOUR_MS)} in milliseconds`,
    intervalMs,
  );
  contractFor(intervalMs);
  check(isWhole(seed, 0, 2 ** 32 - 1), "seed", "a whole number from 0 to 4294967295", seed);
  check(isWhole(startMs, 0, LATEST_MS), "start", "a time from 1970 to 2100", startMs);
  check(incidentRate >= 0 && incidentRate <= 100, "incident rate", "0 to 100", incidentRate);
  check(clockSkewMs >= 0 && clockSkewMs <= HOUR_MS, "clock skew", "0 to 1 h in milliseconds", clockSkewMs);
  if (options.scenario !== undefined) {
    checkScenario(options.scenario);
    check(hours >= STORY_HOURS, "hours", `at least ${STORY_HOURS} for a scenario`, hours);
  }
  const steps = Math.floor((hours * HOUR_MS) / intervalMs);
  check(steps >= 1, "hours", "at least one interval", hours);
  check(startMs + steps * intervalMs <= LATEST_MS, "hours", "an end before the year 2100", hours);
  check(steps * servers <= MOST_ROWS, "servers and hours", `at most ${MOST_ROWS} rows`, steps * servers);
  return steps;
}

/** The fleet of checked options; a story ends with the data. */
export function fleetOptionsOf({ startMs = FIRST_MONDAY_MS, ...options }: SimulationOptions): FleetOptions {
  const { servers, seed, intervalMs, incidentRate = 1, scenario, hours } = options;
  const fleet = { servers, seed, startMs, intervalMs, incidentRate };
  if (scenario === undefined) return fleet;
  const endMs = startMs + Math.floor((hours * HOUR_MS) / intervalMs) * intervalMs;
  return { ...fleet, script: scenarioScript(scenario, seed, endMs - STORY_HOURS * HOUR_MS) };
}

/**
 * The contract of simulated rows: fleet/4.0, or beyond its 5 minutes the same contract with the rows' interval, whose
 * breach rules hold for one interval where they held for less.
 * @throws ForewarnError `interval_mismatch` when the interval fits neither 5 minutes nor a day.
 */
export function contractFor(intervalMs: number): Contract {
  const fleetMs = contractIntervalMs(fleetContract);
  if (intervalMs <= fleetMs && fleetMs % intervalMs === 0) return fleetContract;
  if (intervalMs <= fleetMs || DAY_MS % intervalMs !== 0) {
    throw new ForewarnError(
      "interval_mismatch",
      `interval: Expected one that divides ${formatDuration(fleetMs)}, or a longer one that divides a day, ` +
        `got ${formatDuration(intervalMs)}`,
      { hint: "use 1s, 5s, 10s, 30s, 1m, 5m, 10m, 15m, 30m or 1h" },
    );
  }
  const interval = formatDuration(intervalMs);
  const stretched = (text: string): string => {
    const steps = Math.ceil(parseDuration(text, "breachRules") / intervalMs);
    return formatDuration(steps * intervalMs);
  };
  return {
    ...fleetContract,
    name: `fleet-${interval}`,
    interval,
    breachRules: fleetContract.breachRules.map((rule) => ({
      ...rule,
      for: stretched(rule.for),
      clear: stretched(rule.clear),
    })),
  };
}
