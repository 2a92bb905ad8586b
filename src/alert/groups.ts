// Which alerts belong together: one rule, equal values of chosen labels, begun within a window of each other.
import type { Labels } from "./labels.ts";

/** How alerts are grouped. */
export interface GroupOptions {
  /** Labels whose values must be equal beside the rule: the profile, as a rule. */
  by: readonly string[];
  /** An alert joins a group that began at most so long before. */
  windowMs: number;
}

/** A group that alerts may still join: plain data. */
export interface AlertGroup {
  /** Its name for receivers. */
  key: string;
  labels: Labels;
  startedAtMs: number;
}

/**
 * The group of an alert that begins now. Groups whose window is over are dropped from `groups`, a new one is added.
 * @param labels All labels of the alert.
 */
export function joinGroup(
  groups: AlertGroup[],
  rule: string,
  labels: Labels,
  { by, windowMs }: GroupOptions,
  nowMs: number,
): AlertGroup {
  const own: Record<string, string> = { alertname: rule };
  for (const name of by) if (labels[name] !== undefined) own[name] = labels[name];
  const open = groups.filter(({ startedAtMs }) => nowMs - startedAtMs <= windowMs);
  groups.splice(0, groups.length, ...open);
  const name = `{${Object.entries(own)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ")}}`;
  const existing = groups.find(({ key }) => key.startsWith(`${name}:`));
  if (existing) return existing;
  const group = { key: `${name}:${nowMs}`, labels: own, startedAtMs: nowMs };
  groups.push(group);
  return group;
}
