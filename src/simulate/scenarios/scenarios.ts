// Scripted stories for presenters: what goes wrong, where and when, drawn from the seed within the phases of the story.
import { createRng, ForewarnError, type Rng } from "../../base/index.ts";
import type { Script } from "../create-fleet.ts";
import type { Topology } from "../fleet/topology.ts";
import { drawCascade } from "../incidents/cascades.ts";
import { drawIncident } from "../incidents/draw-incident.ts";
import { type Incident, type IncidentKind, SUDDEN_KINDS } from "../incidents/incident.ts";
import { between, HOUR_MS } from "../random.ts";
import { PHASES, STORY_HOURS } from "./story.ts";

/** Names of the stories. */
export const SCENARIOS = ["healthy", "degrading", "critical", "cascade"] as const;

/** One of {@link SCENARIOS}. */
export type ScenarioName = (typeof SCENARIOS)[number];

type Tell = (rng: Rng, topology: Topology, startMs: number) => Incident[];

const SLOW_KINDS = ["memory_leak", "disk_fill", "deploy_regression"] as const satisfies IncidentKind[];
const CRITICAL_KINDS = [
  "pool_exhaustion",
  "queue_growth",
  "memory_leak",
  "noisy_neighbour",
  "thermal_throttling",
  "deploy_regression",
] as const satisfies IncidentKind[];

/** Storms of a story rise quicker than others, so that the whole cascade fits into it. */
const STORM_MINUTES = [35, 70] as const;
const DEGRADING_SHARE = 1 / 4;
const CRITICAL_SHARE = 1 / 3;
/** One of this many degrading servers breaches; the others are repaired in time. */
const BREACHES_ONE_IN = 4;
/** One of this many critical servers fails without a sign. */
const SUDDEN_ONE_IN = 5;

const STORIES: Record<ScenarioName, Tell> = {
  healthy: () => [],

  degrading: (rng, topology, startMs) =>
    sample(rng, serversOf(topology), DEGRADING_SHARE).map((server, index) => {
      const kind = SLOW_KINDS[index % SLOW_KINDS.length]!;
      const escalates = {
        server,
        kind,
        startMs: startMs + hours(rng, 0.7, 1.2),
        peakMs: startMs + hours(rng, 3.2, 3.5),
      };
      return index % BREACHES_ONE_IN === 0
        ? breach(rng, { ...escalates, endMs: startMs + hours(rng, 4, 4.3) })
        : repaired(rng, escalates);
    }),

  critical: (rng, topology, startMs) =>
    sample(rng, serversOf(topology), CRITICAL_SHARE).map((server, index) => {
      const number = index + 1;
      const [peakHour, recoveryHour] = PHASES.peak;
      if (number % SUDDEN_ONE_IN === 0) {
        const kind = SUDDEN_KINDS[(number / SUDDEN_ONE_IN - 1) % SUDDEN_KINDS.length]!;
        const suddenMs = startMs + hours(rng, peakHour, peakHour + 0.7);
        return drawIncident(rng, { id: idOf(server, suddenMs), server, kind, startMs: suddenMs });
      }
      return breach(rng, {
        server,
        kind: CRITICAL_KINDS[index % CRITICAL_KINDS.length]!,
        startMs: startMs + hours(rng, PHASES.escalation[0], PHASES.escalation[0] + 0.5),
        peakMs: startMs + hours(rng, peakHour, peakHour + 0.4),
        endMs: startMs + hours(rng, recoveryHour, recoveryHour + 0.4),
      });
    }),

  cascade: (rng, topology, startMs) => {
    const [first, ...others] = [...topology.callers];
    const [root] = others.reduce((most, one) => (one[1].length > most[1].length ? one : most), first!);
    return drawCascade(rng, topology, root, startMs + PHASES.escalation[0] * HOUR_MS, STORM_MINUTES);
  },
};

/**
 * The script of a story for `createFleet`. The same seed, start and fleet give the same story.
 * @throws ForewarnError `usage_invalid` for an unknown name; the message lists the known ones.
 */
export function scenarioScript(name: string, seed: number, startMs: number): (fleet: { topology: Topology }) => Script {
  const tell = STORIES[checkScenario(name)];
  return ({ topology }) => ({
    startMs,
    endMs: startMs + STORY_HOURS * HOUR_MS,
    incidents: tell(createRng(seed).fork(`scenario ${name}`), topology, startMs),
  });
}

/** @throws ForewarnError `usage_invalid` unless `name` is one of {@link SCENARIOS}. */
export function checkScenario(name: string): ScenarioName {
  const known = SCENARIOS.find((scenario) => scenario === name);
  if (known !== undefined) return known;
  throw new ForewarnError(
    "usage_invalid",
    `scenario: Expected one of ${SCENARIOS.join(", ")}, got ${JSON.stringify(name)}`,
  );
}

interface Course {
  server: string;
  kind: IncidentKind;
  startMs: number;
  peakMs: number;
}

/** An incident that reaches its height at `peakMs` and is over at `endMs`. */
function breach(rng: Rng, { peakMs, endMs, ...place }: Course & { endMs: number }): Incident {
  const { server, startMs } = place;
  const leadMs = peakMs - startMs;
  const drawn = drawIncident(rng, { ...place, id: idOf(server, startMs), course: "breaches", leadMs });
  return { ...drawn, endMs, backMs: endMs + drawn.backMs - drawn.endMs };
}

/** An incident that an operator repairs before it reaches its height. */
function repaired(rng: Rng, { peakMs, ...place }: Course): Incident {
  const { server, startMs } = place;
  return drawIncident(rng, { ...place, id: idOf(server, startMs), course: "repaired", leadMs: peakMs - startMs });
}

function idOf(server: string, startMs: number): string {
  return `${server}-s${Math.round(startMs / 60_000)}`;
}

function hours(rng: Rng, low: number, high: number): number {
  return between(rng, low, high) * HOUR_MS;
}

function serversOf({ servers }: Topology): string[] {
  return [...servers.values()].flat().sort();
}

/** A share of the items, at least one of them, in random order. */
function sample<Item>(rng: Rng, items: readonly Item[], share: number): Item[] {
  const left = [...items];
  const count = Math.max(1, Math.round(share * items.length));
  return Array.from({ length: count }, () => left.splice(rng.integer(left.length), 1)[0]!);
}
