// What an operator could have reported about a server at a time: its state and a note. Nothing of it looks ahead.
import { fleetContract } from "../../contract/index.ts";
import type { Incident } from "../incidents/incident.ts";
import { KINDS } from "../incidents/kinds.ts";
import { MINUTE_MS } from "../random.ts";
import type { Maintenance } from "./maintenance.ts";
import { METRIC } from "./metrics.ts";

const STATES = fleetContract.state!.values;
const RECOVERY_MS = 20 * MINUTE_MS;
const WORKING_PCT = 62;
const IDLE_PCT = 10;

/** What a report is made from. */
export interface ReportInputs {
  timeMs: number;
  intervalMs: number;
  incident: Incident | undefined;
  maintenance: Maintenance;
  deployMs: number;
}

/** Place of the reported state in the contract's list. */
export function reportState(metrics: Float64Array, { timeMs, incident, maintenance }: ReportInputs): number {
  return STATES.indexOf(stateName(metrics, timeMs, incident, maintenance));
}

function stateName(
  metrics: Float64Array,
  timeMs: number,
  incident: Incident | undefined,
  maintenance: Maintenance,
): string {
  if (maintenance.startMs <= timeMs && timeMs < maintenance.endMs) return "maintenance";
  if (incident !== undefined && wentDown(incident) && isWithin(timeMs, incident.backMs, RECOVERY_MS)) return "recovery";
  const cpu = metrics[METRIC.cpu_pct]!;
  const worst = Math.max(cpu, metrics[METRIC.mem_pct]!, metrics[METRIC.disk_pct]!);
  if (worst >= 95) return "critical";
  if (worst >= 90) return "degraded";
  if (cpu >= WORKING_PCT) return "heavy_load";
  return cpu < IDLE_PCT ? "idle" : "healthy";
}

/** What an operator wrote down in this row, the first one after something happened; null as a rule. */
export function reportNote({ timeMs, intervalMs, incident, maintenance, deployMs }: ReportInputs): string | null {
  const isFirstAfter = (eventMs: number): boolean => eventMs <= timeMs && timeMs < eventMs + intervalMs;
  if (incident !== undefined) {
    const { notes } = KINDS[incident.kind];
    if (notes.start !== undefined && isFirstAfter(incident.startMs)) return notes.start;
    if (incident.course !== "recovers" && isFirstAfter(incident.backMs)) {
      return incident.course === "breaches" ? notes.end : notes.repair;
    }
  }
  if (isFirstAfter(maintenance.announcedMs)) {
    return `maintenance announced for ${new Date(maintenance.startMs).toISOString().slice(0, 16)}Z`;
  }
  return isFirstAfter(deployMs) ? "deployed a new version" : null;
}

/** Whether an incident took the server down for a while. */
export function wentDown({ endMs, backMs }: Incident): boolean {
  return backMs > endMs;
}

function isWithin(timeMs: number, fromMs: number, lengthMs: number): boolean {
  return fromMs <= timeMs && timeMs < fromMs + lengthMs;
}
