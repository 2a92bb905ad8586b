// Risk in words and colours. Colour means risk and nothing else, so it is given by these steps alone.

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

/** The state that a probability means; below 0 is none. */
export function stateOf(probability: number): PredictedState {
  if (probability < 0) return "unknown";
  return probability >= LIKELY ? "likely" : probability >= POSSIBLE ? "possible" : "unlikely";
}

/** Steps of the colour scale `--risk-0` to `--risk-9` of the theme. */
export const RISK_STEPS = 10;

/** Single precision has 0.7 a little below itself. */
const ROUNDING = 1e-6;

/** Step of a probability. */
export function riskStep(probability: number): number {
  return Math.min(RISK_STEPS - 1, Math.max(0, Math.floor((probability + ROUNDING) * RISK_STEPS)));
}
