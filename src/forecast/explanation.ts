// What a network looked at for one forecast: how it weighed its variables, and which part of the past it attended to.
import { type InputSpec, type VariableMeaning, variableMeanings } from "../dataset/index.ts";
import type { Explanation } from "../model/index.ts";
import type { RawForecast } from "./raw-forecast.ts";

/** A variable and its share of a selection. */
export interface WeighedVariable extends VariableMeaning {
  share: number;
}

/** Where the network looked to forecast up to a horizon; the shares of `past` and `future` together sum to 1. */
export interface HorizonAttention {
  /** The horizon: the forecast step that ends so many steps after the origin. */
  withinSteps: number;
  /** Share of each token of the context, oldest first.   [contextSteps / tokenSteps] */
  past: number[];
  /** Share of what is known of the future up to there: the calendar, and values of a day and a week before. */
  future: number;
}

/** The explanation of one forecast. The shares of each list of variables sum to 1, heaviest first. */
export interface ForecastExplanation {
  /** The forecast that came out of the very run that is explained. */
  forecast: RawForecast;
  /** Variables of the context, averaged over it. */
  past: WeighedVariable[];
  /** Variables known ahead, averaged over the horizon. */
  future: WeighedVariable[];
  /** Variables that do not change over time. */
  static: WeighedVariable[];
  /** Steps of one token. */
  tokenSteps: number;
  /** Mean over the heads, at each horizon of the breach probabilities. */
  attention: HorizonAttention[];
}

/**
 * Reads the weights of a run with one window.
 * @see Lim et al. 2021, International Journal of Forecasting 37(4), sections 4.2 and 4.4.
 */
export function readExplanation(inputs: InputSpec, weights: Explanation, forecast: RawForecast): ForecastExplanation {
  const meanings = variableMeanings(inputs);
  const { patchSteps, contextSteps, horizonSteps, breachGroupEnds } = inputs;
  const pastTokens = contextSteps / patchSteps;
  const tokens = pastTokens + horizonSteps / patchSteps;
  const attention = breachGroupEnds.map((withinSteps): HorizonAttention => {
    const row = Math.ceil(withinSteps / patchSteps) - 1;
    const shares = [...weights.attention.subarray(row * tokens, (row + 1) * tokens)];
    const future = shares.slice(pastTokens).reduce((sum, share) => sum + share, 0);
    return { withinSteps, past: shares.slice(0, pastTokens), future };
  });
  return {
    forecast,
    past: weigh(meanings.past, weights.pastWeights),
    future: weigh(meanings.future, weights.futureWeights),
    static: weigh(meanings.static, weights.staticWeights),
    tokenSteps: patchSteps,
    attention,
  };
}

/** @param weights [tokens, variables] */
function weigh(variables: readonly VariableMeaning[], weights: Float32Array): WeighedVariable[] {
  const sums = new Float64Array(variables.length);
  for (const [at, weight] of weights.entries()) sums[at % variables.length]! += weight;
  const tokens = weights.length / variables.length;
  return variables.map((meaning, at) => ({ ...meaning, share: sums[at]! / tokens })).sort((a, b) => b.share - a.share);
}
