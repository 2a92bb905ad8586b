// The Temporal Fusion Transformer (Lim, Arik, Loeff, Pfister, arXiv 1912.09363) up to its decoder states;
// quantile-head.ts and breach-head.ts turn those into forecasts. Sequences are time-major: [tokens, batch, channels].
import { concat, lstm, reshape, slice, type Tensor, transpose } from "../graph/index.ts";
import type { Architecture, ModelDimensions } from "./architecture.ts";
import { attend } from "./attention.ts";
import { type Dropout, gatedResidual, gatedSkip, scaleSteps } from "./layers.ts";
import type { Parameters } from "./parameters.ts";
import { selectVariables } from "./variable-selection.ts";

/** Inputs of the network. */
export interface TftInputs {
  past: Tensor; // [batch, pastTokens, sum of pastWidths and knownWidths]
  future: Tensor; // [batch, futureTokens, sum of knownWidths]
  static: Tensor; // [batch, sum of staticWidths]
  /** Channel masks of each dropout site, 0 or 1 / (1 - rate); undefined outside training. */
  dropout: Tensor | undefined; // [DROPOUT_SITES, batch, hidden]
}

/** States from which the heads forecast, and what the network looked at. */
export interface TftStates {
  decoder: Tensor; // [futureTokens * batch, hidden], time-major
  staticWeights: Tensor; // [batch, static variables]
  pastWeights: Tensor; // [pastTokens * batch, past and known variables]
  futureWeights: Tensor; // [futureTokens * batch, known variables]
  attention: Tensor; // [batch, futureTokens, pastTokens + futureTokens]
}

/** Places where channels are dropped in training. */
export const DROPOUT_SITES = 6;

/** Builds the network from its inputs to its decoder states. */
export function temporalFusionTransformer(
  inputs: TftInputs,
  { hidden, heads }: Architecture,
  { pastWidths, knownWidths, staticWidths, pastTokens, futureTokens }: ModelDimensions,
  parameters: Parameters,
): TftStates {
  const batch = inputs.past.shape[0]!;
  const drop = (site: number): Dropout => {
    const { dropout } = inputs;
    return dropout
      ? (rows) => scaleSteps(rows, reshape(slice(dropout, 0, site, site + 1), [batch, hidden]))
      : (rows) => rows;
  };

  // Static variables and the four contexts made from them.
  const selected = selectVariables(inputs.static, staticWidths, undefined, hidden, parameters.scope("static"));
  const context = (name: string) =>
    gatedResidual(selected.features, undefined, parameters.scope(`context.${name}`), drop(0)); // [batch, hidden]
  const selection = context("selection");

  // Variable selection of each token.
  const past = selectVariables(
    timeMajor(inputs.past),
    [...pastWidths, ...knownWidths],
    selection,
    hidden,
    parameters.scope("past"),
  );
  const future = selectVariables(timeMajor(inputs.future), knownWidths, selection, hidden, parameters.scope("future"));
  const features = concat([past.features, future.features], 0); // [tokens * batch, hidden]

  // Local processing: encoder and decoder, and a gated skip around them.
  const encoder = encode(past.features, pastTokens, context("hidden"), context("cell"), parameters.scope("encoder"));
  const decoder = encode(future.features, futureTokens, encoder.hidden, encoder.cell, parameters.scope("decoder"));
  const sequence = reshape(concat([encoder.sequence, decoder.sequence], 0), features.shape);
  const temporal = gatedSkip(sequence, features, parameters.scope("temporal"), drop(1));

  // Static enrichment, attention from the future tokens, and the position-wise network.
  const enriched = gatedResidual(temporal, context("enrichment"), parameters.scope("enrichment"), drop(2));
  const attention = attend(enriched, batch, futureTokens, heads, parameters.scope("attention"));
  const ofFuture = (rows: Tensor) => slice(rows, 0, pastTokens * batch, (pastTokens + futureTokens) * batch);
  const attended = gatedSkip(attention.output, ofFuture(enriched), parameters.scope("attended"), drop(3));
  const positioned = gatedResidual(attended, undefined, parameters.scope("position"), drop(4));
  return {
    decoder: gatedSkip(positioned, ofFuture(temporal), parameters.scope("output"), drop(5)),
    staticWeights: selected.weights,
    pastWeights: past.weights,
    futureWeights: future.weights,
    attention: attention.weights,
  };
}

/** One LSTM over rows of tokens; the forget gate's bias starts at 1. */
function encode(rows: Tensor, tokens: number, hidden0: Tensor, cell0: Tensor, parameters: Parameters) {
  const [batch, hidden] = hidden0.shape as [number, number];
  return lstm(
    reshape(rows, [tokens, batch, hidden]),
    parameters.declare("weight", [4 * hidden, hidden], "glorot"),
    parameters.declare("recurrent", [4 * hidden, hidden], "glorot"),
    parameters.declare("bias", [4 * hidden], { fill: (i) => (Math.floor(i / hidden) === 2 ? 1 : 0) }),
    hidden0,
    cell0,
  );
}

/** [batch, tokens, width] -> [tokens * batch, width] */
function timeMajor(x: Tensor): Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return reshape(transpose(x, [1, 0, 2]), [tokens * batch, width]);
}
