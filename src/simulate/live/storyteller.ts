// Stories that are told while a feed goes on: another one can begin at any instant, from the fleet as it is then.
import { createFleet, type SimulatedFleet } from "../create-fleet.ts";
import type { Course, Incident, IncidentKind } from "../incidents/incident.ts";
import { KINDS } from "../incidents/kinds.ts";
import { type ScenarioName, scenarioScript } from "../scenarios/scenarios.ts";
import type { LivePlan } from "./plan.ts";

/** A story as it is planned: the truth, which no model sees. */
export interface ToldStory {
  scenario: ScenarioName;
  startMs: number;
  endMs: number;
  /** In the order in which they begin. */
  incidents: readonly ToldIncident[];
}

/** One incident of a story. */
export interface ToldIncident {
  server: string;
  /** Breach rule of the fleet contract that it breaks; null when the server goes down instead. */
  rule: string | null;
  /** What one would see, such as "the disk is filling". */
  sign: string;
  cause: string;
  /** Whether anything announces it. */
  isForeseeable: boolean;
  course: Course;
  /** First sign, height, and when the cause is gone. */
  startMs: number;
  peakMs: number;
  endMs: number;
}

/** See {@link createStoryteller}. */
export interface Storyteller {
  fleet: SimulatedFleet;
  /** The newest story. */
  told(): ToldStory;
  /**
   * Begins another story at the next instant; what goes on then is repaired at once. The same seed, instant and name give
   * the same story.
   */
  tell(scenario: ScenarioName): ToldStory;
  /** To be called before the rows of an instant are made. */
  reach(timeMs: number): void;
}

const SIGNS: Record<IncidentKind, string> = {
  memory_leak: "memory is leaking",
  disk_fill: "the disk is filling",
  queue_growth: "a queue is growing",
  batch_overload: "a large batch is building up",
  noisy_neighbour: "a neighbour is taking the processor",
  pool_exhaustion: "connections are running out",
  thermal_throttling: "the processor is getting too hot",
  deploy_regression: "a new version takes ever more CPU",
  retry_storm: "callers are trying again and again",
  power_loss: "the power fails",
  kernel_panic: "the kernel panics",
  operator_error: "someone starts the wrong command",
};

/** Makes the teller of a feed whose plan begins with the story `scenario`. */
export function createStoryteller({ fleet: options, fromMs }: LivePlan, scenario: ScenarioName): Storyteller {
  const fleet = createFleet(options);
  let nextMs = fromMs;
  const scriptOf = (name: ScenarioName) => scenarioScript(name, options.seed, nextMs)(fleet);
  const storyOf = (name: ScenarioName, { startMs, endMs, incidents }: ReturnType<typeof scriptOf>): ToldStory => ({
    ...{ scenario: name, startMs, endMs },
    incidents: incidents.map(toldIncident).sort((a, b) => a.startMs - b.startMs),
  });
  let told = storyOf(scenario, scriptOf(scenario));
  return {
    fleet,
    told: () => told,
    tell(name) {
      const script = scriptOf(name);
      fleet.tell(script);
      told = storyOf(name, script);
      return told;
    },
    reach(timeMs) {
      nextMs = timeMs + options.intervalMs;
    },
  };
}

function toldIncident({ server, kind, cause, course, startMs, peakMs, endMs }: Incident): ToldIncident {
  const { rule, foreseeable: isForeseeable } = KINDS[kind];
  return { server, rule, sign: SIGNS[kind], cause, isForeseeable, course, startMs, peakMs, endMs };
}
