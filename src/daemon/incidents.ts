// Incidents in the measured values: those that last, and those that ended since the last tick.
import type { Incident, TrackedAlert, WatchedEvent } from "../alert/index.ts";
import { breachOnsets } from "../contract/index.ts";
import type { Series } from "../store/index.ts";

/** An incident found in a series. `knownAtMs` is the end of the step that confirmed it. */
export interface FoundIncident extends Incident {
  knownAtMs: number;
}

/** All incidents of one event in one series, oldest first. */
export function incidentsIn(
  { server, startMs, values }: Pick<Series, "server" | "startMs" | "values">,
  event: WatchedEvent,
  column: number,
  intervalMs: number,
): FoundIncident[] {
  const { onset, active } = breachOnsets(values[column]!, event);
  const found: FoundIncident[] = [];
  for (let step = onset.indexOf(1); step >= 0; step = onset.indexOf(1, step + 1)) {
    const end = active.indexOf(0, step);
    found.push({
      server,
      event: event.id,
      onsetMs: startMs + step * intervalMs,
      endMs: end < 0 ? null : startMs + end * intervalMs,
      knownAtMs: startMs + (step + event.forSteps) * intervalMs,
    });
  }
  return found;
}

/** Finds incidents tick by tick. */
export interface IncidentWatch {
  /** Looks through the newest values of a server. */
  visit(series: Series): void;
  /** What was found since the last call: a tick is over. */
  take(boundaryMs: number): Incident[];
}

/** What a watch looks for. */
export interface IncidentWatchOptions {
  events: readonly WatchedEvent[];
  /** Position of each event's metric among the values of a series. */
  columns: readonly number[];
  intervalMs: number;
  /** Incidents that ended before this time are not told. */
  sinceMs: number;
  /** Incidents that lasted then. */
  lasting: readonly Pick<Incident, "server" | "event" | "onsetMs">[];
}

/**
 * Makes a watch. An incident keeps the onset under which it was first told, also when late rows move it, and when the
 * beginning of a long one leaves the hot window.
 */
export function createIncidentWatch({
  events,
  columns,
  intervalMs,
  sinceMs,
  lasting,
}: IncidentWatchOptions): IncidentWatch {
  let lastMs = sinceMs;
  let onsets = new Map(lasting.map(({ server, event, onsetMs }) => [keyOf(server, event), onsetMs]));
  let found: Incident[] = [];
  return {
    visit(series) {
      for (const [index, event] of events.entries()) {
        const incidents = incidentsIn(series, event, columns[index]!, intervalMs);
        const told = onsets.get(keyOf(series.server, event.id));
        // The one that lasted at the last tick covers that time, wherever its onset is by now.
        const same =
          told === undefined ? undefined : incidents.find((one) => one.onsetMs < lastMs && isOpenAt(one, lastMs));
        for (const { knownAtMs: _, ...incident } of incidents) {
          if (!isOpenAt(incident, lastMs)) continue;
          found.push(incident.onsetMs === same?.onsetMs ? { ...incident, onsetMs: told! } : incident);
        }
      }
    },
    take(boundaryMs) {
      const taken = found;
      const open = taken.filter(({ endMs }) => endMs === null);
      onsets = new Map(open.map(({ server, event, onsetMs }) => [keyOf(server, event), onsetMs]));
      [found, lastMs] = [[], boundaryMs];
      return taken;
    },
  };
}

/** The incidents that lasted when an alert book was saved. */
export function lastingIncidents(alerts: readonly TrackedAlert[], eventOf: (rule: string) => string | undefined) {
  return alerts.flatMap(({ rule, server, track }) => {
    const event = eventOf(rule);
    return event === undefined || track.incident === null ? [] : [{ server, event, onsetMs: track.incident.onsetMs }];
  });
}

function isOpenAt({ endMs }: Pick<Incident, "endMs">, timeMs: number): boolean {
  return endMs === null || endMs >= timeMs;
}

function keyOf(server: string, event: string): string {
  return `${event}\n${server}`;
}
