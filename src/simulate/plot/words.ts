// How the sheet says things: kinds, times, lengths, and the story of an incident in two sentences.
import type { BreachRule, Contract } from "../../contract/index.ts";
import { clockInWords, dayInWords, lengthInWords } from "../../sheet/index.ts";
import { HOUR_MS, MINUTE_MS } from "../random.ts";
import { leadMs, type PastIncident } from "./history.ts";

/** `memory_leak` as "Memory leak". */
export function kindInWords(kind: string): string {
  return `${kind[0]!.toUpperCase()}${kind.slice(1).replaceAll("_", " ")}`;
}

/** A condition of the contract: "memory at or above 90 %". */
export function ruleInWords({ metric, op, threshold }: BreachRule): string {
  const words: Record<string, string> = { cpu_pct: "CPU", mem_pct: "memory", disk_pct: "disk" };
  return `${words[metric] ?? metric} at or ${op === ">=" ? "above" : "below"} ${threshold} %`;
}

/** What led to an incident and how it went. */
export function storyInWords(incident: PastIncident, contract: Contract): string {
  const { beganMs, overMs, breachStartMs, breachEndMs, outcome, foreseeable, precursorStartMs } = incident;
  const rule = contract.breachRules.find(({ id }) => id === incident.rule);
  const at = (timeMs: number): string => `${dayInWords(timeMs)}, ${clockInWords(timeMs)}`;
  if (breachStartMs !== null && breachEndMs !== null) {
    const lasted = lengthInWords(Math.max(MINUTE_MS, breachEndMs - breachStartMs));
    const what = rule === undefined ? `Down for ${lasted}` : `Breached (${ruleInWords(rule)}) for ${lasted}`;
    const lead = leadMs(incident);
    if (!foreseeable) return `${what} from ${at(breachStartMs)}. Nothing announced it.`;
    if (precursorStartMs === null || lead === null) return `${what} from ${at(breachStartMs)}. No incident behind it.`;
    return `First sign ${at(precursorStartMs)}; lead time ${lengthInWords(lead)}. ${what}.`;
  }
  const endings = {
    breached: "Breached",
    recovered: "Faded by itself without a breach: a near miss",
    repaired: "Repaired by an operator before it breached",
    unbreached: "No breach by the rule (values too low, or rows missing)",
    open: "Still under way at the end of the data",
  } as const;
  return `First sign ${at(beganMs)}. ${endings[outcome]}, after ${lengthInWords(overMs - beganMs)}.`;
}

/** How an incident ended, in one word. */
export function outcomeInWords({ outcome, breachStartMs, breachEndMs }: PastIncident): string {
  if (outcome === "unbreached") return "no breach";
  if (outcome !== "breached" || breachStartMs === null || breachEndMs === null) return outcome;
  return `breached ${lengthInWords(breachEndMs - breachStartMs)}`;
}

/** Length of the time around a chart's incident. */
export function marginMs(lengthMs: number): number {
  return Math.min(12 * HOUR_MS, Math.max(2 * HOUR_MS, 0.4 * lengthMs));
}
