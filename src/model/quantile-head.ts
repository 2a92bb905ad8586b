// From decoder states to quantiles of every target. Both heads give [futureTokens, batch, T, Q, P] in scaled space.
import {
  add,
  concat,
  constant,
  matmul,
  mul,
  reshape,
  softmax,
  softplus,
  sort,
  split,
  type Tensor,
  transpose,
} from "../graph/index.ts";
import type { ModelDimensions } from "./architecture.ts";
import { linear } from "./layers.ts";
import type { Parameters } from "./parameters.ts";

/**
 * The paper's output, kept from crossing: the middle level is a linear map, every other level adds positive gaps to it.
 * @param decoder [futureTokens * batch, hidden]
 */
export function directHead(
  decoder: Tensor,
  levels: number,
  dimensions: ModelDimensions,
  parameters: Parameters,
): Tensor {
  const { futureTokens, targets, patchSteps } = dimensions;
  const raw = linear(decoder, targets * patchSteps * levels, parameters.scope("direct"));
  const middle = Math.floor(levels / 2);
  const parts = split(
    reshape(raw, [raw.shape[0]! * targets * patchSteps, levels]),
    1,
    [middle, 1, levels - middle - 1].filter((n) => n > 0),
  );
  const gaps = parts.map((part, i) => (i === (middle > 0 ? 1 : 0) ? part : softplus(part)));
  const quantiles = matmul(concat(gaps, 1), accumulation(levels, middle));
  const batch = decoder.shape[0]! / futureTokens;
  return transpose(reshape(quantiles, [futureTokens, batch, targets, patchSteps, levels]), [0, 1, 2, 4, 3]);
}

/**
 * Mixture of candidates (an addition to the paper): for each token, target and level a softmax over values known at the
 * origin, plus a learned offset of each step in units of the window. Crossing levels are put in order by
 * {@link orderQuantiles}.
 * @param decoder    [futureTokens * batch, hidden]
 * @param candidates [batch, futureTokens, T, K, P]
 * @param offsetUnit undefined: 1. [batch, T]
 */
export function candidateHead(
  decoder: Tensor,
  candidates: Tensor,
  offsetUnit: Tensor | undefined,
  levels: number,
  dimensions: ModelDimensions,
  parameters: Parameters,
): Tensor {
  const { futureTokens, targets, patchSteps, candidates: count } = dimensions;
  const batch = decoder.shape[0]! / futureTokens;
  const scores = linear(decoder, targets * levels * count, parameters.scope("mixture"));
  const weights = softmax(reshape(scores, [futureTokens, batch, targets, levels, count]));
  const offset = linear(decoder, targets * levels * patchSteps, parameters.scope("offset"), "zeros");
  const offsets = reshape(offset, [futureTokens, batch, targets, levels, patchSteps]);
  return add(
    matmul(weights, transpose(candidates, [1, 0, 2, 3, 4])),
    offsetUnit ? mul(offsets, reshape(offsetUnit, [batch, targets, 1, 1])) : offsets,
  );
}

/**
 * Quantiles for people: ascending along the levels (rearrangement never raises the pinball loss: Chernozhukov,
 * Fernandez-Val, Galichon 2010) and step by step.  [futureTokens, batch, T, Q, P] -> [batch, futureTokens * P, T, Q]
 */
export function orderQuantiles(quantiles: Tensor): Tensor {
  const [tokens, batch, targets, levels, steps] = quantiles.shape as [number, number, number, number, number];
  return reshape(sort(transpose(quantiles, [1, 0, 4, 2, 3])), [batch, tokens * steps, targets, levels]);
}

/** Row j says how much level j's number adds to each quantile: the middle to all, gaps outwards with their sign. */
function accumulation(levels: number, middle: number): Tensor {
  const matrix = new Float32Array(levels * levels);
  for (let j = 0; j < levels; j++) {
    for (let q = 0; q < levels; q++) {
      const reaches = j === middle || (j > middle && q >= j) || (j < middle && q <= j);
      matrix[j * levels + q] = reaches ? (j < middle ? -1 : 1) : 0;
    }
  }
  return constant(matrix, [levels, levels]);
}
