// What a live feed sends: a fleet, and the instant from which on its rows are sent. Either both begin together, or the
// fleet of a simulated data set goes on where the data ends.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import { readMeta } from "../../store/index.ts";
import type { FleetOptions } from "../create-fleet.ts";
import { checkOptions, FIRST_MONDAY_MS, fleetOptionsOf, type SimulationOptions } from "../options.ts";
import { HOUR_MS } from "../random.ts";
import { SCENARIOS, type ScenarioName, scenarioScript } from "../scenarios/scenarios.ts";
import { STORY_HOURS } from "../scenarios/story.ts";
import { SIMULATOR_VERSION } from "../to-data-set.ts";

/** What a live feed sends. */
export interface LivePlan {
  fleet: FleetOptions;
  /** First instant that is sent; earlier ones are stepped through in silence. */
  fromMs: number;
  /** Largest offset of a server's clock. */
  clockSkewMs: number;
  /** Start of the story that is told; null without one. */
  storyMs: number | null;
}

/**
 * A feed that begins with its fleet: its rows are those of a data set of the same options. A story begins at once.
 * @throws ForewarnError `usage_invalid`, `interval_mismatch` for options out of range.
 */
export function planLive(given: Omit<SimulationOptions, "hours">): LivePlan {
  const options: SimulationOptions = { ...given, hours: STORY_HOURS };
  checkOptions(options);
  const { startMs: fromMs = FIRST_MONDAY_MS, clockSkewMs = 0, scenario } = options;
  return { fleet: fleetOptionsOf(options), fromMs, clockSkewMs, storyMs: scenario === undefined ? null : fromMs };
}

const storedOptions = z.object({
  tool: z.literal("simulate"),
  simulatorVersion: z.number(),
  options: z.object({
    servers: z.number(),
    hours: z.number(),
    intervalMs: z.number(),
    seed: z.number(),
    startMs: z.number().optional(),
    incidentRate: z.number().optional(),
    clockSkewMs: z.number().optional(),
    scenario: z.enum(SCENARIOS).optional(),
  }),
});

/**
 * A feed that goes on where a simulated data set ends, with the rows that a longer one would have had. With a scenario
 * its story begins there.
 * @throws ForewarnError `usage_invalid` for a data set that this simulator has not made; what `readMeta` throws.
 */
export function continueDataSet(directory: string, scenario?: ScenarioName): LivePlan {
  const { createdBy } = readMeta(directory);
  const stored = storedOptions.safeParse(createdBy);
  if (!stored.success || stored.data.simulatorVersion !== SIMULATOR_VERSION) {
    const got = stored.success ? `version ${stored.data.simulatorVersion}` : `one made by ${createdBy.tool}`;
    const expected = `a data set made by version ${SIMULATOR_VERSION} of the simulator`;
    throw new ForewarnError("usage_invalid", `${directory}: Expected ${expected}, got ${got}`, {
      hint: "make one with `forewarn simulate`, or leave out --continue",
    });
  }
  const options = stored.data.options as SimulationOptions;
  const steps = checkOptions(options);
  const fleet = fleetOptionsOf(options);
  const fromMs = fleet.startMs + steps * options.intervalMs;
  const { clockSkewMs = 0 } = options;
  if (scenario !== undefined) {
    const script = scenarioScript(scenario, options.seed, fromMs);
    return { fleet: { ...fleet, script }, fromMs, clockSkewMs, storyMs: fromMs };
  }
  return {
    fleet,
    fromMs,
    clockSkewMs,
    storyMs: options.scenario === undefined ? null : fromMs - STORY_HOURS * HOUR_MS,
  };
}
