// Writes down what happens to a fleet while it is stepped: every incident, with the breach that its values really made,
// and every breach that no incident explains.
import { breachRuleSteps, type Contract, intervalMs } from "../../contract/index.ts";
import type { IncidentTruth } from "../../store/index.ts";
import type { Incident } from "../incidents/incident.ts";
import { KINDS } from "../incidents/kinds.ts";
import { wentDown } from "../server/report.ts";
import type { SimulatedServer } from "../server/simulated-server.ts";
import { createBreachTracker, type TrackedBreach } from "./breach-tracker.ts";

/** A breach may begin this long after the effect of its incident has ended, while it fades. */
const FADE_MS = 10 * 60_000;

/** Records the truth about one server. */
export interface TruthRecorder {
  /** To be called after each step. */
  observe(timeMs: number, arrived: boolean): void;
  /** Everything that happened before `endMs`, in time order. */
  finish(endMs: number): IncidentTruth[];
}

/** Makes the recorder of a server under the rules of `contract`, whose metrics are those of fleet/4.0. */
export function createTruthRecorder(server: SimulatedServer, contract: Contract): TruthRecorder {
  const stepMs = intervalMs(contract);
  const rules = breachRuleSteps(contract).map((rule) => ({
    id: rule.id,
    metric: contract.metrics.findIndex(({ name }) => name === rule.metric),
    tracker: createBreachTracker<Incident | undefined>(rule, stepMs),
  }));
  const incidents: Incident[] = [];
  let firstMs = Number.NaN;

  return {
    observe(timeMs, arrived) {
      const { incident, metrics } = server;
      if (Number.isNaN(firstMs)) firstMs = timeMs;
      if (incident !== undefined && incidents.at(-1) !== incident && incident.backMs > firstMs)
        incidents.push(incident);
      if (!arrived) return;
      const cause = incident !== undefined && timeMs < incident.endMs + FADE_MS ? incident : undefined;
      for (const { metric, tracker } of rules) tracker.add(timeMs, metrics[metric]!, cause);
    },
    finish(endMs) {
      const unexplained: IncidentTruth[] = [];
      const breachOf = new Map<Incident, TrackedBreach<unknown>>();
      for (const { id, tracker } of rules) {
        for (const breach of tracker.finish()) {
          const { cause } = breach;
          if (cause !== undefined && KINDS[cause.kind].rule === id) {
            const first = breachOf.get(cause);
            breachOf.set(cause, { ...breach, startMs: first?.startMs ?? breach.startMs });
          } else {
            unexplained.push(demandPeak(server.server, id, breach, unexplained.length + 1));
          }
        }
      }
      return [...incidents.map((incident) => describe(incident, breachOf.get(incident), endMs)), ...unexplained].sort(
        (a, b) => startOf(a) - startOf(b),
      );
    },
  };
}

function startOf({ precursorStartMs, breachStartMs }: IncidentTruth): number {
  return precursorStartMs ?? breachStartMs!;
}

function describe(incident: Incident, breach: TrackedBreach<unknown> | undefined, endMs: number): IncidentTruth {
  const { rule, foreseeable } = KINDS[incident.kind];
  const span = rule === null && wentDown(incident) ? { startMs: incident.endMs, endMs: incident.backMs } : breach;
  return {
    incidentId: incident.id,
    kind: incident.kind,
    server: incident.server,
    rule,
    foreseeable,
    outcome: span !== undefined ? "breached" : outcomeWithoutBreach(incident, endMs),
    precursorStartMs: incident.startMs,
    breachStartMs: span?.startMs ?? null,
    breachEndMs: span?.endMs ?? null,
    cause: incident.cause,
    parentId: incident.parentId,
  };
}

function outcomeWithoutBreach({ course, endMs: overMs }: Incident, endMs: number): IncidentTruth["outcome"] {
  if (overMs > endMs) return "open";
  return course === "breaches" ? "unbreached" : course === "recovers" ? "recovered" : "repaired";
}

/** A breach without an incident: ordinary work has filled the server. */
function demandPeak(server: string, rule: string, breach: TrackedBreach<unknown>, number: number): IncidentTruth {
  return {
    incidentId: `${server}-d${String(number).padStart(3, "0")}`,
    kind: "demand_peak",
    server,
    rule,
    foreseeable: true,
    outcome: "breached",
    precursorStartMs: null,
    breachStartMs: breach.startMs,
    breachEndMs: breach.endMs,
    cause: "more work than the server was sized for",
    parentId: null,
  };
}
