// What goes wrong on a server: an incident with its course, planned ahead. The plan is the simulator's truth; nothing of
// it is in the data.

/** Kinds that announce themselves in the metrics. */
export const FORESEEABLE_KINDS = [
  "memory_leak",
  "disk_fill",
  "queue_growth",
  "batch_overload",
  "noisy_neighbour",
  "pool_exhaustion",
  "thermal_throttling",
  "deploy_regression",
  "retry_storm",
] as const;

/** Kinds that nothing announces. */
export const SUDDEN_KINDS = ["power_loss", "kernel_panic", "operator_error"] as const;

/** A kind that is planned. */
export type IncidentKind = (typeof FORESEEABLE_KINDS)[number] | (typeof SUDDEN_KINDS)[number];

/**
 * How an incident is meant to go: it breaches, fades by itself (a near miss), or is repaired by an operator before it
 * breaches.
 */
export type Course = "breaches" | "recovers" | "repaired";

/** A planned incident of one server. */
export interface Incident {
  /** Server and running number. */
  id: string;
  kind: IncidentKind;
  server: string;
  course: Course;
  /** First sign in the metrics. */
  startMs: number;
  /** The effect is at its height. */
  peakMs: number;
  /** The cause is gone and the effect fades. */
  endMs: number;
  /** The server reports again: later than `endMs` when it went down. */
  backMs: number;
  /** Level in percent that the pressed metric is drawn to: above 90, or below when the course is not to breach. */
  levelPct: number;
  /** Exponent of the rise: below 1 it slows down, above 1 it speeds up. */
  shape: number;
  /** A number in [0, 1) that varies what is particular to a kind. */
  variation: number;
  cause: string;
  /** The incident that this one follows from in a cascade. */
  parentId: string | null;
}

/** Minutes over which the effect fades once the cause is gone. */
const FADE_MS = 6 * 60_000;
/** Share of its rise after which an operator repairs an incident. */
const REPAIR_AT = 0.75;

/** How far the effect of an incident has come: 0 is nothing, 1 is its height. */
export function intensity(incident: Incident, timeMs: number): number {
  const { startMs, peakMs, endMs, shape, course } = incident;
  if (timeMs <= startMs) return 0;
  if (timeMs >= endMs) {
    const left = 1 - (timeMs - endMs) / FADE_MS;
    return left <= 0 ? 0 : left * intensity(incident, endMs - 1);
  }
  if (timeMs < peakMs) return ((timeMs - startMs) / (peakMs - startMs)) ** shape;
  return course === "recovers" ? 1 - (timeMs - peakMs) / (endMs - peakMs) : 1;
}

/** When an operator repairs an incident that rises from `startMs` to `peakMs`. */
export function repairTimeMs(startMs: number, peakMs: number): number {
  return startMs + REPAIR_AT * (peakMs - startMs);
}
