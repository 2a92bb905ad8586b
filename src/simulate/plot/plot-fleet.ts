// Draws a simulated fleet: a sheet on which a person sees what was made.
import { join } from "node:path";
import { fileError, formatDuration, makeDirectory, writeFileAtomic } from "../../base/index.ts";
import { clockInWords } from "../../sheet/index.ts";
import { checkOptions, contractFor, fleetOptionsOf, type SimulationOptions } from "../options.ts";
import { MOST_CASCADE_ROWS } from "./cascade-chart.ts";
import { largestCascade, oneOfEachEscape, oneOfEachKind, oneOfEachProfile } from "./choose.ts";
import { type FleetHistory, type PastIncident, recordHistory } from "./history.ts";
import { INCIDENT_COLUMNS } from "./incident-chart.ts";
import { writeSheet } from "./sheet.ts";
import { SPAN_COLUMNS } from "./span-chart.ts";
import { type TraceRequest, traceFleet } from "./trace.ts";
import { marginMs } from "./words.ts";

const FILE = "fleet.html";

/** What was drawn. */
export interface FleetPlot {
  /** Path of the sheet. */
  path: string;
  /** Names of the servers on it, sorted. */
  servers: string[];
  /** Incidents of the whole fleet; the sheet shows one of each kind and counts the others. */
  incidents: number;
}

/**
 * Simulates a fleet and writes the sheet `fleet.html` into `directory`, which is made if it is absent. The fleet is
 * stepped twice, first for the truth and then for the servers on the sheet, so that its rows never lie in memory.
 * @throws ForewarnError `usage_invalid` and `interval_mismatch` for options out of range, and what
 *   {@link writeFileAtomic} throws.
 */
export async function plotFleet(directory: string, options: SimulationOptions): Promise<FleetPlot> {
  const steps = checkOptions(options);
  const contract = contractFor(options.intervalMs);
  const fleetOptions = fleetOptionsOf(options);
  const history = recordHistory(fleetOptions, steps, contract);

  const kinds = oneOfEachKind(history);
  const escapes = oneOfEachEscape(history);
  const servers = oneOfEachProfile(history);
  const requests = [
    ...[...kinds, ...escapes].map((incident) => aroundIncident(incident, history, options.intervalMs)),
    ...servers.map(({ server }) => ({ ...wholeSpan(history), server })),
  ];
  const traces = traceFleet(fleetOptions, requests);
  const sceneTraces = traces.splice(0, kinds.length + escapes.length);
  const scenes = [...kinds, ...escapes].map((incident, index) => ({ incident, trace: sceneTraces[index]! }));
  const cascade = largestCascade(history);

  const path = join(directory, FILE);
  const html = writeSheet({
    facts: describeOptions(options, history),
    contract,
    history,
    kinds: scenes.slice(0, kinds.length),
    escapes: scenes.slice(kinds.length),
    spans: servers.map((server, index) => ({ server, trace: traces[index]! })),
    cascade,
  });
  try {
    makeDirectory(directory);
  } catch (error) {
    throw fileError(error, directory);
  }
  writeFileAtomic(path, html);
  const shown = [
    ...requests.map(({ server }) => server),
    ...cascade.slice(0, MOST_CASCADE_ROWS).map(({ incident }) => incident.server),
  ];
  return { path, servers: [...new Set(shown)].sort(), incidents: history.incidents.length };
}

/** Some hours before the first sign of an incident to some hours after its end, on the grid and inside the data. */
function aroundIncident(
  { server, beganMs, overMs }: PastIncident,
  history: FleetHistory,
  intervalMs: number,
): TraceRequest {
  const margin = marginMs(overMs - beganMs);
  const onGrid = (timeMs: number): number =>
    history.startMs + Math.round((timeMs - history.startMs) / intervalMs) * intervalMs;
  return {
    server,
    startMs: Math.max(history.startMs, onGrid(beganMs - margin)),
    endMs: Math.min(history.endMs, onGrid(overMs + margin)),
    mostColumns: INCIDENT_COLUMNS,
  };
}

function wholeSpan({ startMs, endMs }: FleetHistory): Omit<TraceRequest, "server"> {
  return { startMs, endMs, mostColumns: SPAN_COLUMNS };
}

function describeOptions(options: SimulationOptions, { startMs, endMs }: FleetHistory): [string, string][] {
  const time = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 10)} ${clockInWords(timeMs)}`;
  return [
    ["Servers", String(options.servers)],
    ["From", time(startMs)],
    ["To", time(endMs)],
    ["Interval", formatDuration(options.intervalMs)],
    ["Seed", String(options.seed)],
    ["Incident rate", String(options.incidentRate ?? 1)],
    ...(options.scenario === undefined ? [] : [["Scenario", options.scenario] as [string, string]]),
  ];
}
