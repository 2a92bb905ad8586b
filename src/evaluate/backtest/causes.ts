// What onsets came from, by the truth that lies beside simulated data.
import type { IncidentTruth } from "../../store/index.ts";
import type { OnsetCause } from "../early-warning/warning-series.ts";

/** What an onset came from; null where the truth does not say. */
export type CauseOf = (server: string, rule: string, onsetMs: number) => OnsetCause | null;

/**
 * Finds the incident that an onset belongs to: the one of the same server and rule whose breach holds at the onset, or
 * began within `intervalMs` of it. Null where the truth has none.
 */
export function causesBy(truth: readonly IncidentTruth[], intervalMs: number): CauseOf {
  const byRule = new Map<string, IncidentTruth[]>();
  for (const incident of truth) {
    if (incident.rule === null || incident.breachStartMs === null) continue;
    const key = keyOf(incident.server, incident.rule);
    byRule.set(key, [...(byRule.get(key) ?? []), incident]);
  }
  return (server, rule, onsetMs) => {
    const found = byRule.get(keyOf(server, rule))?.find(({ breachStartMs, breachEndMs }) => {
      const endMs = Math.max(breachEndMs ?? Number.POSITIVE_INFINITY, breachStartMs! + intervalMs);
      return onsetMs >= breachStartMs! - intervalMs && onsetMs <= endMs;
    });
    return found === undefined ? null : { kind: found.kind, foreseeable: found.foreseeable };
  };
}

function keyOf(server: string, rule: string): string {
  return JSON.stringify([server, rule]);
}
