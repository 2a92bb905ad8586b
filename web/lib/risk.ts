// Risk in words and colours. Colour means risk and nothing else, so it is given by these steps alone.
import type { Alert, Breach, ServerItem, TimeToBreach } from "../data/types.ts";
import { timeToBreach } from "./time-to-breach.ts";

/** Predicted states of a server, the worst first. */
export const STATES = ["incident", "likely", "possible", "unlikely", "unknown"] as const;
export type PredictedState = (typeof STATES)[number];

const LIKELY = 0.5;
const POSSIBLE = 0.2;

/** What the states mean. */
export const STATE_WORDS: Record<PredictedState, { title: string; meaning: string }> = {
  incident: { title: "In incident", meaning: "a threshold of the contract is crossed now" },
  likely: { title: "Breach likely", meaning: "50 % or more within the horizon" },
  possible: { title: "Possible", meaning: "20 to 50 % within the horizon" },
  unlikely: { title: "Unlikely", meaning: "below 20 % within the horizon" },
  unknown: { title: "No forecast", meaning: "warming up, stale, or without a model" },
};

/** A server with what is predicted for it within a horizon. */
export interface RankedServer {
  item: ServerItem;
  name: string;
  state: PredictedState;
  /** The rule most likely to be breached within the horizon. */
  breach: Breach | null;
  /** Its probability; -1 without a forecast. */
  probability: number;
  time: TimeToBreach;
}

const NO_TIME: TimeToBreach = { p10Ms: null, p50Ms: null, p90Ms: null };

/** Probability of a breach within a horizon: that of the longest given one that is not longer. */
export function probabilityWithin({ withinMs, probabilities }: Breach, horizonMs: number): number {
  const place = withinMs.findLastIndex((ms) => ms <= horizonMs);
  return place < 0 ? 0 : probabilities[place]!;
}

/** What is predicted for a server. @param rule Only this rule counts; all of them when empty. */
export function rankServer(
  item: ServerItem,
  horizonMs: number,
  rule: string,
  incidents: ReadonlySet<string>,
): RankedServer {
  let breach: Breach | null = null;
  let probability = -1;
  for (const one of item.prediction?.breaches ?? []) {
    if (rule !== "" && one.rule !== rule) continue;
    const value = probabilityWithin(one, horizonMs);
    if (value > probability) [breach, probability] = [one, value];
  }
  const time = breach === null ? NO_TIME : timeToBreach(breach.withinMs, breach.probabilities);
  const state = incidents.has(item.server) ? "incident" : stateOf(probability);
  return { item, name: item.server, state, breach, probability, time };
}

/** Servers that are in an incident by the alerts. */
export function serversInIncident(alerts: readonly Alert[], rule: string): Set<string> {
  const confirmed = alerts.filter((alert) => alert.phase === "confirmed" && (rule === "" || alert.rule === rule));
  return new Set(confirmed.map(({ server }) => server));
}

/** The state that a probability means; below 0 is none. */
export function stateOf(probability: number): PredictedState {
  if (probability < 0) return "unknown";
  return probability >= LIKELY ? "likely" : probability >= POSSIBLE ? "possible" : "unlikely";
}

/** Steps of the colour scale `--risk-0` to `--risk-9` of the theme. */
export const RISK_STEPS = 10;

/** Step of a probability. */
export function riskStep(probability: number): number {
  return Math.min(RISK_STEPS - 1, Math.max(0, Math.floor(probability * RISK_STEPS)));
}
