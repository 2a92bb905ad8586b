// What is predicted for every server within a horizon, in columns: ten thousand of them take a few milliseconds.
import type { FleetTable } from "../data/fleet-table.ts";
import type { TimeToBreach } from "../data/types.ts";
import { STATES, stateOf } from "./risk.ts";
import { timeToBreach } from "./time-to-breach.ts";

/** A fleet with what is predicted for it; columns by server. */
export interface Ranking {
  table: FleetTable;
  /** Place of the breach rule that is most likely within the horizon; -1 without a forecast. */
  rule: Int16Array;
  /** Its probability; -1 without a forecast. */
  probability: Float32Array;
  /** Place of the state among STATES. */
  state: Uint8Array;
}

/** Ranks the fleet. @param only Only this breach rule counts; all of them when empty. */
export function rankFleet(table: FleetTable, horizonMs: number, only: string): Ranking {
  const { names, rules, withinMs, probabilities, incidents, alertRules } = table;
  const count = names.length;
  // The probability within a horizon is that of the longest given one that is not longer; 0 below the shortest.
  const horizon = withinMs.findLastIndex((ms) => ms <= horizonMs);
  const rule = new Int16Array(count).fill(-1);
  const probability = new Float32Array(count).fill(-1);
  const state = new Uint8Array(count);
  const isOver = alertRules.map((id) => only === "" || id === only);
  for (let server = 0; server < count; server++) {
    for (let place = 0; place < rules.length; place++) {
      if (only !== "" && rules[place] !== only) continue;
      const first = (server * rules.length + place) * withinMs.length;
      const value = probabilities[first]! < 0 ? -1 : horizon < 0 ? 0 : probabilities[first + horizon]!;
      if (value > probability[server]!) [rule[server], probability[server]] = [place, value];
    }
    const isIncident = isOver.some((counts, at) => counts && incidents[server * isOver.length + at] === 1);
    state[server] = STATES.indexOf(isIncident ? "incident" : stateOf(probability[server]!));
  }
  return { table, rule, probability, state };
}

const NO_TIME: TimeToBreach = { p10Ms: null, p50Ms: null, p90Ms: null };

/** When the most likely rule of a server is breached. */
export function timeOf({ table, rule }: Ranking, server: number): TimeToBreach {
  const { rules, withinMs, probabilities } = table;
  if (rule[server]! < 0) return NO_TIME;
  const first = (server * rules.length + rule[server]!) * withinMs.length;
  return timeToBreach(withinMs, probabilities.subarray(first, first + withinMs.length));
}
